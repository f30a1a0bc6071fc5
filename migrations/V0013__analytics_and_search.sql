-- Searching what was said, and the numbers of each day. Both are made by jobs from what changed since they last looked, so the
-- chat path pays for neither.
CREATE EXTENSION IF NOT EXISTS unaccent;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS btree_gin;

-- A zone that PostgreSQL does not know would stop the numbers of everybody: it is refused where it is written.
ALTER TABLE clients ADD CONSTRAINT clients_time_zone_check CHECK ((to_timestamp(0) AT TIME ZONE time_zone) IS NOT NULL);

-- When a row last became something else for a reader: written (whatever its created_at says), answered, rated.
ALTER TABLE chat_logs ADD COLUMN recorded_at timestamptz NOT NULL DEFAULT now();
ALTER TABLE chat_logs ADD COLUMN changed_at timestamptz GENERATED ALWAYS AS (greatest(recorded_at, answered_at, feedback_at)) STORED;
CREATE INDEX idx_chat_logs_changed_at ON chat_logs (changed_at, id);
CREATE INDEX idx_chat_logs_to_improve ON chat_logs (client_id, created_at DESC)
    WHERE status = 'failed' OR feedback = 'down' OR confidence < 0.5;

-- How far the reader of chat_logs.changed_at has come.
CREATE TABLE watermarks (
    name       text PRIMARY KEY,
    changed_at timestamptz NOT NULL
);
INSERT INTO watermarks VALUES ('chat_logs', '-infinity');

CREATE TABLE chat_search (
    chat_log_id uuid PRIMARY KEY,
    client_id   uuid NOT NULL,
    session_id  uuid NOT NULL,
    created_at  timestamptz NOT NULL,
    changed_at  timestamptz NOT NULL,                              -- the message's, when it was read
    words       tsvector NOT NULL,
    FOREIGN KEY (chat_log_id, client_id) REFERENCES chat_logs (id, client_id) ON DELETE CASCADE
);
CREATE INDEX idx_chat_search_client_id_words ON chat_search USING gin (client_id, words);

-- The same letters for what is stored and for what is looked for: no accents, words only.
CREATE FUNCTION search_text(said text) RETURNS text LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT regexp_replace(lower(unaccent(said)), '[^[:alnum:]]+', ' ', 'g')
$$;

