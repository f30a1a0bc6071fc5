-- Message budgets.

-- A value of a config that somebody may have written by hand, read as the portal's own reader does it: the case of keys does not matter.
CREATE OR REPLACE FUNCTION config_value(config jsonb, VARIADIC path text[]) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE SET search_path = public, pg_temp AS $$
DECLARE
    step text;
BEGIN
    FOREACH step IN ARRAY path LOOP
        IF jsonb_typeof(config) IS DISTINCT FROM 'object' THEN
            RETURN NULL;
        END IF;
        config := (SELECT e.value FROM jsonb_each(config) AS e WHERE lower(e.key) = lower(step) ORDER BY e.key = step DESC, e.key LIMIT 1);
    END LOOP;
    RETURN config;
END $$;

-- The widget's own daily limit: numbers only, nothing below one.
CREATE OR REPLACE FUNCTION config_messages_per_day(config jsonb) RETURNS integer LANGUAGE sql IMMUTABLE SET search_path = public, pg_temp AS $$
    SELECT CASE WHEN v #>> '{}' ~ '^[1-9][0-9]{0,8}$' AND jsonb_typeof(v) = 'number' THEN least((v #>> '{}')::integer, 1000000) END
    FROM config_value(config, 'security', 'limits', 'messagesPerDay') AS v
$$;

-- What a widget may use in a day: its own budget, or else the operator's default, and never more than the limit in its config, which may
-- have been written by hand. 0: without limit.
CREATE OR REPLACE FUNCTION messages_allowed_per_day(daily_budget integer, config jsonb, day_default integer) RETURNS integer LANGUAGE sql IMMUTABLE SET search_path = public, pg_temp AS $$
    SELECT COALESCE(LEAST(NULLIF(COALESCE(daily_budget, day_default), 0), config_messages_per_day(config)), 0)
$$;

-- Which budgets are used up now: of a widget's day, or of a client's month (then without a widget). Row level security decides whose
-- budgets the caller sees.
CREATE OR REPLACE FUNCTION used_up_budgets(day_default integer, month_default integer)
RETURNS TABLE (client_id uuid, widget_id uuid, used bigint, allowed integer, again_at timestamptz)
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    WITH today AS (SELECT c.id, c.monthly_budget, c.time_zone, (now() AT TIME ZONE c.time_zone)::date AS day FROM clients c),
    budgets AS (
        SELECT t.id AS client_id, w.id AS widget_id, m.messages::bigint AS used,
               messages_allowed_per_day(w.daily_budget, w.config, day_default) AS allowed,
               (t.day + 1)::timestamp AT TIME ZONE t.time_zone AS again_at
        FROM today t JOIN message_counts m ON m.client_id = t.id AND m.day = t.day JOIN widgets w ON w.id = m.widget_id
        UNION ALL
        SELECT t.id, NULL, sum(m.messages), COALESCE(t.monthly_budget, month_default),
               (date_trunc('month', t.day) + interval '1 month') AT TIME ZONE t.time_zone
        FROM today t JOIN message_counts m ON m.client_id = t.id AND m.day BETWEEN date_trunc('month', t.day)::date AND t.day
        GROUP BY t.id, t.day, t.time_zone, t.monthly_budget)
    SELECT b.client_id, b.widget_id, b.used, b.allowed, b.again_at FROM budgets b WHERE b.allowed > 0 AND b.used >= b.allowed
$$;
