-- The numbers of a day in a third of the time.

-- The same questions, found by the beginnings of their words: only those that share two of five are compared at all. Trigrams have the last word.
CREATE OR REPLACE FUNCTION merge_questions(keys text[], questions text[], counts bigint[], at_most integer) RETURNS TABLE (key text, question text, times bigint)
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
DECLARE
    most_homes CONSTANT integer := 3 * at_most;
    homes integer[] := ARRAY(SELECT CASE WHEN n <= most_homes THEN n END FROM generate_subscripts(keys, 1) AS n ORDER BY n);
    pair record;
BEGIN
    FOR pair IN
        WITH texts AS MATERIALIZED (
            SELECT t.n::integer, t.stems, ARRAY(SELECT DISTINCT left(stem, 3) FROM string_to_table(t.stems, ' ') AS stem) AS starts FROM unnest(keys) WITH ORDINALITY AS t (stems, n)),
        starts AS MATERIALIZED (SELECT t.n, start, cardinality(t.starts) AS of FROM texts t, unnest(t.starts) AS start),
        near AS MATERIALIZED (
            SELECT a.n, b.n AS home FROM starts a JOIN starts b ON b.start = a.start AND b.n < a.n AND b.n <= most_homes
            GROUP BY a.n, b.n, a.of, b.of HAVING 5 * count(*) >= 2 * greatest(a.of, b.of)),
        alike AS (SELECT p.n, p.home, similarity(a.stems, b.stems) AS likeness FROM near p JOIN texts a ON a.n = p.n JOIN texts b ON b.n = p.home)
        SELECT p.n, p.home FROM alike p WHERE p.likeness >= 0.6::real ORDER BY p.n, p.likeness DESC, p.home
    LOOP
        IF homes[pair.home] = pair.home AND coalesce(homes[pair.n], pair.n) = pair.n THEN
            homes[pair.n] := pair.home;
        END IF;
    END LOOP;
    RETURN QUERY
        SELECT keys[homes[n]], questions[homes[n]], sum(counts[n])::bigint FROM generate_subscripts(keys, 1) AS n
        WHERE homes[n] IS NOT NULL GROUP BY homes[n] ORDER BY 3 DESC, homes[n] LIMIT at_most;
END $$;

-- The questions of one widget and day. What was said in the very same words is cleaned and stemmed once, in the language of one who said it.
CREATE OR REPLACE FUNCTION common_questions(of_widget uuid, of_day date, zone text, at_most integer) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    WITH said AS MATERIALIZED (
        SELECT left(l.message, 300) AS message, (array_agg(l.session_id))[1] AS session_id, count(*) AS times
        FROM chat_logs l
        WHERE l.widget_id = of_widget
          AND l.created_at >= (of_day::timestamp AT TIME ZONE zone) - interval '3 hours' AND l.created_at < ((of_day + 1)::timestamp AT TIME ZONE zone) + interval '3 hours'
          AND (l.created_at AT TIME ZONE zone)::date = of_day
          AND NOT EXISTS (SELECT FROM visitor_sessions t WHERE t.client_id = l.client_id AND t.id = l.session_id AND t.kind IN ('preview', 'test'))
        GROUP BY 1),
    cleaned AS MATERIALIZED (
        SELECT left(btrim(regexp_replace(said.message, '\s+', ' ', 'g')), 200) AS question, s.locale, said.times
        FROM said LEFT JOIN visitor_sessions s ON s.id = said.session_id),
    asked AS MATERIALIZED (
        SELECT array_to_string(tsvector_to_array(to_tsvector(stemmer(locale), lower(unaccent(question)))), ' ') AS key, question, times FROM cleaned),
    counted AS (
        SELECT a.key, (array_agg(a.question ORDER BY a.times DESC, a.question))[1] AS question, sum(a.times)::bigint AS times
        FROM asked a WHERE a.key <> '' GROUP BY a.key ORDER BY times DESC, a.key LIMIT 200),
    lists AS (
        SELECT array_agg(key ORDER BY times DESC, key) AS keys, array_agg(question ORDER BY times DESC, key) AS questions, array_agg(times ORDER BY times DESC, key) AS counts
        FROM counted)
    SELECT coalesce(jsonb_agg(jsonb_build_object('question', m.question, 'count', m.times, 'key', m.key) ORDER BY m.times DESC, m.question), '[]')
    FROM lists, merge_questions(keys, questions, counts, at_most) m
$$;

-- What was said in a span of time, of a widget or of all, counted in one look from the messages themselves, for whoever may read them.
CREATE FUNCTION message_figures(of_widget uuid, since timestamptz, until timestamptz)
RETURNS TABLE (messages integer, conversations integer, answered integer, failed integer, confidence_sum double precision, rated integer, unsure integer, up integer, down integer, median_ms integer, slow_ms integer)
LANGUAGE sql STABLE AS $$
    SELECT count(*)::integer,
           -- A message written without a session is a conversation of its own.
           count(DISTINCT coalesce(l.session_id, l.id))::integer,
           (count(*) FILTER (WHERE l.status = 'answered'))::integer,
           (count(*) FILTER (WHERE l.status = 'failed'))::integer,
           coalesce(sum(l.confidence), 0),
           count(l.confidence)::integer,
           (count(*) FILTER (WHERE l.confidence < 0.5))::integer,
           (count(*) FILTER (WHERE l.feedback = 'up'))::integer,
           (count(*) FILTER (WHERE l.feedback = 'down'))::integer,
           percentile_disc(0.5) WITHIN GROUP (ORDER BY l.latency_ms) FILTER (WHERE l.status = 'answered'),
           percentile_disc(0.95) WITHIN GROUP (ORDER BY l.latency_ms) FILTER (WHERE l.status = 'answered')
    FROM chat_logs l
    WHERE l.created_at >= since AND l.created_at < until AND (of_widget IS NULL OR l.widget_id = of_widget)
      AND NOT EXISTS (SELECT FROM visitor_sessions t WHERE t.client_id = l.client_id AND t.id = l.session_id AND t.kind IN ('preview', 'test'))
$$;
