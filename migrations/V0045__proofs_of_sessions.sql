-- The last step whose code of the authenticator app was used: neither it nor an older one opens anything again.
CREATE TABLE authenticator_uses (
    user_id uuid PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    step    bigint NOT NULL                   -- seconds since 1970, by 30
);
GRANT SELECT, INSERT, UPDATE, DELETE ON authenticator_uses TO portal_accounts;

-- As which client an admin's session looks at the portal, and until when. The browser's cookie is only a hint to look here.
ALTER TABLE user_sessions ADD COLUMN viewing_client_id uuid, ADD COLUMN viewing_until timestamptz;

-- They were kept as plain hashes of 47 bits. Whoever had some is asked to generate new ones.
DELETE FROM user_tokens WHERE name = 'RecoveryCodes';
