-- Limits that a hand wrote into a config, read as the portal's own reader does: any case of the keys, numbers only, nothing below one.
CREATE FUNCTION config_value(config jsonb, VARIADIC path text[]) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE SET search_path = public, pg_temp AS $$
DECLARE
    step text;
BEGIN
    FOREACH step IN ARRAY path LOOP
        IF jsonb_typeof(config) IS DISTINCT FROM 'object' THEN
            RETURN NULL;
        END IF;
        config := (SELECT e.value FROM jsonb_each(config) AS e WHERE lower(e.key) = lower(step) ORDER BY e.key = step DESC, e.key LIMIT 1);
    END LOOP;
    RETURN config;
END $$;

CREATE FUNCTION config_messages_per_day(config jsonb) RETURNS integer LANGUAGE sql IMMUTABLE SET search_path = public, pg_temp AS $$
    SELECT CASE WHEN v #>> '{}' ~ '^[1-9][0-9]{0,8}$' AND jsonb_typeof(v) = 'number' THEN least((v #>> '{}')::integer, 1000000) END
    FROM config_value(config, 'security', 'limits', 'messagesPerDay') AS v
$$;

-- Another zone cuts the same messages into other days. A job counts them again.
CREATE TABLE analytics_recounts (
    client_id uuid PRIMARY KEY REFERENCES clients (id) ON DELETE CASCADE,
    old_zone  text NOT NULL                                        -- the zone that the client's days are still cut by
);

-- What a day has counted and what no longer stands among the messages, so that a recount does not lose it.
CREATE TABLE analytics_gone (
    widget_id      uuid NOT NULL,
    client_id      uuid NOT NULL,
    date           date NOT NULL,
    chats          integer NOT NULL,
    conversations  integer NOT NULL,
    failed         integer NOT NULL,
    confidence_sum double precision NOT NULL,
    rated          integer NOT NULL,
    unsure         integer NOT NULL,
    up             integer NOT NULL,
    down           integer NOT NULL,
    PRIMARY KEY (widget_id, date),
    FOREIGN KEY (widget_id, client_id) REFERENCES widgets (id, client_id) ON DELETE CASCADE
);
CREATE INDEX idx_analytics_gone_client_id ON analytics_gone (client_id);

ALTER TABLE analytics_recounts ENABLE ROW LEVEL SECURITY;
ALTER TABLE analytics_recounts FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON analytics_recounts TO portal_owner USING (true) WITH CHECK (true);
CREATE POLICY jobs ON analytics_recounts TO portal_jobs USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON analytics_recounts TO portal_jobs;
ALTER TABLE analytics_gone ENABLE ROW LEVEL SECURITY;
ALTER TABLE analytics_gone FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON analytics_gone TO portal_owner USING (true) WITH CHECK (true);
CREATE POLICY jobs ON analytics_gone TO portal_jobs USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON analytics_gone TO portal_jobs;

CREATE OR REPLACE FUNCTION recount_in_new_zone() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO analytics_recounts (client_id, old_zone) VALUES (NEW.id, OLD.time_zone) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;

-- Makes all days of one client due again, those of its oldest messages too. What was counted and has been deleted since stays on its date.
CREATE FUNCTION recount_a_client() RETURNS boolean LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
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
               count(*) FILTER (WHERE l.status = 'failed') AS failed, coalesce(sum(l.confidence), 0) AS confidence_sum, count(l.confidence) AS rated,
               count(*) FILTER (WHERE l.confidence < 0.5) AS unsure, count(*) FILTER (WHERE l.feedback = 'up') AS up, count(*) FILTER (WHERE l.feedback = 'down') AS down
        FROM chat_logs l
        WHERE l.client_id = moved.client_id
          AND NOT EXISTS (SELECT FROM visitor_sessions t WHERE t.client_id = l.client_id AND t.id = l.session_id AND t.kind IN ('preview', 'test'))
        GROUP BY 1, 2)
    INSERT INTO analytics_gone (widget_id, client_id, date, chats, conversations, failed, confidence_sum, rated, unsure, up, down)
    SELECT a.widget_id, a.client_id, a.date, a.num_chats - coalesce(s.chats, 0), greatest(a.num_conversations - coalesce(s.conversations, 0), 0),
           greatest(a.num_failed - coalesce(s.failed, 0), 0), greatest(coalesce(a.avg_confidence, 0) * a.num_confidence - coalesce(s.confidence_sum, 0), 0),
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
