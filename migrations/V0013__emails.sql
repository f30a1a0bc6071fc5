-- The outbox. A row says what an email is about and never holds its text: one-time links are generated when it is sent, so none is stored.
CREATE TABLE emails (
    id              uuid PRIMARY KEY,
    client_id       uuid REFERENCES clients (id) ON DELETE CASCADE,            -- null: an admin's email, about no client
    template        text NOT NULL,
    to_address      text NOT NULL,
    to_name         text,
    user_id         uuid REFERENCES users (id) ON DELETE CASCADE,              -- the person it is about or for
    about           uuid,                                                      -- the subject, as the template knows it
    detail          text,                                                      -- a few words for the template, nothing secret
    dedupe_key      text UNIQUE,                                               -- one email for one event, whichever replica notices it
    status          text NOT NULL DEFAULT 'queued' CHECK (status IN ('queued', 'sent', 'failed', 'obsolete')),
    attempts        integer NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL DEFAULT now(),
    lease_until     timestamptz,                                               -- a replica is sending it until then
    last_error      text,
    created_at      timestamptz NOT NULL DEFAULT now(),
    sent_at         timestamptz
);
CREATE INDEX idx_emails_due ON emails (next_attempt_at) WHERE status = 'queued';
CREATE INDEX idx_emails_created_at ON emails (created_at DESC);
CREATE INDEX idx_emails_client_id ON emails (client_id);
CREATE INDEX idx_emails_user_id ON emails (user_id);

ALTER TABLE emails ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON emails TO portal_owner USING (true) WITH CHECK (true);
CREATE POLICY tenant ON emails TO portal_app USING (client_id = portal_client()) WITH CHECK (client_id = portal_client());
CREATE POLICY admin ON emails TO portal_admin USING (true) WITH CHECK (true);
CREATE POLICY accounts ON emails TO portal_accounts USING (true) WITH CHECK (true);
CREATE POLICY jobs ON emails TO portal_jobs USING (true) WITH CHECK (true);
GRANT INSERT ON emails TO portal_app, portal_accounts;
GRANT SELECT (id, created_at, next_attempt_at) ON emails TO portal_app, portal_accounts;
GRANT SELECT, INSERT, UPDATE ON emails TO portal_admin;
GRANT SELECT, INSERT, UPDATE, DELETE ON emails TO portal_jobs;
