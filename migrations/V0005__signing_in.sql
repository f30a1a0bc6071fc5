-- Getting in and staying in: sessions, limits on attempts, one-time links, access tokens for programs.

-- Who is signed in where. A cookie names its row and is worth nothing without it.
CREATE TABLE user_sessions (
    id                uuid PRIMARY KEY,
    user_id           uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    security_stamp    text NOT NULL,                                           -- the user's at sign-in; a new password or role changes it and ends the session
    device            bytea NOT NULL,                                          -- SHA-256 of what the browser keeps, so that a new device is noticed
    browser           text,
    address           inet,
    created_at        timestamptz NOT NULL,
    last_seen_at      timestamptz NOT NULL,
    expires_at        timestamptz NOT NULL,
    ended_at          timestamptz,
    viewing_client_id uuid,                                                    -- the client that an admin views the portal as; the browser's cookie is only a hint
    viewing_until     timestamptz
);
CREATE INDEX idx_user_sessions_user_id ON user_sessions (user_id);
CREATE INDEX idx_user_sessions_expires_at ON user_sessions (expires_at);
GRANT SELECT, INSERT, UPDATE ON user_sessions TO portal_accounts;
GRANT SELECT, DELETE ON user_sessions TO portal_jobs;

-- How often somebody may try, over all replicas. Each attempt moves the time until which a key has used up its share; the passing of time
-- does the rest. Keys are hashes, so neither network addresses nor email addresses are stored here.
CREATE TABLE sign_in_limits (
    key        bytea PRIMARY KEY,
    used_until timestamptz NOT NULL
);
CREATE INDEX idx_sign_in_limits_used_until ON sign_in_limits (used_until);
GRANT SELECT, INSERT, UPDATE ON sign_in_limits TO portal_accounts;
GRANT SELECT, DELETE ON sign_in_limits TO portal_jobs;

-- A one-time link to an account. Without a client it is a sign-up: opening the link creates the client.
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
    token_hash       bytea,                                                    -- null until a link was generated
    created_at       timestamptz NOT NULL,
    sent_at          timestamptz,
    expires_at       timestamptz NOT NULL,
    accepted_at      timestamptz,
    revoked_at       timestamptz,
    -- The token, sealed with the portal's keys, beside its hash: the same link can be shown and sent again until it is used, revoked or expired.
    token_sealed     text,
    -- The link was shown to somebody else to pass on, so opening it does not prove that the mailbox is theirs.
    handed_over      boolean NOT NULL DEFAULT false,
    CHECK ((client_id IS NULL) = (business IS NOT NULL))
);
CREATE INDEX idx_invitations_client_id ON invitations (client_id);
CREATE UNIQUE INDEX idx_invitations_token_hash ON invitations (token_hash);
CREATE UNIQUE INDEX idx_invitations_open ON invitations (client_id, normalized_email) WHERE accepted_at IS NULL AND revoked_at IS NULL;

ALTER TABLE invitations ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON invitations TO portal_owner USING (true) WITH CHECK (true);
CREATE POLICY accounts ON invitations TO portal_accounts USING (true) WITH CHECK (true);
CREATE POLICY jobs ON invitations TO portal_jobs USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON invitations TO portal_accounts, portal_jobs;

-- A change of email address takes effect once both the old and the new address have confirmed it. At most one for each person.
CREATE TABLE email_changes (
    id               uuid PRIMARY KEY,
    user_id          uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    email            varchar(256) NOT NULL,
    old_token_hash   bytea,                                                    -- null until its email was sent
    new_token_hash   bytea,
    old_confirmed_at timestamptz,
    new_confirmed_at timestamptz,
    created_at       timestamptz NOT NULL,
    expires_at       timestamptz NOT NULL,
    old_token_sealed text,                                                     -- as in invitations
    new_token_sealed text
);
CREATE UNIQUE INDEX idx_email_changes_user_id ON email_changes (user_id);
CREATE UNIQUE INDEX idx_email_changes_old_token_hash ON email_changes (old_token_hash);
CREATE UNIQUE INDEX idx_email_changes_new_token_hash ON email_changes (new_token_hash);
GRANT SELECT, INSERT, UPDATE, DELETE ON email_changes TO portal_accounts;
GRANT SELECT, DELETE ON email_changes TO portal_jobs;

-- Lets a program do an admin's work: some scopes, until some day, in the name of the admin who created the token.
CREATE TABLE admin_tokens (
    id           uuid PRIMARY KEY,
    name         text NOT NULL,
    token_hash   bytea NOT NULL,                                               -- SHA-256; the token itself is shown once and stored nowhere
    scopes       text[] NOT NULL,
    created_by   uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_name text NOT NULL,
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    last_used_at timestamptz,
    revoked_at   timestamptz
);
CREATE UNIQUE INDEX idx_admin_tokens_token_hash ON admin_tokens (token_hash);
CREATE INDEX idx_admin_tokens_created_by ON admin_tokens (created_by);
GRANT SELECT, INSERT, UPDATE ON admin_tokens TO portal_accounts;

-- Forms that created something, by a hash of what was sent, so that the same form sent twice creates it once.
CREATE TABLE form_submissions (
    key        bytea PRIMARY KEY,
    outcome    text,                                                           -- where the sender was redirected and what the page said; encrypted
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX idx_form_submissions_created_at ON form_submissions (created_at);
GRANT SELECT, INSERT, UPDATE ON form_submissions TO portal_accounts;
GRANT SELECT, DELETE ON form_submissions TO portal_jobs;
