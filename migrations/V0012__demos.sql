-- Demo links.

-- The public link of a demo widget. It expires with the widget's own expires_at.
CREATE TABLE demo_links (
    id             uuid PRIMARY KEY,
    client_id      uuid NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    widget_id      uuid NOT NULL UNIQUE,
    prospect       text NOT NULL,                                              -- the company it was prepared for
    token_hash     bytea NOT NULL UNIQUE,                                      -- SHA-256 of the link's token
    token          text NOT NULL,                                              -- the token, sealed, so that its creators can copy the link again
    passcode_hash  text,                                                       -- attempts are counted per address in sign_in_limits
    message_cap    integer NOT NULL CHECK (message_cap > 0),
    messages       integer NOT NULL DEFAULT 0,
    views          integer NOT NULL DEFAULT 0,
    last_viewed_at timestamptz,
    revoked_at     timestamptz,
    created_by     uuid,                                                       -- a user; no foreign key, so it outlives the user
    created_name   text NOT NULL,
    created_at     timestamptz NOT NULL,
    FOREIGN KEY (widget_id, client_id) REFERENCES widgets (id, client_id) ON DELETE CASCADE
);
CREATE INDEX idx_demo_links_client_id_created_at ON demo_links (client_id, created_at DESC);

ALTER TABLE demo_links ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON demo_links TO portal_owner USING (true) WITH CHECK (true);
CREATE POLICY tenant ON demo_links TO portal_app USING (client_id = portal_client()) WITH CHECK (client_id = portal_client());
CREATE POLICY admin ON demo_links TO portal_admin USING (true) WITH CHECK (true);
CREATE POLICY jobs ON demo_links TO portal_jobs USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON demo_links TO portal_app, portal_admin, portal_jobs;

-- Links of demos that became live widgets: they redirect to the website. A row belongs to the client whose demo it was, wherever the
-- widget is now.
CREATE TABLE demos_gone_live (
    id           uuid PRIMARY KEY,                                             -- the demo link's
    client_id    uuid NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    token_hash   bytea NOT NULL UNIQUE,                                        -- the demo link's
    prospect     text NOT NULL,
    website      text NOT NULL,                                                -- an origin
    went_live_at timestamptz NOT NULL
);
CREATE INDEX idx_demos_gone_live_client_id ON demos_gone_live (client_id);

ALTER TABLE demos_gone_live ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON demos_gone_live TO portal_owner USING (true) WITH CHECK (true);
CREATE POLICY tenant ON demos_gone_live TO portal_app USING (client_id = portal_client()) WITH CHECK (client_id = portal_client());
CREATE POLICY admin ON demos_gone_live TO portal_admin USING (true) WITH CHECK (true);
CREATE POLICY jobs ON demos_gone_live TO portal_jobs USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, DELETE ON demos_gone_live TO portal_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON demos_gone_live TO portal_admin, portal_jobs;
