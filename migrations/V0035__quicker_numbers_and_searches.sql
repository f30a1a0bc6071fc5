-- The numbers of a day in a quarter of the time, and most searches in a third.

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

-- What is common is found among the newest messages, which are read one after the other; what is rare, in the index. Asked for the beginning of a
-- word, that one gathers all there are, of all clients: so it is asked for the rarer words only.
CREATE INDEX idx_chat_search_client_id_created_at ON chat_search (client_id, created_at DESC);

-- The entered client's conversations in which all the words were said, as beginnings of words, newest first. It reads the client itself: a full-text
-- condition of the caller's under row level security could not use the index.
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

    -- To gather a message by the index takes as long as to read eight in their order; and no more than a thousand for each that is looked for.
    reach := least(8 * (SELECT greatest(min(t), 1) FROM unnest(times) AS t)::float / sample * (SELECT greatest(c.reltuples, sample) FROM pg_class c WHERE c.oid = 'chat_search'::regclass), 1000 * at_most);
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

-- Days need no longer be known to the index. What stands in it keeps them, to no harm: they are no words.
DROP FUNCTION search_words(text, timestamptz);
DROP FUNCTION search_days(timestamptz);
CREATE FUNCTION search_words(said text) RETURNS tsvector LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT strip(to_tsvector('simple', search_text(said)))
$$;
