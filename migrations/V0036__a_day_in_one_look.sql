-- A day's numbers and questions from one look at its messages; less to add up for a client with many widgets; two words found sooner.

-- The numbers of one widget and day. The day's moments are narrowed down for the index before the zone has its say. What was said in the very same words is
-- cleaned and stemmed once, in the language of one who said it; questions are as in analytics.
CREATE FUNCTION numbers_of_day(of_widget uuid, of_day date, zone text, at_most integer)
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
    counted AS (
        SELECT s.key, (array_agg(s.question ORDER BY s.times DESC, s.question))[1] AS question, sum(s.times)::bigint AS times
        FROM stemmed s WHERE s.key <> '' GROUP BY s.key ORDER BY times DESC, s.key LIMIT 120),
    lists AS (
        SELECT array_agg(key ORDER BY times DESC, key) AS keys, array_agg(question ORDER BY times DESC, key) AS questions, array_agg(times ORDER BY times DESC, key) AS counts
        FROM counted)
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
DROP FUNCTION common_questions(uuid, date, text, integer);

-- In this order the days that are due are taken.
CREATE INDEX idx_analytics_due_date ON analytics_due (date, widget_id);

-- All that is added up over a client's widgets stands in the index.
DROP INDEX idx_analytics_client_id_date;
CREATE INDEX idx_analytics_client_id_date ON analytics (client_id, date)
    INCLUDE (num_chats, num_conversations, num_failed, avg_confidence, num_confidence, num_unsure, positive_feedback, negative_feedback);

-- The forty that were asked most of all of a client's widgets on a day: the ten of a quarter are among them, and there is less than half to go through.
CREATE OR REPLACE FUNCTION questions_of_day(of_client uuid, of_day date) RETURNS jsonb LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object('question', c.question, 'count', c.times, 'key', c.key) ORDER BY c.times DESC, c.key), '[]')
    FROM (SELECT i.key, (array_agg(i.question ORDER BY i.times DESC, i.question))[1] AS question, sum(i.times)::bigint AS times
          FROM analytics a, jsonb_array_elements(CASE WHEN jsonb_typeof(a.most_common_questions) = 'array' THEN a.most_common_questions ELSE '[]' END) AS item, question_item(item) i
          WHERE a.client_id = of_client AND a.date = of_day AND i.question IS NOT NULL
          GROUP BY i.key ORDER BY times DESC, i.key LIMIT 40) c
$$;
UPDATE client_questions SET questions = jsonb_path_query_array(questions, '$[0 to 39]') WHERE jsonb_array_length(questions) > 40;

-- As before, with how many messages each widget had, so that who shows both looks once.
DROP FUNCTION message_figures(uuid, timestamptz, timestamptz);
CREATE FUNCTION message_figures(of_widget uuid, since timestamptz, until timestamptz)
RETURNS TABLE (messages integer, conversations integer, answered integer, failed integer, confidence_sum double precision, rated integer, unsure integer, up integer, down integer, median_ms integer, slow_ms integer, widgets uuid[], widget_messages integer[])
LANGUAGE sql STABLE ROWS 1 AS $$
    WITH said AS MATERIALIZED (
        SELECT l.widget_id, coalesce(l.session_id, l.id) AS conversation, l.status, l.confidence, l.feedback, l.latency_ms
        FROM chat_logs l
        WHERE l.created_at >= since AND l.created_at < until AND (of_widget IS NULL OR l.widget_id = of_widget)
          AND NOT EXISTS (SELECT FROM visitor_sessions t WHERE t.client_id = l.client_id AND t.id = l.session_id AND t.kind IN ('preview', 'test'))),
    by_widget AS (
        SELECT coalesce(array_agg(w.widget_id), '{}') AS widgets, coalesce(array_agg(w.messages), '{}') AS messages
        FROM (SELECT s.widget_id, count(*)::integer AS messages FROM said s GROUP BY s.widget_id) w)
    SELECT count(*)::integer,
           -- A message written without a session is a conversation of its own.
           (SELECT count(*) FROM (SELECT DISTINCT c.conversation FROM said c) conversations)::integer,
           (count(*) FILTER (WHERE s.status = 'answered'))::integer,
           (count(*) FILTER (WHERE s.status = 'failed'))::integer,
           coalesce(sum(s.confidence), 0),
           count(s.confidence)::integer,
           (count(*) FILTER (WHERE s.confidence < 0.5))::integer,
           (count(*) FILTER (WHERE s.feedback = 'up'))::integer,
           (count(*) FILTER (WHERE s.feedback = 'down'))::integer,
           percentile_disc(0.5) WITHIN GROUP (ORDER BY s.latency_ms) FILTER (WHERE s.status = 'answered'),
           percentile_disc(0.95) WITHIN GROUP (ORDER BY s.latency_ms) FILTER (WHERE s.status = 'answered'),
           (SELECT b.widgets FROM by_widget b),
           (SELECT b.messages FROM by_widget b)
    FROM said s
