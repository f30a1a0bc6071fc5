-- Who changed what. No foreign keys: what was done to a client outlives the client, and what somebody did outlives their account.
CREATE TABLE change_logs (
    id           uuid PRIMARY KEY,
    occurred_at  timestamptz NOT NULL,
    client_id    uuid,                                                         -- null: the platform itself
    actor_id     uuid,                                                         -- null: nobody who signs in, such as a job
    actor_name   text NOT NULL,
    actor_role   text NOT NULL CHECK (actor_role IN ('Admin', 'Owner', 'Member', 'System', 'Unknown')),
    as_client    boolean NOT NULL DEFAULT false,                               -- an admin who viewed the portal as this client
    action       text NOT NULL,
    subject_id   uuid,
    subject_name text,
    before       jsonb,
    after        jsonb,
    address      inet,
    browser      text
);
CREATE INDEX idx_change_logs_client_id_occurred_at ON change_logs (client_id, occurred_at DESC, id DESC);
CREATE INDEX idx_change_logs_occurred_at ON change_logs (occurred_at DESC, id DESC);
CREATE INDEX idx_change_logs_actor_id ON change_logs (actor_id);

ALTER TABLE change_logs ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON change_logs TO portal_owner USING (true) WITH CHECK (true);
CREATE POLICY tenant ON change_logs TO portal_app USING (client_id = portal_client()) WITH CHECK (client_id = portal_client());
CREATE POLICY admin ON change_logs TO portal_admin USING (true) WITH CHECK (true);
CREATE POLICY accounts ON change_logs TO portal_accounts USING (true) WITH CHECK (true);
CREATE POLICY jobs ON change_logs TO portal_jobs USING (true) WITH CHECK (true);
-- Written and read, never changed: no role that the portal works with may do more.
GRANT SELECT, INSERT ON change_logs TO portal_app, portal_admin, portal_accounts, portal_jobs;
