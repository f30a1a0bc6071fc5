-- The same questions found with a twentieth of the work, and those of all of a client's widgets ready for each day: a client with a
-- hundred widgets would otherwise read and sort a hundred times as much on every look at its dashboard.

CREATE OR REPLACE FUNCTION stemmer(locale text) RETURNS regconfig LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE left(lower(locale), 2)
        WHEN 'en' THEN 'english'::regconfig WHEN 'de' THEN 'german'::regconfig WHEN 'fr' THEN 'french'::regconfig WHEN 'es' THEN 'spanish'::regconfig
        WHEN 'pt' THEN 'portuguese'::regconfig WHEN 'it' THEN 'italian'::regconfig WHEN 'nl' THEN 'dutch'::regconfig WHEN 'tr' THEN 'turkish'::regconfig
        WHEN 'ar' THEN 'arabic'::regconfig ELSE 'simple'::regconfig END
$$;

-- Questions, most asked first, of which those with nearly the same stems (trigram similarity) become one under the first wording. Each
-- key's trigrams are taken once, and only pairs that share some are looked at.
CREATE OR REPLACE FUNCTION merge_questions(keys text[], questions text[], counts bigint[], at_most integer) RETURNS TABLE (key text, question text, times bigint)
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
DECLARE
    homes integer[] := ARRAY(SELECT CASE WHEN n <= 3 * at_most THEN n END FROM generate_subscripts(keys, 1) AS n ORDER BY n);
    pair record;
BEGIN
    FOR pair IN
        WITH grams AS MATERIALIZED (SELECT n, cardinality(t) AS size, unnest(t) AS gram FROM (SELECT n, show_trgm(keys[n]) AS t FROM generate_subscripts(keys, 1) AS n) trigrams)
        SELECT a.n, b.n AS home, count(*)::float / (a.size + b.size - count(*)) AS likeness
        FROM grams a JOIN grams b ON b.gram = a.gram AND b.n < a.n AND b.n <= 3 * at_most
        GROUP BY a.n, a.size, b.n, b.size
        HAVING count(*)::float / (a.size + b.size - count(*)) >= 0.6
        ORDER BY a.n, likeness DESC, b.n
    LOOP
        IF homes[pair.home] = pair.home AND coalesce(homes[pair.n], pair.n) = pair.n THEN
            homes[pair.n] := pair.home;
        END IF;
    END LOOP;
    RETURN QUERY
        SELECT keys[homes[n]], questions[homes[n]], sum(counts[n])::bigint FROM generate_subscripts(keys, 1) AS n
        WHERE homes[n] IS NOT NULL GROUP BY homes[n] ORDER BY 3 DESC, homes[n] LIMIT at_most;
END $$;

-- The questions of one widget and day. What was said in the very same words is stemmed once; the day's moments are narrowed down for the index
-- before the zone has its say.
CREATE OR REPLACE FUNCTION common_questions(of_widget uuid, of_day date, zone text, at_most integer) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    WITH said AS MATERIALIZED (
        SELECT left(btrim(regexp_replace(left(l.message, 300), '\s+', ' ', 'g')), 200) AS question, left(lower(s.locale), 2) AS locale, count(*) AS times
        FROM chat_logs l LEFT JOIN visitor_sessions s ON s.id = l.session_id
        WHERE l.widget_id = of_widget
          AND l.created_at >= (of_day::timestamp AT TIME ZONE zone) - interval '3 hours' AND l.created_at < ((of_day + 1)::timestamp AT TIME ZONE zone) + interval '3 hours'
          AND (l.created_at AT TIME ZONE zone)::date = of_day
          AND (s.kind IS NULL OR s.kind IN ('live', 'demo'))
        GROUP BY 1, 2),
    asked AS MATERIALIZED (
        SELECT array_to_string(tsvector_to_array(to_tsvector(stemmer(locale), lower(unaccent(question)))), ' ') AS key, question, times FROM said),
    counted AS (
        SELECT a.key, (array_agg(a.question ORDER BY a.times DESC, a.question))[1] AS question, sum(a.times)::bigint AS times
        FROM asked a WHERE a.key <> '' GROUP BY a.key ORDER BY times DESC, a.key LIMIT 300),
    lists AS (
        SELECT array_agg(key ORDER BY times DESC, key) AS keys, array_agg(question ORDER BY times DESC, key) AS questions, array_agg(times ORDER BY times DESC, key) AS counts
        FROM counted)
    SELECT coalesce(jsonb_agg(jsonb_build_object('question', m.question, 'count', m.times, 'key', m.key) ORDER BY m.times DESC, m.question), '[]')
    FROM lists, merge_questions(keys, questions, counts, at_most) m
$$;