$$;

-- As before, but for the measure of what the index costs beside reading on: five messages for one, where it was eight.
CREATE OR REPLACE FUNCTION search_conversations(looked_for text, at_most integer) RETURNS TABLE (session_id uuid)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp SET work_mem = '16MB' AS $$
DECLARE
    sample CONSTANT integer := 4000;
    entered uuid := portal_client();
    beginnings tsquery[] := ARRAY(SELECT to_tsquery('simple', quote_literal(word) || ':*') FROM regexp_split_to_table(search_text(left(looked_for, 200)), ' ') AS word WHERE word <> '' LIMIT 10);
    wanted tsquery;
    rare tsquery;
    read integer;
    hits integer;
    times integer[];
    reach bigint;
    conversation uuid;
    found uuid[] := '{}';
BEGIN
    IF entered IS NULL OR cardinality(beginnings) = 0 THEN
        RETURN;
    END IF;
    wanted := (SELECT string_agg(b::text, ' & ')::tsquery FROM unnest(beginnings) AS b);

    -- How common they are, by the newest messages.
    WITH messages AS MATERIALIZED (SELECT s.session_id, s.words FROM chat_search s WHERE s.client_id = entered ORDER BY s.created_at DESC LIMIT sample)
    SELECT (SELECT count(*) FROM messages), (SELECT count(DISTINCT m.session_id) FROM messages m WHERE m.words @@ wanted),
           ARRAY(SELECT (SELECT count(*) FROM messages m WHERE m.words @@ b) FROM unnest(beginnings) AS b)
    INTO read, hits, times;

    -- To gather a message by the index takes as long as to read five in their order; and no more than a thousand for each that is looked for.
    reach := least(5 * (SELECT greatest(min(t), 1) FROM unnest(times) AS t)::float / sample * (SELECT greatest(c.reltuples, sample) FROM pg_class c WHERE c.oid = 'chat_search'::regclass), 1000 * at_most);
    -- Of what is seen a few times only, there may well be more.
    IF read < sample OR sample::float * at_most / (hits + 3) <= reach THEN
        FOR conversation IN
            SELECT s.session_id FROM (SELECT m.session_id, m.words FROM chat_search m WHERE m.client_id = entered ORDER BY m.created_at DESC LIMIT greatest(reach, sample)) s WHERE s.words @@ wanted
        LOOP
            IF conversation <> ALL (found) THEN
                found := found || conversation;
                EXIT WHEN cardinality(found) = at_most;
            END IF;
        END LOOP;
    END IF;
    IF cardinality(found) = at_most OR read < sample THEN
        RETURN QUERY SELECT f FROM unnest(found) AS f;
        RETURN;
    END IF;

    -- Words that less than one in fifty of the newest messages has; when there is none, the rarest.
    rare := (SELECT string_agg(w.beginning::text, ' & ')::tsquery FROM unnest(beginnings, times) AS w (beginning, seen)
             WHERE w.seen <= greatest(sample / 50, (SELECT min(t) FROM unnest(times) AS t)));
    RETURN QUERY
        SELECT s.session_id FROM chat_search s
        -- The operator is for the index, the function is not.
        WHERE s.client_id = entered AND s.words @@ rare AND ts_match_vq(s.words, wanted)
        GROUP BY s.session_id ORDER BY max(s.created_at) DESC LIMIT at_most;
END $$;
