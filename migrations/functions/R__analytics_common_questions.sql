-- Common questions: which messages are the same question, and which questions were asked most in a day or a period. A list of questions is
-- a JSON array of {"question": its most frequent wording, "count": n, "key": its stems}.

-- The stemmer for a visitor's language.
CREATE OR REPLACE FUNCTION stemmer(locale text) RETURNS regconfig LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE left(lower(locale), 2)
        WHEN 'en' THEN 'english'::regconfig WHEN 'de' THEN 'german'::regconfig WHEN 'fr' THEN 'french'::regconfig WHEN 'es' THEN 'spanish'::regconfig
        WHEN 'pt' THEN 'portuguese'::regconfig WHEN 'it' THEN 'italian'::regconfig WHEN 'nl' THEN 'dutch'::regconfig WHEN 'tr' THEN 'turkish'::regconfig
        WHEN 'ar' THEN 'arabic'::regconfig ELSE 'simple'::regconfig END
$$;

-- One entry of a list, which may have been written by hand: a text, or an object with a question and perhaps a count and a key. Returns a
-- table because the planner can inline that; a function that returns one row is called once for each entry.
CREATE OR REPLACE FUNCTION question_item(item jsonb) RETURNS TABLE (question text, key text, times bigint) LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(item ->> 'question', item #>> '{}'), coalesce(item ->> 'key', lower(item ->> 'question'), lower(item #>> '{}')),
           CASE WHEN jsonb_typeof(item -> 'count') = 'number' THEN least((item ->> 'count')::numeric, 1e12)::bigint ELSE 1 END
$$;

-- The same text is one question, whatever language the visitors' browsers speak: its stems depend on the language and may differ.
CREATE OR REPLACE FUNCTION same_questions(questions text[], keys text[], counts bigint[], at_most integer) RETURNS TABLE (key text, question text, times bigint)
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    WITH items AS MATERIALIZED (
        SELECT q.question, q.key, q.times, lower(btrim(q.question, E' ?!.,:;…¿¡？！。')) AS text FROM unnest(questions, keys, counts) AS q (question, key, times)),
    pairs AS MATERIALIZED (SELECT i.text, i.key, sum(i.times) AS times FROM items i GROUP BY 1, 2),
    homes AS MATERIALIZED (SELECT DISTINCT ON (p.text) p.text, p.key FROM pairs p ORDER BY p.text, p.times DESC, p.key),
    -- Other wordings with the same stems follow the most frequent of their texts.
    moved AS MATERIALIZED (SELECT DISTINCT ON (p.key) p.key, h.key AS home FROM pairs p JOIN homes h ON h.text = p.text ORDER BY p.key, p.times DESC, p.text)
    SELECT m.home, (array_agg(i.question ORDER BY i.times DESC, i.question))[1], sum(i.times)::bigint
    FROM items i JOIN homes h ON h.text = i.text JOIN moved m ON m.key = h.key
    GROUP BY m.home ORDER BY 3 DESC, m.home LIMIT at_most
$$;

-- Questions whose stems are nearly the same become one, under the wording that was asked most. Only pairs that share two fifths of the
-- beginnings of their words are compared at all; trigram similarity decides.
CREATE OR REPLACE FUNCTION merge_questions(keys text[], questions text[], counts bigint[], at_most integer) RETURNS TABLE (key text, question text, times bigint)
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
DECLARE
    most_homes CONSTANT integer := 3 * at_most;
    homes integer[] := ARRAY(SELECT CASE WHEN n <= most_homes THEN n END FROM generate_subscripts(keys, 1) AS n ORDER BY n);
    pair record;
BEGIN
    FOR pair IN
        WITH texts AS MATERIALIZED (
            SELECT t.n::integer, t.stems, ARRAY(SELECT DISTINCT left(stem, 3) FROM string_to_table(t.stems, ' ') AS stem) AS starts
            FROM unnest(keys) WITH ORDINALITY AS t (stems, n)),
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

-- A day's forty most common questions over all of a client's widgets, without demos. The ten of a quarter are among them.
CREATE OR REPLACE FUNCTION questions_of_day(of_client uuid, of_day date) RETURNS jsonb LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    WITH lists AS (
        SELECT array_agg(i.question) AS questions, array_agg(i.key) AS keys, array_agg(i.times) AS counts
        FROM analytics a,
             jsonb_array_elements(CASE WHEN jsonb_typeof(a.most_common_questions) = 'array' THEN a.most_common_questions ELSE '[]' END) AS item,
             question_item(item) i
        WHERE a.client_id = of_client AND a.date = of_day AND i.question IS NOT NULL
          AND a.widget_id <> ALL (ARRAY(SELECT w.id FROM widgets w WHERE w.client_id = of_client AND w.is_demo)))
    SELECT coalesce(jsonb_agg(jsonb_build_object('question', s.question, 'count', s.times, 'key', s.key) ORDER BY s.times DESC, s.key), '[]')
    FROM lists l, same_questions(l.questions, l.keys, l.counts, 40) s
$$;

-- The most common questions of several days, of one widget or of all, from the rows that the caller may read.
CREATE OR REPLACE FUNCTION top_questions(of_widget uuid, first date, last date, at_most integer) RETURNS TABLE (question text, times bigint)
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    WITH days AS (
        SELECT q.questions FROM client_questions q WHERE of_widget IS NULL AND q.date BETWEEN first AND last
        UNION ALL
        SELECT CASE WHEN jsonb_typeof(a.most_common_questions) = 'array' THEN a.most_common_questions ELSE '[]' END
        FROM analytics a WHERE a.widget_id = of_widget AND a.date BETWEEN first AND last),
    items AS (
        SELECT array_agg(i.question) AS questions, array_agg(i.key) AS keys, array_agg(i.times) AS counts
        FROM days d, jsonb_array_elements(d.questions) AS item, question_item(item) i WHERE i.question IS NOT NULL),
    lists AS (
        SELECT array_agg(s.key ORDER BY s.times DESC, s.key) AS keys, array_agg(s.question ORDER BY s.times DESC, s.key) AS questions,
               array_agg(s.times ORDER BY s.times DESC, s.key) AS counts
        FROM items i, same_questions(i.questions, i.keys, i.counts, 200) s)
    SELECT m.question, m.times FROM lists, merge_questions(keys, questions, counts, at_most) m
$$;

-- Whatever changes a widget's questions makes the client's day stale: the job, retention, erasure, a deleted widget, a hand.
CREATE OR REPLACE FUNCTION questions_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO client_questions AS q (client_id, date)
    SELECT c.id, changed.date
    FROM (VALUES (coalesce(NEW.client_id, OLD.client_id), coalesce(NEW.date, OLD.date)), (OLD.client_id, OLD.date)) AS changed (client_id, date)
    JOIN clients c ON c.id = changed.client_id
    GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (client_id, date) DO UPDATE SET is_stale = true WHERE NOT q.is_stale;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION questions_changed() FROM PUBLIC;
CREATE OR REPLACE TRIGGER questions_changed AFTER INSERT OR DELETE OR UPDATE OF client_id, date, most_common_questions ON analytics
    FOR EACH ROW EXECUTE FUNCTION questions_changed();

-- Makes one stale day again; false when there is none. Two statements, because what the second one reads comes after the lock of the
-- first: whoever changes a widget's questions meanwhile finds the day fresh and marks it stale again.
CREATE OR REPLACE FUNCTION refresh_client_questions() RETURNS boolean LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    day record;
BEGIN
    SELECT q.client_id, q.date INTO day FROM client_questions q WHERE q.is_stale ORDER BY q.date DESC, q.client_id LIMIT 1 FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    UPDATE client_questions q SET is_stale = false, questions = questions_of_day(day.client_id, day.date)
    WHERE q.client_id = day.client_id AND q.date = day.date;
    RETURN true;
END $$;
