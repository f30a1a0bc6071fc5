-- The same text is one question, whatever language the browsers of those who asked it speak: its stems, which depend on it, may differ.
CREATE FUNCTION same_questions(questions text[], keys text[], counts bigint[], at_most integer) RETURNS TABLE (key text, question text, times bigint)
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    WITH items AS MATERIALIZED (
        SELECT q.question, q.key, q.times, lower(btrim(q.question, E' ?!.,:;…¿¡？！。')) AS text FROM unnest(questions, keys, counts) AS q (question, key, times)),
    pairs AS MATERIALIZED (SELECT i.text, i.key, sum(i.times) AS times FROM items i GROUP BY 1, 2),
    homes AS MATERIALIZED (SELECT DISTINCT ON (p.text) p.text, p.key FROM pairs p ORDER BY p.text, p.times DESC, p.key),
    -- Other wordings with the same stems go where their most frequent text went.
    moved AS MATERIALIZED (SELECT DISTINCT ON (p.key) p.key, h.key AS home FROM pairs p JOIN homes h ON h.text = p.text ORDER BY p.key, p.times DESC, p.text)
    SELECT m.home, (array_agg(i.question ORDER BY i.times DESC, i.question))[1], sum(i.times)::bigint
    FROM items i JOIN homes h ON h.text = i.text JOIN moved m ON m.key = h.key
    GROUP BY m.home ORDER BY 3 DESC, m.home LIMIT at_most
$$;

CREATE OR REPLACE FUNCTION questions_of_day(of_client uuid, of_day date) RETURNS jsonb LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    WITH lists AS (
        SELECT array_agg(i.question) AS questions, array_agg(i.key) AS keys, array_agg(i.times) AS counts
        FROM analytics a, jsonb_array_elements(CASE WHEN jsonb_typeof(a.most_common_questions) = 'array' THEN a.most_common_questions ELSE '[]' END) AS item, question_item(item) i
        WHERE a.client_id = of_client AND a.date = of_day AND i.question IS NOT NULL)
    SELECT coalesce(jsonb_agg(jsonb_build_object('question', s.question, 'count', s.times, 'key', s.key) ORDER BY s.times DESC, s.key), '[]')
    FROM lists l, same_questions(l.questions, l.keys, l.counts, 40) s
$$;

CREATE OR REPLACE FUNCTION top_questions(of_widget uuid, first date, last date, at_most integer) RETURNS TABLE (question text, times bigint)
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    WITH days AS (
        SELECT q.questions FROM client_questions q WHERE of_widget IS NULL AND q.date BETWEEN first AND last
        UNION ALL
        SELECT CASE WHEN jsonb_typeof(a.most_common_questions) = 'array' THEN a.most_common_questions ELSE '[]' END FROM analytics a WHERE a.widget_id = of_widget AND a.date BETWEEN first AND last),
    items AS (
        SELECT array_agg(i.question) AS questions, array_agg(i.key) AS keys, array_agg(i.times) AS counts
        FROM days d, jsonb_array_elements(d.questions) AS item, question_item(item) i WHERE i.question IS NOT NULL),
    lists AS (
        SELECT array_agg(s.key ORDER BY s.times DESC, s.key) AS keys, array_agg(s.question ORDER BY s.times DESC, s.key) AS questions, array_agg(s.times ORDER BY s.times DESC, s.key) AS counts
        FROM items i, same_questions(i.questions, i.keys, i.counts, 200) s)
    SELECT m.question, m.times FROM lists, merge_questions(keys, questions, counts, at_most) m
$$;

-- As before, but for the same text in other languages.
CREATE OR REPLACE FUNCTION numbers_of_day(of_widget uuid, of_day date, zone text, at_most integer)
RETURNS TABLE (chats integer, conversations integer, failed integer, confidence double precision, rated integer, unsure integer, up integer, down integer, median_ms integer, slow_ms integer, questions jsonb)
LANGUAGE sql STABLE ROWS 1 SET search_path = public, pg_temp AS $$
    WITH said AS MATERIALIZED (
        SELECT l.session_id, coalesce(l.session_id, l.id) AS conversation, left(l.message, 300) AS message, l.status, l.confidence, l.feedback, l.latency_ms
        FROM chat_logs l
        WHERE l.widget_id = of_widget
          AND l.created_at >= (of_day::timestamp AT TIME ZONE zone) - interval '3 hours' AND l.created_at < ((of_day + 1)::timestamp AT TIME ZONE zone) + interval '3 hours'
          AND (l.created_at AT TIME ZONE zone)::date = of_day
          AND NOT EXISTS (SELECT FROM visitor_sessions t WHERE t.client_id = l.client_id AND t.id = l.session_id AND t.kind IN ('preview', 'test'))),
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

-- What is there already is counted together anew.
UPDATE client_questions SET is_stale = true;
