-- A widget that has stopped answering: from its first failure to its next answer, whatever number of visitors met it.
CREATE TABLE incidents (
    id              uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    client_id       uuid NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    widget_id       uuid NOT NULL,
    error_type      text,                                          -- of the newest failure that says why
    opened_at       timestamptz NOT NULL,                          -- its first failure
    last_failure_at timestamptz NOT NULL,
    failures        integer NOT NULL,
    visitors        integer NOT NULL,
    noticed_at      timestamptz NOT NULL DEFAULT now(),
    ended_at        timestamptz,
    outcome         text CHECK (outcome IN ('answered', 'quiet')), -- quiet: nobody asked any more
    FOREIGN KEY (widget_id, client_id) REFERENCES widgets (id, client_id) ON DELETE CASCADE,
    CHECK ((ended_at IS NULL) = (outcome IS NULL))
);
CREATE UNIQUE INDEX idx_incidents_open ON incidents (widget_id) WHERE ended_at IS NULL;
CREATE INDEX idx_incidents_client_id_opened_at ON incidents (client_id, opened_at DESC);
CREATE INDEX idx_incidents_widget_id ON incidents (widget_id);
CREATE INDEX idx_webhook_errors_widget_id_occurred_at ON webhook_errors (widget_id, occurred_at DESC);

ALTER TABLE incidents ENABLE ROW LEVEL SECURITY;
ALTER TABLE incidents FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON incidents TO portal_owner USING (true) WITH CHECK (true);
CREATE POLICY tenant ON incidents TO portal_app USING (client_id = portal_client()) WITH CHECK (client_id = portal_client());
CREATE POLICY admin ON incidents TO portal_admin USING (true) WITH CHECK (true);
CREATE POLICY jobs ON incidents TO portal_jobs USING (true) WITH CHECK (true);
GRANT SELECT ON incidents TO portal_app, portal_admin;
GRANT SELECT, INSERT, UPDATE, DELETE ON incidents TO portal_jobs;

-- Who is told, once they have said yes.
CREATE TABLE alert_recipients (
    id           uuid PRIMARY KEY,
    client_id    uuid NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    email        text NOT NULL,
    confirmed_at timestamptz,
    created_at   timestamptz NOT NULL DEFAULT now(),
    UNIQUE (client_id, email)
);
ALTER TABLE alert_recipients ENABLE ROW LEVEL SECURITY;
ALTER TABLE alert_recipients FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON alert_recipients TO portal_owner USING (true) WITH CHECK (true);
CREATE POLICY tenant ON alert_recipients TO portal_app USING (client_id = portal_client()) WITH CHECK (client_id = portal_client());
CREATE POLICY admin ON alert_recipients TO portal_admin USING (true) WITH CHECK (true);
CREATE POLICY jobs ON alert_recipients TO portal_jobs USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON alert_recipients TO portal_app, portal_admin;
GRANT SELECT ON alert_recipients TO portal_jobs;

-- Admins who want to be told of every client's.
CREATE TABLE admin_alerts (
    user_id    uuid PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT, INSERT, DELETE ON admin_alerts TO portal_accounts;
