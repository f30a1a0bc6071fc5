-- The analytics of each day, made by a job from what changed since it last looked. Days are those of the client's time zone.
CREATE EXTENSION IF NOT EXISTS pg_trgm;

ALTER TABLE analytics ADD COLUMN client_id uuid;
UPDATE analytics SET client_id = widgets.client_id FROM widgets WHERE widgets.id = analytics.widget_id;
ALTER TABLE analytics
    ALTER COLUMN client_id SET NOT NULL,
    ADD COLUMN num_conversations integer NOT NULL DEFAULT 0,
    ADD COLUMN num_failed        integer NOT NULL DEFAULT 0,
    ADD COLUMN num_answered      integer,                                      -- neither stopped, nor empty, nor failed; null in rows written by hand
    ADD COLUMN num_confidence    integer NOT NULL DEFAULT 0,                   -- answers that avg_confidence is the mean of
    ADD COLUMN num_unsure        integer NOT NULL DEFAULT 0,                   -- of these, below 0.5
    ADD COLUMN median_ms         integer,
    ADD COLUMN slow_ms           integer,                                      -- the 95th percentile
    ADD COLUMN updated_at        timestamptz NOT NULL DEFAULT now(),
    ADD CONSTRAINT analytics_widget_id_client_id_fkey FOREIGN KEY (widget_id, client_id) REFERENCES widgets (id, client_id) ON DELETE CASCADE;
-- Everything that is summed over a client's widgets is in the index, and so is the widget, because demos are left out.
CREATE INDEX idx_analytics_client_id_date ON analytics (client_id, date)
    INCLUDE (num_chats, num_conversations, num_answered, num_failed, avg_confidence, num_confidence, num_unsure, positive_feedback, negative_feedback, widget_id);

ALTER TABLE analytics ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON analytics TO portal_owner USING (true) WITH CHECK (true);
CREATE POLICY tenant ON analytics TO portal_app USING (client_id = portal_client()) WITH CHECK (client_id = portal_client());
CREATE POLICY admin ON analytics TO portal_admin USING (true) WITH CHECK (true);
CREATE POLICY jobs ON analytics TO portal_jobs USING (true) WITH CHECK (true);
GRANT SELECT ON analytics TO portal_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON analytics TO portal_admin, portal_jobs;

-- Days to be counted again. Erasing messages adds a row, so that the day's questions are made again without them.
CREATE TABLE analytics_due (
    widget_id uuid NOT NULL,
    client_id uuid NOT NULL,
    date      date NOT NULL,
    PRIMARY KEY (widget_id, date),
    FOREIGN KEY (widget_id, client_id) REFERENCES widgets (id, client_id) ON DELETE CASCADE
);
CREATE INDEX idx_analytics_due_client_id ON analytics_due (client_id);
CREATE INDEX idx_analytics_due_date ON analytics_due (date, widget_id);        -- the order in which the job takes them

ALTER TABLE analytics_due ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON analytics_due TO portal_owner USING (true) WITH CHECK (true);
CREATE POLICY tenant ON analytics_due TO portal_app USING (client_id = portal_client()) WITH CHECK (client_id = portal_client());
CREATE POLICY admin ON analytics_due TO portal_admin USING (true) WITH CHECK (true);
CREATE POLICY jobs ON analytics_due TO portal_jobs USING (true) WITH CHECK (true);
GRANT SELECT, INSERT ON analytics_due TO portal_app, portal_admin;
GRANT SELECT, INSERT, UPDATE, DELETE ON analytics_due TO portal_jobs;

-- Clients whose time zone has changed: another zone cuts the same messages into other days, and a job counts them again.
CREATE TABLE analytics_recounts (
    client_id uuid PRIMARY KEY REFERENCES clients (id) ON DELETE CASCADE,
    old_zone  text NOT NULL                                                    -- the zone that the client's days are still cut by
);

ALTER TABLE analytics_recounts ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON analytics_recounts TO portal_owner USING (true) WITH CHECK (true);
CREATE POLICY jobs ON analytics_recounts TO portal_jobs USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON analytics_recounts TO portal_jobs;

-- What a day has counted that is no longer among the messages (retention deleted it), so that a recount does not lose it.
CREATE TABLE analytics_gone (
    widget_id      uuid NOT NULL,
    client_id      uuid NOT NULL,
    date           date NOT NULL,
    chats          integer NOT NULL,
    conversations  integer NOT NULL,
    answered       integer NOT NULL,
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

ALTER TABLE analytics_gone ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON analytics_gone TO portal_owner USING (true) WITH CHECK (true);
CREATE POLICY jobs ON analytics_gone TO portal_jobs USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON analytics_gone TO portal_jobs;

-- The most common questions of a day over all of a client's widgets, made from those of each widget. A client with a hundred widgets
-- would otherwise read and sort a hundred times as much for each look at its dashboard.
CREATE TABLE client_questions (
    client_id uuid NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    date      date NOT NULL,
    questions jsonb NOT NULL DEFAULT '[]',                                     -- as in analytics.most_common_questions
    is_stale  boolean NOT NULL DEFAULT true,                                   -- a widget's questions have changed since
    PRIMARY KEY (client_id, date)
);
CREATE INDEX idx_client_questions_stale ON client_questions (date) WHERE is_stale;
-- Days that were there before the portal.
INSERT INTO client_questions (client_id, date) SELECT DISTINCT client_id, date FROM analytics;

ALTER TABLE client_questions ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON client_questions TO portal_owner USING (true) WITH CHECK (true);
CREATE POLICY tenant ON client_questions TO portal_app USING (client_id = portal_client()) WITH CHECK (client_id = portal_client());
CREATE POLICY jobs ON client_questions TO portal_jobs USING (true) WITH CHECK (true);
GRANT SELECT ON client_questions TO portal_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON client_questions TO portal_jobs;
