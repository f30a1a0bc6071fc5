-- A word that is in every tenth answer is in a hundred thousand messages, of which a list shows the newest: so the index knows days as well.

-- Of which UTC day a message is, and of which eight: lexemes that no word looked for can be, since those have letters and digits only.
CREATE FUNCTION search_days(at timestamptz) RETURNS tsvector LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN isfinite(at)
        THEN array_to_tsvector(ARRAY['d:' || floor(extract(epoch FROM at) / 86400)::bigint, 'w:' || floor(extract(epoch FROM at) / 86400 / 8)::bigint])
        ELSE ''::tsvector END
$$;

-- What was said in the conversation, the newest first, which is how the search reads them: without the places of the words, which it never asked for.
CREATE FUNCTION search_words(said text, at timestamptz) RETURNS tsvector LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT strip(to_tsvector('simple', search_text(said))) || search_days(at)
$$;

-- Made again from the messages by the job that makes them.
TRUNCATE chat_search;
UPDATE watermarks SET changed_at = '-infinity' WHERE name = 'chat_logs';

-- The entered client's conversations in which all the words were said, as beginnings of words, newest first. It asks the index at most three times:
-- for the two newest days; for as many more as should be enough, by what it found in these; and, when there is less, or hardly any, for all of it. It
-- reads the client itself: a full-text condition of the caller's under row level security could not use the index.
CREATE OR REPLACE FUNCTION search_conversations(looked_for text, at_most integer) RETURNS TABLE (session_id uuid)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    rare CONSTANT integer := 20;
    most_spans CONSTANT integer := 60;
    entered uuid := portal_client();
    wanted tsquery := (SELECT to_tsquery('simple', string_agg(quote_literal(word) || ':*', ' & '))
                       FROM (SELECT word FROM regexp_split_to_table(search_text(left(looked_for, 200)), ' ') AS word WHERE word <> '' LIMIT 10) words);
    newest bigint := (SELECT floor(extract(epoch FROM least(max(v.last_message_at), now())) / 86400)::bigint FROM visitor_sessions v WHERE v.client_id = entered AND v.message_count > 0);
    days text := format('''d:%s'' | ''d:%s''', newest, newest - 1);
    spans integer;
    found uuid[];
BEGIN
    IF entered IS NULL OR wanted IS NULL OR newest IS NULL THEN
        RETURN;
    END IF;
    LOOP
        found := ARRAY(
            SELECT s.session_id FROM chat_search s
            WHERE s.client_id = entered AND s.words @@ CASE WHEN days IS NULL THEN wanted ELSE wanted && days::tsquery END
            GROUP BY s.session_id ORDER BY max(s.created_at) DESC LIMIT at_most);
        EXIT WHEN days IS NULL OR cardinality(found) >= at_most;
        -- Half as many spans of eight days again as it should take.
        spans := CASE WHEN spans IS NULL AND cardinality(found) >= rare THEN 2 + ceil(1.5 * at_most / (cardinality(found) / 2.0) / 8) END;
        days := CASE WHEN spans <= most_spans THEN (SELECT string_agg(format('''w:%s''', newest / 8 - n), ' | ') FROM generate_series(0, spans) AS n) END;
    END LOOP;
    RETURN QUERY SELECT f FROM unnest(found) AS f;
END $$;

-- Lists of what is rare, and the conversations that count nowhere.
CREATE INDEX idx_visitor_sessions_failed ON visitor_sessions (client_id, last_message_at DESC, id DESC) WHERE message_count > 0 AND failed_count > 0;
CREATE INDEX idx_visitor_sessions_disliked ON visitor_sessions (client_id, last_message_at DESC, id DESC) WHERE message_count > 0 AND down_count > 0;
CREATE INDEX idx_visitor_sessions_tried ON visitor_sessions (client_id, id) WHERE kind IN ('preview', 'test');