-- One entry of most_common_questions, which a hand may have written: a text, or an object with a question and perhaps a count and a key.
CREATE FUNCTION question_item(item jsonb, OUT question text, OUT key text, OUT times bigint) LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(item ->> 'question', item #>> '{}'), coalesce(item ->> 'key', lower(item ->> 'question'), lower(item #>> '{}')),
           CASE WHEN jsonb_typeof(item -> 'count') = 'number' THEN least((item ->> 'count')::numeric, 1e12)::bigint ELSE 1 END
$$;

-- What was asked of all of a client's widgets on a day, made by the job of the daily numbers from theirs.
CREATE TABLE client_questions (
    client_id uuid NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    date      date NOT NULL,
    questions jsonb NOT NULL DEFAULT '[]',                         -- as in analytics
    is_stale  boolean NOT NULL DEFAULT true,                       -- a widget's have changed since
    PRIMARY KEY (client_id, date)
);
CREATE INDEX idx_client_questions_stale ON client_questions (date) WHERE is_stale;

ALTER TABLE client_questions ENABLE ROW LEVEL SECURITY;
ALTER TABLE client_questions FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON client_questions TO portal_owner USING (true) WITH CHECK (true);
CREATE POLICY tenant ON client_questions TO portal_app USING (client_id = portal_client()) WITH CHECK (client_id = portal_client());
CREATE POLICY jobs ON client_questions TO portal_jobs USING (true) WITH CHECK (true);
GRANT SELECT ON client_questions TO portal_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON client_questions TO portal_jobs;

-- Whoever changes a widget's: the job, retention, erasure, a deleted widget, a hand.
CREATE FUNCTION questions_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO client_questions AS q (client_id, date)
    SELECT c.id, changed.date FROM (VALUES (coalesce(NEW.client_id, OLD.client_id), coalesce(NEW.date, OLD.date)), (OLD.client_id, OLD.date)) AS changed (client_id, date) JOIN clients c ON c.id = changed.client_id
    GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (client_id, date) DO UPDATE SET is_stale = true WHERE NOT q.is_stale;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION questions_changed() FROM PUBLIC;
CREATE TRIGGER questions_changed AFTER INSERT OR DELETE OR UPDATE OF client_id, date, most_common_questions ON analytics FOR EACH ROW EXECUTE FUNCTION questions_changed();
INSERT INTO client_questions (client_id, date) SELECT DISTINCT client_id, date FROM analytics;

-- Makes a day of a client's again from its widgets': the hundred that were asked most.
CREATE FUNCTION questions_of_day(of_client uuid, of_day date) RETURNS jsonb LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object('question', c.question, 'count', c.times, 'key', c.key) ORDER BY c.times DESC, c.key), '[]')
    FROM (SELECT i.key, (array_agg(i.question ORDER BY i.times DESC, i.question))[1] AS question, sum(i.times)::bigint AS times
          FROM analytics a, jsonb_array_elements(CASE WHEN jsonb_typeof(a.most_common_questions) = 'array' THEN a.most_common_questions ELSE '[]' END) AS item, question_item(item) i
          WHERE a.client_id = of_client AND a.date = of_day AND i.question IS NOT NULL
          GROUP BY i.key ORDER BY times DESC, i.key LIMIT 100) c
$$;

-- The questions of several days, of a widget or of all, most asked first, for whoever may read these rows.
CREATE OR REPLACE FUNCTION top_questions(of_widget uuid, first date, last date, at_most integer) RETURNS TABLE (question text, times bigint)
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    WITH days AS (
        SELECT q.questions FROM client_questions q WHERE of_widget IS NULL AND q.date BETWEEN first AND last
        UNION ALL
        SELECT CASE WHEN jsonb_typeof(a.most_common_questions) = 'array' THEN a.most_common_questions ELSE '[]' END FROM analytics a WHERE a.widget_id = of_widget AND a.date BETWEEN first AND last),
    counted AS (
        SELECT i.key, (array_agg(i.question ORDER BY i.times DESC, i.question))[1] AS question, sum(i.times)::bigint AS times
        FROM days d, jsonb_array_elements(d.questions) AS item, question_item(item) i WHERE i.question IS NOT NULL
        GROUP BY i.key ORDER BY times DESC, i.key LIMIT 200),
    lists AS (
        SELECT array_agg(key ORDER BY times DESC, key) AS keys, array_agg(question ORDER BY times DESC, key) AS questions, array_agg(times ORDER BY times DESC, key) AS counts
        FROM counted)
    SELECT m.question, m.times FROM lists, merge_questions(keys, questions, counts, at_most) m
$$;

-- One stale day of some client's. Two statements: what is read comes after the lock, so that whoever changes a widget's questions meanwhile
-- finds the day done and marks it anew.
CREATE FUNCTION refresh_client_questions() RETURNS boolean LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    day record;
BEGIN
    SELECT q.client_id, q.date INTO day FROM client_questions q WHERE q.is_stale ORDER BY q.date DESC, q.client_id LIMIT 1 FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    UPDATE client_questions q SET is_stale = false, questions = questions_of_day(day.client_id, day.date) WHERE q.client_id = day.client_id AND q.date = day.date;
    RETURN true;
END $$;
