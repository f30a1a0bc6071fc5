-- Analytics: the numbers of a day, of a period that is still going on, and what happens to them when days or demos change.
-- Previews and tests count nowhere. What prospects ask a demo counts for the demo while it is one, and in no total of live widgets.

-- The numbers of one widget and day. The range of timestamps is for the index; the time zone decides. What was said in the very same words is
-- cleaned and stemmed once, in the language of one visitor who said it.
CREATE OR REPLACE FUNCTION numbers_of_day(of_widget uuid, of_day date, zone text, at_most integer)
RETURNS TABLE (chats integer, conversations integer, answered integer, failed integer, confidence double precision, rated integer, unsure integer, up integer, down integer, median_ms integer, slow_ms integer, questions jsonb)
LANGUAGE sql STABLE ROWS 1 SET search_path = public, pg_temp AS $$
    WITH said AS MATERIALIZED (
        SELECT l.session_id, coalesce(l.session_id, l.id) AS conversation, left(l.message, 300) AS message, l.status, l.confidence, l.feedback, l.latency_ms
        FROM chat_logs l
        WHERE l.widget_id = of_widget
          AND l.created_at >= (of_day::timestamp AT TIME ZONE zone) - interval '3 hours' AND l.created_at < ((of_day + 1)::timestamp AT TIME ZONE zone) + interval '3 hours'
          AND (l.created_at AT TIME ZONE zone)::date = of_day
          AND NOT EXISTS (SELECT FROM visitor_sessions t WHERE t.client_id = l.client_id AND t.id = l.session_id AND (t.kind IN ('preview', 'test') OR (t.kind = 'demo' AND t.widget_id <> ALL (ARRAY(SELECT w.id FROM widgets w WHERE w.id = of_widget AND w.is_demo)))))),
    different AS MATERIALIZED (SELECT s.message, (array_agg(s.session_id))[1] AS session_id, count(*) AS times FROM said s GROUP BY s.message),
    cleaned AS MATERIALIZED (
        SELECT left(btrim(regexp_replace(d.message, '\s+', ' ', 'g')), 200) AS question, v.locale, d.times FROM different d LEFT JOIN visitor_sessions v ON v.id = d.session_id),
    stemmed AS MATERIALIZED (
        SELECT array_to_string(tsvector_to_array(to_tsvector(stemmer(c.locale), lower(unaccent(c.question)))), ' ') AS key, c.question, c.times FROM cleaned c),
    items AS (SELECT array_agg(s.question) AS questions, array_agg(s.key) AS keys, array_agg(s.times) AS counts FROM stemmed s WHERE s.key <> ''),
    lists AS (
        SELECT array_agg(s.key ORDER BY s.times DESC, s.key) AS keys, array_agg(s.question ORDER BY s.times DESC, s.key) AS questions, array_agg(s.times ORDER BY s.times DESC, s.key) AS counts
        FROM items i, same_questions(i.questions, i.keys, i.counts, 120) s)
    SELECT count(*)::integer,
           -- A message written without a session is a conversation of its own.
           (SELECT count(*) FROM (SELECT DISTINCT c.conversation FROM said c) conversations)::integer,
           (count(*) FILTER (WHERE s.status = 'answered'))::integer,
           (count(*) FILTER (WHERE s.status = 'failed'))::integer,
           avg(s.confidence),
           count(s.confidence)::integer,
           (count(*) FILTER (WHERE s.confidence < 0.5))::integer,
           (count(*) FILTER (WHERE s.feedback = 'up'))::integer,
           (count(*) FILTER (WHERE s.feedback = 'down'))::integer,
           percentile_disc(0.5) WITHIN GROUP (ORDER BY s.latency_ms) FILTER (WHERE s.status = 'answered'),
           percentile_disc(0.95) WITHIN GROUP (ORDER BY s.latency_ms) FILTER (WHERE s.status = 'answered'),
           (SELECT coalesce(jsonb_agg(jsonb_build_object('question', m.question, 'count', m.times, 'key', m.key) ORDER BY m.times DESC, m.question), '[]')
            FROM lists, merge_questions(lists.keys, lists.questions, lists.counts, at_most) m)
    FROM said s
