-- Mails on their way. A row holds what a mail is about, never its text: links are made when it is sent, so that none lies here.
CREATE TABLE emails (
    id              uuid PRIMARY KEY,
    client_id       uuid REFERENCES clients (id) ON DELETE CASCADE,    -- null: about nobody's client, an admin's mail
    template        text NOT NULL,
    to_address      text NOT NULL,
    to_name         text,
    user_id         uuid REFERENCES users (id) ON DELETE CASCADE,      -- whom it is about or for
    about           uuid,                                              -- what it is about, as the template knows it
    detail          text,                                              -- a few words for the template, nothing secret
    dedupe_key      text UNIQUE,                                       -- one mail for one thing, whoever notices it
    status          text NOT NULL DEFAULT 'queued' CHECK (status IN ('queued', 'sent', 'failed', 'obsolete')),
    attempts        integer NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL DEFAULT now(),
    lease_until     timestamptz,                                       -- somebody is sending it until then
    last_error      text,
    created_at      timestamptz NOT NULL DEFAULT now(),
    sent_at         timestamptz
);
CREATE INDEX idx_emails_due ON emails (next_attempt_at) WHERE status = 'queued';
CREATE INDEX idx_emails_created_at ON emails (created_at DESC);
CREATE INDEX idx_emails_client_id ON emails (client_id);
CREATE INDEX idx_emails_user_id ON emails (user_id);

ALTER TABLE emails ENABLE ROW LEVEL SECURITY;
ALTER TABLE emails FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON emails TO portal_owner USING (true) WITH CHECK (true);
CREATE POLICY tenant ON emails TO portal_app USING (client_id = portal_client()) WITH CHECK (client_id = portal_client());
CREATE POLICY admin ON emails TO portal_admin USING (true) WITH CHECK (true);
CREATE POLICY accounts ON emails TO portal_accounts USING (true) WITH CHECK (true);
CREATE POLICY jobs ON emails TO portal_jobs USING (true) WITH CHECK (true);
GRANT INSERT ON emails TO portal_app, portal_accounts;
GRANT SELECT (id, created_at, next_attempt_at) ON emails TO portal_app, portal_accounts;
GRANT SELECT, INSERT, UPDATE ON emails TO portal_admin;
GRANT SELECT, INSERT, UPDATE, DELETE ON emails TO portal_jobs;

-- Senders need not wait for their next look.
CREATE FUNCTION signal_email() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('portal_mails', '');
    RETURN NULL;
END $$;
CREATE TRIGGER signal_email AFTER INSERT OR UPDATE OF status ON emails FOR EACH ROW WHEN (NEW.status = 'queued') EXECUTE FUNCTION signal_email();
