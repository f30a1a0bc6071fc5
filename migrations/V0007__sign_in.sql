-- Who is signed in where. A cookie names its row, and is worth nothing without it.
CREATE TABLE user_sessions (
    id             uuid PRIMARY KEY,
    user_id        uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    security_stamp text NOT NULL,             -- the person's when it began; a new password or role makes another, which ends it
    device         bytea NOT NULL,            -- SHA-256 of what the browser keeps, so that a new one is noticed
    browser        text,
    address        inet,
    created_at     timestamptz NOT NULL,
    last_seen_at   timestamptz NOT NULL,
    expires_at     timestamptz NOT NULL,
    ended_at       timestamptz
);
CREATE INDEX idx_user_sessions_user_id ON user_sessions (user_id);
CREATE INDEX idx_user_sessions_expires_at ON user_sessions (expires_at);
GRANT SELECT, INSERT, UPDATE ON user_sessions TO portal_accounts;
GRANT SELECT, DELETE ON user_sessions TO portal_jobs;

-- Replicas look at a cookie's session once a minute. This makes them look at once.
CREATE FUNCTION signal_person() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('portal_people', CASE TG_TABLE_NAME WHEN 'users' THEN OLD.id ELSE (to_jsonb(OLD) ->> 'user_id')::uuid END::text);
    RETURN NULL;
END $$;
CREATE TRIGGER signal_person AFTER UPDATE ON users FOR EACH ROW WHEN (OLD.security_stamp IS DISTINCT FROM NEW.security_stamp) EXECUTE FUNCTION signal_person();
CREATE TRIGGER signal_person_gone AFTER DELETE ON users FOR EACH ROW EXECUTE FUNCTION signal_person();
CREATE TRIGGER signal_person AFTER UPDATE ON user_sessions FOR EACH ROW WHEN (OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL) EXECUTE FUNCTION signal_person();

-- How often somebody may try, over all replicas. Each try moves the moment up to which a key has used up its share; it comes nearer by
-- itself as time goes by. Keys are hashes: neither addresses of the network nor of people stand here.
CREATE TABLE sign_in_limits (
    key        bytea PRIMARY KEY,
    used_until timestamptz NOT NULL
);
CREATE INDEX idx_sign_in_limits_used_until ON sign_in_limits (used_until);
GRANT SELECT, INSERT, UPDATE ON sign_in_limits TO portal_accounts;
GRANT SELECT, DELETE ON sign_in_limits TO portal_jobs;

-- Another mail address, which counts once both the old and the new one have said yes. At most one for each person.
CREATE TABLE email_changes (
    id               uuid PRIMARY KEY,
    user_id          uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    email            varchar(256) NOT NULL,
    old_token_hash   bytea,                   -- null until its mail was sent
    new_token_hash   bytea,
    old_confirmed_at timestamptz,
    new_confirmed_at timestamptz,
    created_at       timestamptz NOT NULL,
    expires_at       timestamptz NOT NULL
);
CREATE UNIQUE INDEX idx_email_changes_user_id ON email_changes (user_id);
CREATE UNIQUE INDEX idx_email_changes_old_token_hash ON email_changes (old_token_hash);
CREATE UNIQUE INDEX idx_email_changes_new_token_hash ON email_changes (new_token_hash);
GRANT SELECT, INSERT, UPDATE, DELETE ON email_changes TO portal_accounts;
GRANT SELECT, DELETE ON email_changes TO portal_jobs;