$$;

-- A period of one widget or of all, counted from the messages themselves, from the rows that the caller may read. Over all widgets demos are
-- left out; how many messages each widget had includes them.
CREATE OR REPLACE FUNCTION message_figures(of_widget uuid, since timestamptz, until timestamptz)
RETURNS TABLE (messages integer, conversations integer, answered integer, failed integer, confidence_sum double precision, rated integer, unsure integer,
               up integer, down integer, median_ms integer, slow_ms integer, widgets uuid[], widget_messages integer[])
LANGUAGE sql STABLE ROWS 1 AS $$
    WITH said AS MATERIALIZED (
        SELECT l.widget_id, coalesce(l.session_id, l.id) AS conversation, l.status, l.confidence, l.feedback, l.latency_ms,
               of_widget IS NOT NULL OR l.widget_id <> ALL (ARRAY(SELECT w.id FROM widgets w WHERE w.is_demo)) AS counts
        FROM chat_logs l
        WHERE l.created_at >= since AND l.created_at < until AND (of_widget IS NULL OR l.widget_id = of_widget)
          AND NOT EXISTS (
              SELECT FROM visitor_sessions t
              WHERE t.client_id = l.client_id AND t.id = l.session_id
                AND (t.kind IN ('preview', 'test')
                     OR (t.kind = 'demo' AND t.widget_id <> ALL (ARRAY(SELECT w.id FROM widgets w WHERE w.is_demo)))))),
    by_widget AS (
        SELECT coalesce(array_agg(w.widget_id), '{}') AS widgets, coalesce(array_agg(w.messages), '{}') AS messages
        FROM (SELECT s.widget_id, count(*)::integer AS messages FROM said s GROUP BY s.widget_id) w)
    SELECT (count(*) FILTER (WHERE s.counts))::integer,
           -- A message without a session is a conversation of its own.
           (SELECT count(*) FROM (SELECT DISTINCT c.conversation FROM said c WHERE c.counts) conversations)::integer,
           (count(*) FILTER (WHERE s.counts AND s.status = 'answered'))::integer,
           (count(*) FILTER (WHERE s.counts AND s.status = 'failed'))::integer,
           coalesce(sum(s.confidence) FILTER (WHERE s.counts), 0),
           (count(s.confidence) FILTER (WHERE s.counts))::integer,
           (count(*) FILTER (WHERE s.counts AND s.confidence < 0.5))::integer,
           (count(*) FILTER (WHERE s.counts AND s.feedback = 'up'))::integer,
           (count(*) FILTER (WHERE s.counts AND s.feedback = 'down'))::integer,
           percentile_disc(0.5) WITHIN GROUP (ORDER BY s.latency_ms) FILTER (WHERE s.counts AND s.status = 'answered'),
           percentile_disc(0.95) WITHIN GROUP (ORDER BY s.latency_ms) FILTER (WHERE s.counts AND s.status = 'answered'),
           (SELECT b.widgets FROM by_widget b),
           (SELECT b.messages FROM by_widget b)
    FROM said s
$$;

-- Another time zone cuts the same messages into other days. A job counts them again.
CREATE OR REPLACE FUNCTION recount_in_new_zone() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO analytics_recounts (client_id, old_zone) VALUES (NEW.id, OLD.time_zone) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER recount_in_new_zone AFTER UPDATE OF time_zone ON clients
    FOR EACH ROW WHEN (OLD.time_zone IS DISTINCT FROM NEW.time_zone) EXECUTE FUNCTION recount_in_new_zone();

