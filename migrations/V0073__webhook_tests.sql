-- A test message on its way: asked for on a widget's Connection page, shown there when its answer or callback has come, and gone soon after.
CREATE TABLE webhook_tests (
    id            uuid PRIMARY KEY,
    client_id     uuid NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    widget_id     uuid NOT NULL,
    callback_hash bytea,                                           -- SHA-256 of the one-time token; null once it was used
    sent          text NOT NULL,                                   -- what went out, without secrets
    phase         text NOT NULL CHECK (phase IN ('asking', 'waiting', 'done', 'stopped')),
    result        jsonb,                                           -- what came of it
    created_at    timestamptz NOT NULL DEFAULT now(),
    deadline_at   timestamptz NOT NULL,
    FOREIGN KEY (widget_id, client_id) REFERENCES widgets (id, client_id) ON DELETE CASCADE
);
CREATE INDEX idx_webhook_tests_client_id ON webhook_tests (client_id);
CREATE INDEX idx_webhook_tests_widget_id ON webhook_tests (widget_id);

ALTER TABLE webhook_tests ENABLE ROW LEVEL SECURITY;
ALTER TABLE webhook_tests FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON webhook_tests TO portal_owner USING (true) WITH CHECK (true);
CREATE POLICY tenant ON webhook_tests TO portal_app USING (client_id = portal_client()) WITH CHECK (client_id = portal_client());
CREATE POLICY admin ON webhook_tests TO portal_admin USING (true) WITH CHECK (true);
CREATE POLICY jobs ON webhook_tests TO portal_jobs USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON webhook_tests TO portal_app, portal_admin;
GRANT SELECT, DELETE ON webhook_tests TO portal_jobs;

-- A callback comes with an id, and its widget must be known before its client can be entered: a message's or a test's.
CREATE OR REPLACE FUNCTION widget_of_message(message uuid) RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce((SELECT widget_id FROM chat_logs WHERE id = $1), (SELECT widget_id FROM webhook_tests WHERE id = $1))
$$;
