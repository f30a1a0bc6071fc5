-- Which budgets are used up just now: of a widget's day, or of a client's month (then without a widget). Row security says whose may be seen.
CREATE FUNCTION used_up_budgets(day_default integer, month_default integer)
RETURNS TABLE (client_id uuid, widget_id uuid, used bigint, allowed integer, again_at timestamptz)
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    WITH today AS (SELECT c.id, c.monthly_budget, c.time_zone, (now() AT TIME ZONE c.time_zone)::date AS day FROM clients c),
    budgets AS (
        SELECT t.id AS client_id, w.id AS widget_id, m.messages::bigint AS used,
               COALESCE(LEAST(NULLIF(COALESCE(w.daily_budget, day_default), 0), substring(w.config #>> '{security,limits,messagesPerDay}' FROM '^[1-9][0-9]{0,8}$')::integer), 0) AS allowed,
               (t.day + 1)::timestamp AT TIME ZONE t.time_zone AS again_at
        FROM today t JOIN message_counts m ON m.client_id = t.id AND m.day = t.day JOIN widgets w ON w.id = m.widget_id
        UNION ALL
        SELECT t.id, NULL, sum(m.messages), COALESCE(t.monthly_budget, month_default), (date_trunc('month', t.day) + interval '1 month') AT TIME ZONE t.time_zone
        FROM today t JOIN message_counts m ON m.client_id = t.id AND m.day BETWEEN date_trunc('month', t.day)::date AND t.day
        GROUP BY t.id, t.day, t.time_zone, t.monthly_budget)
    SELECT b.client_id, b.widget_id, b.used, b.allowed, b.again_at FROM budgets b WHERE b.allowed > 0 AND b.used >= b.allowed
$$;
