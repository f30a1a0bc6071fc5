-- Incidents, and the people who get an email when one opens and when it is resolved.

-- A widget whose workflow stopped answering: from its first failure to its next answer, however many visitors it affected. An incident
-- that ended may begin again: until it is settled, the next failure belongs to it and is not another incident.
CREATE TABLE incidents (
    id              uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    client_id       uuid NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    widget_id       uuid NOT NULL,
    error_type      text,                                                      -- of the newest failure that says why
    opened_at       timestamptz NOT NULL,                                      -- its first failure
    last_failure_at timestamptz NOT NULL,
    failures        integer NOT NULL,
    visitors        integer NOT NULL,
    noticed_at      timestamptz NOT NULL DEFAULT now(),
    ended_at        timestamptz,
    outcome         text CHECK (outcome IN ('answered', 'quiet')),             -- quiet: nobody sent a message anymore
    settled_at      timestamptz,
    FOREIGN KEY (widget_id, client_id) REFERENCES widgets (id, client_id) ON DELETE CASCADE,
    CHECK ((ended_at IS NULL) = (outcome IS NULL))
);
-- At most one for each widget that is open or not settled yet.
CREATE UNIQUE INDEX idx_incidents_open ON incidents (widget_id) WHERE settled_at IS NULL;
CREATE INDEX idx_incidents_client_id_opened_at ON incidents (client_id, opened_at DESC);
CREATE INDEX idx_incidents_widget_id ON incidents (widget_id);

ALTER TABLE incidents ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON incidents TO portal_owner USING (true) WITH CHECK (true);
CREATE POLICY tenant ON incidents TO portal_app USING (client_id = portal_client()) WITH CHECK (client_id = portal_client());
CREATE POLICY admin ON incidents TO portal_admin USING (true) WITH CHECK (true);
CREATE POLICY jobs ON incidents TO portal_jobs USING (true) WITH CHECK (true);
GRANT SELECT ON incidents TO portal_app, portal_admin;
GRANT SELECT, INSERT, UPDATE, DELETE ON incidents TO portal_jobs;

-- Addresses that a client's alerts go to, once they are confirmed. The trigger subscribe_to_alerts adds owners.
CREATE TABLE alert_recipients (
    id           uuid PRIMARY KEY,
    client_id    uuid NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    email        text NOT NULL,
    confirmed_at timestamptz,
    created_at   timestamptz NOT NULL DEFAULT now(),
    UNIQUE (client_id, email)
);

ALTER TABLE alert_recipients ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON alert_recipients TO portal_owner USING (true) WITH CHECK (true);
CREATE POLICY tenant ON alert_recipients TO portal_app USING (client_id = portal_client()) WITH CHECK (client_id = portal_client());
CREATE POLICY admin ON alert_recipients TO portal_admin USING (true) WITH CHECK (true);
CREATE POLICY accounts ON alert_recipients TO portal_accounts USING (true) WITH CHECK (true);
CREATE POLICY jobs ON alert_recipients TO portal_jobs USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON alert_recipients TO portal_app, portal_admin;
GRANT SELECT ON alert_recipients TO portal_jobs;
-- Whoever leaves a team stops getting its alerts.
GRANT SELECT (client_id, email), DELETE ON alert_recipients TO portal_accounts;

-- Admins who get the alerts of every client.
CREATE TABLE admin_alerts (
    user_id    uuid PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT, INSERT, DELETE ON admin_alerts TO portal_accounts;
