-- Calls to a client's workflow: why one failed (the customer's webhook_errors), and test messages from the Connection page.

ALTER TABLE webhook_errors
    ADD COLUMN client_id   uuid,
    ADD COLUMN chat_log_id uuid,
    ADD COLUMN status_code integer,
    ADD COLUMN latency_ms  integer;
UPDATE webhook_errors SET client_id = widgets.client_id FROM widgets WHERE widgets.id = webhook_errors.widget_id;
ALTER TABLE webhook_errors
    ALTER COLUMN client_id SET NOT NULL,
    ADD CONSTRAINT webhook_errors_widget_id_client_id_fkey FOREIGN KEY (widget_id, client_id) REFERENCES widgets (id, client_id) ON DELETE CASCADE,
    ADD CONSTRAINT webhook_errors_chat_log_id_client_id_fkey FOREIGN KEY (chat_log_id, client_id) REFERENCES chat_logs (id, client_id) ON DELETE CASCADE;
CREATE INDEX idx_webhook_errors_client_id_occurred_at ON webhook_errors (client_id, occurred_at DESC);
CREATE INDEX idx_webhook_errors_widget_id_occurred_at ON webhook_errors (widget_id, occurred_at DESC);
CREATE INDEX idx_webhook_errors_chat_log_id ON webhook_errors (chat_log_id);

ALTER TABLE webhook_errors ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON webhook_errors TO portal_owner USING (true) WITH CHECK (true);
CREATE POLICY tenant ON webhook_errors TO portal_app USING (client_id = portal_client()) WITH CHECK (client_id = portal_client());
CREATE POLICY admin ON webhook_errors TO portal_admin USING (true) WITH CHECK (true);
CREATE POLICY jobs ON webhook_errors TO portal_jobs USING (true) WITH CHECK (true);
CREATE POLICY journal ON webhook_errors TO portal_journal USING (true) WITH CHECK (true);
GRANT SELECT ON webhook_errors TO portal_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON webhook_errors TO portal_admin, portal_jobs;
GRANT INSERT ON webhook_errors TO portal_journal;

-- A test message on its way: sent from a widget's Connection page, shown there when its answer or callback has arrived, deleted soon after.
CREATE TABLE webhook_tests (
    id            uuid PRIMARY KEY,
    client_id     uuid NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    widget_id     uuid NOT NULL,
    callback_hash bytea,                                                       -- SHA-256 of the one-time token; null once it was used
    sent          text NOT NULL,                                               -- the request, without secrets
    phase         text NOT NULL CHECK (phase IN ('asking', 'waiting', 'done', 'stopped')),
    result        jsonb,
    created_at    timestamptz NOT NULL DEFAULT now(),
    deadline_at   timestamptz NOT NULL,
    FOREIGN KEY (widget_id, client_id) REFERENCES widgets (id, client_id) ON DELETE CASCADE
);
CREATE INDEX idx_webhook_tests_client_id ON webhook_tests (client_id);
CREATE INDEX idx_webhook_tests_widget_id ON webhook_tests (widget_id);

ALTER TABLE webhook_tests ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON webhook_tests TO portal_owner USING (true) WITH CHECK (true);
CREATE POLICY tenant ON webhook_tests TO portal_app USING (client_id = portal_client()) WITH CHECK (client_id = portal_client());
CREATE POLICY admin ON webhook_tests TO portal_admin USING (true) WITH CHECK (true);
CREATE POLICY jobs ON webhook_tests TO portal_jobs USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON webhook_tests TO portal_app, portal_admin;
GRANT SELECT, DELETE ON webhook_tests TO portal_jobs;