-- The entered client's conversations in which all the words were said, as beginnings of words, newest first. It reads the client
-- itself: a full-text condition of the caller's under row level security could not use the index.
CREATE FUNCTION search_conversations(looked_for text, at_most integer) RETURNS TABLE (session_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT found.session_id
    FROM (SELECT s.session_id, max(s.created_at) AS last
          FROM chat_search s
          WHERE s.client_id = portal_client()
            AND s.words @@ (SELECT to_tsquery('simple', string_agg(quote_literal(word) || ':*', ' & '))
                            FROM (SELECT word FROM regexp_split_to_table(search_text(left(looked_for, 200)), ' ') AS word WHERE word <> '' LIMIT 10) words)
          GROUP BY s.session_id) found
    ORDER BY found.last DESC LIMIT at_most
$$;

ALTER TABLE analytics
    ADD COLUMN num_conversations integer NOT NULL DEFAULT 0,
    ADD COLUMN num_failed        integer NOT NULL DEFAULT 0,
    ADD COLUMN num_confidence    integer NOT NULL DEFAULT 0,       -- answers that avg_confidence is the mean of
    ADD COLUMN num_unsure        integer NOT NULL DEFAULT 0,       -- of these, below 0.5
    ADD COLUMN median_ms         integer,
    ADD COLUMN slow_ms           integer,                          -- nineteen of twenty answers took less
    ADD COLUMN updated_at        timestamptz NOT NULL DEFAULT now();

-- Days whose numbers have to be made again.
CREATE TABLE analytics_due (
    widget_id uuid NOT NULL,
    client_id uuid NOT NULL,
    date      date NOT NULL,
    PRIMARY KEY (widget_id, date),
    FOREIGN KEY (widget_id, client_id) REFERENCES widgets (id, client_id) ON DELETE CASCADE
);
CREATE INDEX idx_analytics_due_client_id ON analytics_due (client_id);

-- The stemmer for a visitor's language.
CREATE FUNCTION stemmer(locale text) RETURNS regconfig LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE left(lower(locale), 2)
        WHEN 'en' THEN 'english' WHEN 'de' THEN 'german' WHEN 'fr' THEN 'french' WHEN 'es' THEN 'spanish' WHEN 'pt' THEN 'portuguese'
        WHEN 'it' THEN 'italian' WHEN 'nl' THEN 'dutch' WHEN 'tr' THEN 'turkish' WHEN 'ar' THEN 'arabic' ELSE 'simple' END::regconfig
$$;

-- Questions, most asked first, of which those with nearly the same stems (trigram similarity) become one under the first wording.
CREATE FUNCTION merge_questions(keys text[], questions text[], counts bigint[], at_most integer) RETURNS TABLE (key text, question text, times bigint)
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
DECLARE
    homes integer[] := '{}';
    sums bigint[] := '{}';
    home integer;
BEGIN
    FOR n IN 1 .. coalesce(cardinality(keys), 0) LOOP
        SELECT h INTO home FROM generate_subscripts(homes, 1) AS h WHERE similarity(keys[homes[h]], keys[n]) >= 0.6
        ORDER BY similarity(keys[homes[h]], keys[n]) DESC, h LIMIT 1;
        IF home IS NOT NULL THEN
            sums[home] := sums[home] + counts[n];
        ELSIF cardinality(homes) < 3 * at_most THEN
            homes := homes || n;
            sums := sums || counts[n];
        END IF;
    END LOOP;
    RETURN QUERY SELECT keys[homes[h]], questions[homes[h]], sums[h] FROM generate_subscripts(homes, 1) AS h ORDER BY sums[h] DESC, h LIMIT at_most;
END $$;

-- The questions of one widget and day as [{"question": its usual wording, "count": n, "key": its stems}]. The same stems are the same question.
CREATE FUNCTION common_questions(of_widget uuid, of_day date, zone text, at_most integer) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    WITH asked AS (
        SELECT array_to_string(tsvector_to_array(to_tsvector(stemmer(s.locale), lower(unaccent(left(l.message, 300))))), ' ') AS key,
               left(btrim(regexp_replace(l.message, '\s+', ' ', 'g')), 200) AS question
        FROM chat_logs l LEFT JOIN visitor_sessions s ON s.id = l.session_id
        WHERE l.widget_id = of_widget
          AND l.created_at >= of_day::timestamptz - interval '2 days' AND l.created_at < of_day::timestamptz + interval '3 days'
          AND (l.created_at AT TIME ZONE zone)::date = of_day
          AND (s.kind IS NULL OR s.kind IN ('live', 'demo'))),
    counted AS (
        SELECT a.key, mode() WITHIN GROUP (ORDER BY a.question) AS question, count(*) AS times
        FROM asked a WHERE a.key <> '' GROUP BY a.key ORDER BY times DESC, a.key LIMIT 300),
    lists AS (
        SELECT array_agg(key ORDER BY times DESC, key) AS keys, array_agg(question ORDER BY times DESC, key) AS questions, array_agg(times ORDER BY times DESC, key) AS counts
        FROM counted)
    SELECT coalesce(jsonb_agg(jsonb_build_object('question', m.question, 'count', m.times, 'key', m.key) ORDER BY m.times DESC, m.question), '[]')
    FROM lists, merge_questions(keys, questions, counts, at_most) m
$$;

-- Another zone cuts the same messages into other days: those whose messages all still stand are made again.
CREATE FUNCTION recount_in_new_zone() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    WITH standing AS (
        SELECT w.id AS widget_id, (SELECT min(l.created_at) FROM chat_logs l WHERE l.widget_id = w.id) AS since
        FROM widgets w WHERE w.client_id = NEW.id),
    gone AS (
        DELETE FROM analytics a USING standing s
        WHERE a.widget_id = s.widget_id AND a.date > (s.since AT TIME ZONE OLD.time_zone)::date)
    INSERT INTO analytics_due (widget_id, client_id, date)
    SELECT s.widget_id, NEW.id, day::date
    FROM standing s, generate_series((s.since AT TIME ZONE OLD.time_zone)::date + 1, (now() AT TIME ZONE NEW.time_zone)::date, interval '1 day') AS day
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER recount_in_new_zone AFTER UPDATE OF time_zone ON clients
    FOR EACH ROW WHEN (OLD.time_zone IS DISTINCT FROM NEW.time_zone) EXECUTE FUNCTION recount_in_new_zone();

ALTER TABLE chat_search ENABLE ROW LEVEL SECURITY;
ALTER TABLE chat_search FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON chat_search TO portal_owner USING (true) WITH CHECK (true);
CREATE POLICY jobs ON chat_search TO portal_jobs USING (true) WITH CHECK (true);
ALTER TABLE analytics_due ENABLE ROW LEVEL SECURITY;
ALTER TABLE analytics_due FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON analytics_due TO portal_owner USING (true) WITH CHECK (true);
CREATE POLICY jobs ON analytics_due TO portal_jobs USING (true) WITH CHECK (true);

REVOKE ALL ON FUNCTION search_conversations(text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION search_conversations(text, integer) TO portal_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON chat_search, analytics_due TO portal_jobs;
GRANT SELECT, UPDATE ON watermarks TO portal_jobs;
CREATE POLICY tenant ON analytics_due TO portal_app USING (client_id = portal_client()) WITH CHECK (client_id = portal_client());
GRANT SELECT, INSERT ON analytics_due TO portal_app;

-- The questions of several days and widgets together, most asked first, for whoever may read these rows.
CREATE FUNCTION top_questions(of_widget uuid, first date, last date, at_most integer) RETURNS TABLE (question text, times bigint)
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    WITH asked AS (
        SELECT coalesce(item ->> 'question', item #>> '{}') AS question, coalesce(item ->> 'key', lower(item #>> '{}')) AS key,
               CASE WHEN jsonb_typeof(item -> 'count') = 'number' THEN (item ->> 'count')::numeric::bigint ELSE 1 END AS times
        FROM analytics a, jsonb_array_elements(CASE WHEN jsonb_typeof(a.most_common_questions) = 'array' THEN a.most_common_questions ELSE '[]' END) AS item
        WHERE a.date BETWEEN first AND last AND (of_widget IS NULL OR a.widget_id = of_widget)),
    counted AS (
        SELECT a.key, (array_agg(a.question ORDER BY a.times DESC, a.question))[1] AS question, sum(a.times)::bigint AS times
        FROM asked a GROUP BY a.key ORDER BY times DESC, a.key LIMIT 300),
    lists AS (
        SELECT array_agg(key ORDER BY times DESC, key) AS keys, array_agg(question ORDER BY times DESC, key) AS questions, array_agg(times ORDER BY times DESC, key) AS counts
        FROM counted)
    SELECT m.question, m.times FROM lists, merge_questions(keys, questions, counts, at_most) m
$$;
