-- Who changed what. Without a foreign key: what was done to a client outlives the client.
CREATE TABLE change_logs (
    id           uuid PRIMARY KEY,
    occurred_at  timestamptz NOT NULL,
    client_id    uuid,                      -- null: the platform itself
    actor_id     uuid,                      -- null: nobody who signs in, such as a job
    actor_name   text NOT NULL,
    actor_role   text NOT NULL CHECK (actor_role IN ('Admin', 'Owner', 'Member', 'System', 'Unknown')),
    as_client    boolean NOT NULL DEFAULT false,  -- an admin who was looking through the client's eyes
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

-- Written and read, never changed: no role that the portal works with may do more.
GRANT SELECT, INSERT ON change_logs TO portal_app, portal_admin, portal_accounts, portal_jobs;
ALTER TABLE change_logs ENABLE ROW LEVEL SECURITY;
ALTER TABLE change_logs FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON change_logs TO portal_owner USING (true) WITH CHECK (true);
CREATE POLICY tenant ON change_logs TO portal_app USING (client_id = portal_client()) WITH CHECK (client_id = portal_client());
CREATE POLICY admin ON change_logs TO portal_admin USING (true) WITH CHECK (true);
CREATE POLICY accounts ON change_logs TO portal_accounts USING (true) WITH CHECK (true);
CREATE POLICY jobs ON change_logs TO portal_jobs USING (true) WITH CHECK (true);

-- A one-time link to an account. Without a client it is a sign-up: the client is made when the link is opened.
CREATE TABLE invitations (
    id               uuid PRIMARY KEY,
    client_id        uuid REFERENCES clients (id) ON DELETE CASCADE,
    business         text,
    email            varchar(256) NOT NULL,
    normalized_email varchar(256) NOT NULL,
    display_name     text NOT NULL,
    role             text NOT NULL CHECK (role IN ('Owner', 'Member')),
    invited_by       uuid,
    invited_by_name  text NOT NULL,
    token_hash       bytea,                 -- null until a link was made
    created_at       timestamptz NOT NULL,
    sent_at          timestamptz,
    expires_at       timestamptz NOT NULL,
    accepted_at      timestamptz,
    revoked_at       timestamptz,
    CHECK ((client_id IS NULL) = (business IS NOT NULL))
);
CREATE INDEX idx_invitations_client_id ON invitations (client_id);
CREATE UNIQUE INDEX idx_invitations_token_hash ON invitations (token_hash);
CREATE UNIQUE INDEX idx_invitations_open ON invitations (client_id, normalized_email) WHERE accepted_at IS NULL AND revoked_at IS NULL;

GRANT SELECT, INSERT, UPDATE, DELETE ON invitations TO portal_accounts, portal_jobs;
ALTER TABLE invitations ENABLE ROW LEVEL SECURITY;
ALTER TABLE invitations FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON invitations TO portal_owner USING (true) WITH CHECK (true);
CREATE POLICY accounts ON invitations TO portal_accounts USING (true) WITH CHECK (true);
CREATE POLICY jobs ON invitations TO portal_jobs USING (true) WITH CHECK (true);

-- A client and its first owner, or the invitation to one, are made together.
GRANT INSERT ON clients TO portal_accounts;

-- Set together with suspended_at: from then on a job takes the client's rows away, and the client last.
ALTER TABLE clients ADD COLUMN deletion_requested_at timestamptz;
