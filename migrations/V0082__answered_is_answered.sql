-- A message that its visitor stopped, or whose workflow returned nothing, is neither answered nor failed. Null is a row from before, or by
-- hand: there all is answered that has not failed.
ALTER TABLE analytics ADD COLUMN num_answered integer;
ALTER TABLE analytics_gone ADD COLUMN answered integer;
UPDATE analytics_gone SET answered = greatest(chats - failed, 0);
ALTER TABLE analytics_gone ALTER COLUMN answered SET NOT NULL;

-- As before, with how many were answered.
DROP FUNCTION numbers_of_day(uuid, date, text, integer);
CREATE FUNCTION numbers_of_day(of_widget uuid, of_day date, zone text, at_most integer)
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

-- As before, and of the answered too.
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

-- Days with a message that is neither are counted anew.
INSERT INTO analytics_due (widget_id, client_id, date)
SELECT DISTINCT l.widget_id, l.client_id, (l.created_at AT TIME ZONE c.time_zone)::date
FROM chat_logs l JOIN clients c ON c.id = l.client_id
WHERE l.status IN ('stopped', 'empty')
ON CONFLICT DO NOTHING;

DROP INDEX idx_analytics_client_id_date;
CREATE INDEX idx_analytics_client_id_date ON analytics (client_id, date)
    INCLUDE (num_chats, num_conversations, num_answered, num_failed, avg_confidence, num_confidence, num_unsure, positive_feedback, negative_feedback, widget_id);