-- Makes all days of one client due again, including those of its oldest messages; false when no client waits. What was counted and has
-- been deleted since stays on its date.
CREATE OR REPLACE FUNCTION recount_a_client() RETURNS boolean LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    moved record;
BEGIN
    SELECT r.client_id, r.old_zone, c.time_zone INTO moved FROM analytics_recounts r JOIN clients c ON c.id = r.client_id LIMIT 1 FOR UPDATE OF r SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN false;
    END IF;

    DELETE FROM analytics_gone g WHERE g.client_id = moved.client_id;
    WITH standing AS (
        SELECT l.widget_id, (l.created_at AT TIME ZONE moved.old_zone)::date AS date, count(*) AS chats, count(DISTINCT coalesce(l.session_id, l.id)) AS conversations,
               count(*) FILTER (WHERE l.status = 'answered') AS answered, count(*) FILTER (WHERE l.status = 'failed') AS failed, coalesce(sum(l.confidence), 0) AS confidence_sum, count(l.confidence) AS rated,
               count(*) FILTER (WHERE l.confidence < 0.5) AS unsure, count(*) FILTER (WHERE l.feedback = 'up') AS up, count(*) FILTER (WHERE l.feedback = 'down') AS down
        FROM chat_logs l
        WHERE l.client_id = moved.client_id
          AND NOT EXISTS (SELECT FROM visitor_sessions t WHERE t.client_id = l.client_id AND t.id = l.session_id AND (t.kind IN ('preview', 'test') OR (t.kind = 'demo' AND t.widget_id <> ALL (ARRAY(SELECT w.id FROM widgets w WHERE w.client_id = moved.client_id AND w.is_demo)))))
        GROUP BY 1, 2)
    INSERT INTO analytics_gone (widget_id, client_id, date, chats, conversations, answered, failed, confidence_sum, rated, unsure, up, down)
    SELECT a.widget_id, a.client_id, a.date, a.num_chats - coalesce(s.chats, 0), greatest(a.num_conversations - coalesce(s.conversations, 0), 0),
           greatest(coalesce(a.num_answered, a.num_chats - a.num_failed) - coalesce(s.answered, 0), 0), greatest(a.num_failed - coalesce(s.failed, 0), 0), greatest(coalesce(a.avg_confidence, 0) * a.num_confidence - coalesce(s.confidence_sum, 0), 0),
           greatest(a.num_confidence - coalesce(s.rated, 0), 0), greatest(a.num_unsure - coalesce(s.unsure, 0), 0),
           greatest(a.positive_feedback - coalesce(s.up, 0), 0), greatest(a.negative_feedback - coalesce(s.down, 0), 0)
    FROM analytics a LEFT JOIN standing s ON s.widget_id = a.widget_id AND s.date = a.date
    WHERE a.client_id = moved.client_id AND a.num_chats > coalesce(s.chats, 0);

    DELETE FROM analytics a WHERE a.client_id = moved.client_id AND NOT EXISTS (SELECT FROM analytics_gone g WHERE g.widget_id = a.widget_id AND g.date = a.date);
    UPDATE analytics a SET num_chats = 0 WHERE a.client_id = moved.client_id;
    INSERT INTO analytics_due (widget_id, client_id, date)
    SELECT l.widget_id, l.client_id, (l.created_at AT TIME ZONE moved.time_zone)::date FROM chat_logs l WHERE l.client_id = moved.client_id
    UNION
    SELECT g.widget_id, g.client_id, g.date FROM analytics_gone g WHERE g.client_id = moved.client_id
    ORDER BY 1, 3
    ON CONFLICT DO NOTHING;
    DELETE FROM analytics_recounts r WHERE r.client_id = moved.client_id;
    RETURN true;
END $$;

-- The numbers of a demo are not those of the live widget that it becomes, and the days' questions are put together again.
CREATE OR REPLACE FUNCTION demo_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF OLD.is_demo THEN
        DELETE FROM analytics_gone g WHERE g.widget_id = NEW.id;
        DELETE FROM analytics a WHERE a.widget_id = NEW.id;
    END IF;
    UPDATE client_questions q SET is_stale = true WHERE q.client_id = NEW.client_id AND NOT q.is_stale;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION demo_changed() FROM PUBLIC;
CREATE OR REPLACE TRIGGER demo_changed AFTER UPDATE OF is_demo ON widgets
    FOR EACH ROW WHEN (coalesce(OLD.is_demo, false) <> coalesce(NEW.is_demo, false)) EXECUTE FUNCTION demo_changed();