-- The same questions from trigrams that are cut here: those that the extension shows cost it a third of a millisecond a text.
CREATE OR REPLACE FUNCTION merge_questions(keys text[], questions text[], counts bigint[], at_most integer) RETURNS TABLE (key text, question text, times bigint)
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
DECLARE
    homes integer[] := ARRAY(SELECT CASE WHEN n <= 3 * at_most THEN n END FROM generate_subscripts(keys, 1) AS n ORDER BY n);
    pair record;
BEGIN
    FOR pair IN
        WITH texts AS MATERIALIZED (SELECT n, '  ' || replace(keys[n], ' ', '   ') || ' ' AS padded FROM generate_subscripts(keys, 1) AS n),
        grams AS MATERIALIZED (
            SELECT DISTINCT t.n, substr(t.padded, i, 3) AS gram FROM texts t, generate_series(1, length(t.padded) - 2) AS i WHERE substr(t.padded, i + 1, 2) <> '  '),
        sizes AS MATERIALIZED (SELECT g.n, count(*) AS size FROM grams g GROUP BY g.n),
        pairs AS MATERIALIZED (
            SELECT a.n, b.n AS home, count(*) AS common FROM grams a JOIN grams b ON b.gram = a.gram AND b.n < a.n WHERE b.n <= 3 * at_most GROUP BY a.n, b.n)
        SELECT p.n, p.home FROM pairs p JOIN sizes a ON a.n = p.n JOIN sizes b ON b.n = p.home
        WHERE p.common >= 0.6 * (a.size + b.size - p.common)
        ORDER BY p.n, p.common::float / (a.size + b.size - p.common) DESC, p.home
    LOOP
        IF homes[pair.home] = pair.home AND coalesce(homes[pair.n], pair.n) = pair.n THEN
            homes[pair.n] := pair.home;
        END IF;
    END LOOP;
    RETURN QUERY
        SELECT keys[homes[n]], questions[homes[n]], sum(counts[n])::bigint FROM generate_subscripts(keys, 1) AS n
        WHERE homes[n] IS NOT NULL GROUP BY homes[n] ORDER BY 3 DESC, homes[n] LIMIT at_most;
END $$;

-- As a table, which the planner takes to pieces; as a function of one row it is called for each.
DROP FUNCTION question_item(jsonb);
CREATE FUNCTION question_item(item jsonb) RETURNS TABLE (question text, key text, times bigint) LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(item ->> 'question', item #>> '{}'), coalesce(item ->> 'key', lower(item ->> 'question'), lower(item #>> '{}')),
           CASE WHEN jsonb_typeof(item -> 'count') = 'number' THEN least((item ->> 'count')::numeric, 1e12)::bigint ELSE 1 END
$$;

CREATE OR REPLACE FUNCTION top_questions(of_widget uuid, first date, last date, at_most integer) RETURNS TABLE (question text, times bigint)
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    WITH days AS (
        SELECT q.questions FROM client_questions q WHERE of_widget IS NULL AND q.date BETWEEN first AND last
        UNION ALL
        SELECT CASE WHEN jsonb_typeof(a.most_common_questions) = 'array' THEN a.most_common_questions ELSE '[]' END FROM analytics a WHERE a.widget_id = of_widget AND a.date BETWEEN first AND last),
    counted AS (
        SELECT i.key, (array_agg(i.question ORDER BY i.times DESC, i.question))[1] AS question, sum(i.times)::bigint AS times
        FROM days d, jsonb_array_elements(d.questions) AS item, question_item(item) i WHERE i.question IS NOT NULL
        GROUP BY i.key ORDER BY times DESC, i.key LIMIT 120),
    lists AS (
        SELECT array_agg(key ORDER BY times DESC, key) AS keys, array_agg(question ORDER BY times DESC, key) AS questions, array_agg(times ORDER BY times DESC, key) AS counts
        FROM counted)
    SELECT m.question, m.times FROM lists, merge_questions(keys, questions, counts, at_most) m
$$;
