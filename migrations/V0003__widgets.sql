-- Widgets: the customer's table, the history of each widget's config, and its pictures.

ALTER TABLE widgets
    ADD COLUMN draft                 jsonb,                                    -- what the editor works on; null: nothing unpublished
    ADD COLUMN version               integer NOT NULL DEFAULT 1,               -- of the live config; the history is widget_versions
    ADD COLUMN webhook_auth          text NOT NULL DEFAULT 'none' CHECK (webhook_auth IN ('none', 'header', 'basic', 'signed')),
    ADD COLUMN webhook_auth_name     text,                                     -- header name, or user name for basic
    ADD COLUMN webhook_auth_secret   text,                                     -- sealed: header value, password, or private key (PEM)
    ADD COLUMN answer_path           text,                                     -- where the reply holds the answer; tried before the usual names
    ADD COLUMN answers_later         boolean NOT NULL DEFAULT false,           -- the workflow acknowledges at once and calls back
    ADD COLUMN timeout_seconds       integer NOT NULL DEFAULT 90 CHECK (timeout_seconds BETWEEN 5 AND 600),
    -- Sealed: the signing key that replaces the one in use. n8n holds one public key per credential, so both keys exist for a while.
    ADD COLUMN webhook_next_secret   text,
    ADD COLUMN daily_budget          integer CHECK (daily_budget > 0),         -- messages in one of the client's days; null: the operator's default
    ADD COLUMN deletion_requested_at timestamptz,                              -- offline and hidden at once; a job deletes the rows in short statements
    -- The target of composite foreign keys: a row that names a widget and a client must name the widget's own client.
    ADD CONSTRAINT widgets_id_client_id_key UNIQUE (id, client_id);

ALTER TABLE widgets ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON widgets TO portal_owner USING (true) WITH CHECK (true);
CREATE POLICY tenant ON widgets TO portal_app USING (client_id = portal_client()) WITH CHECK (client_id = portal_client());
CREATE POLICY admin ON widgets TO portal_admin USING (true) WITH CHECK (true);
CREATE POLICY jobs ON widgets TO portal_jobs USING (true) WITH CHECK (true);
CREATE POLICY journal ON widgets TO portal_journal USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON widgets TO portal_app, portal_admin, portal_jobs;
GRANT SELECT (id, client_id, is_active, is_demo, expires_at) ON widgets TO portal_journal;

-- Every published config, so that people can see who changed what and go back.
CREATE TABLE widget_versions (
    id             uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    client_id      uuid NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    widget_id      uuid NOT NULL,
    version        integer NOT NULL,
    config         jsonb NOT NULL,
    note           text,
    published_by   uuid,                                                       -- a user; no foreign key, so it outlives the user
    published_name text,
    created_at     timestamptz NOT NULL DEFAULT now(),
    UNIQUE (widget_id, version),
    FOREIGN KEY (widget_id, client_id) REFERENCES widgets (id, client_id) ON DELETE CASCADE
);
CREATE INDEX idx_widget_versions_client_id ON widget_versions (client_id);

ALTER TABLE widget_versions ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON widget_versions TO portal_owner USING (true) WITH CHECK (true);
CREATE POLICY tenant ON widget_versions TO portal_app USING (client_id = portal_client()) WITH CHECK (client_id = portal_client());
CREATE POLICY admin ON widget_versions TO portal_admin USING (true) WITH CHECK (true);
CREATE POLICY jobs ON widget_versions TO portal_jobs USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON widget_versions TO portal_app, portal_admin, portal_jobs;

-- Logo and avatar, re-encoded by the portal from what was uploaded.
CREATE TABLE widget_images (
    id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    client_id  uuid NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    widget_id  uuid NOT NULL,
    hash       text NOT NULL,                                                  -- SHA-256 of the content, and its name in URLs
    content    bytea NOT NULL CHECK (octet_length(content) <= 524288),
    width      integer NOT NULL,
    height     integer NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (widget_id, hash),
    FOREIGN KEY (widget_id, client_id) REFERENCES widgets (id, client_id) ON DELETE CASCADE
);
CREATE INDEX idx_widget_images_client_id ON widget_images (client_id);

ALTER TABLE widget_images ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON widget_images TO portal_owner USING (true) WITH CHECK (true);
CREATE POLICY tenant ON widget_images TO portal_app USING (client_id = portal_client()) WITH CHECK (client_id = portal_client());
CREATE POLICY admin ON widget_images TO portal_admin USING (true) WITH CHECK (true);
CREATE POLICY jobs ON widget_images TO portal_jobs USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, DELETE ON widget_images TO portal_app, portal_admin;
GRANT SELECT, DELETE ON widget_images TO portal_jobs;
