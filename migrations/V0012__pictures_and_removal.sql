-- The pictures of a widget: logo and the bot's face, as the portal has made them anew from what was uploaded.
CREATE TABLE widget_images (
    id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    client_id  uuid NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    widget_id  uuid NOT NULL,
    hash       text NOT NULL,                                      -- SHA-256 of the content, its name in addresses
    content    bytea NOT NULL CHECK (octet_length(content) <= 524288),
    width      integer NOT NULL,
    height     integer NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (widget_id, hash),
    FOREIGN KEY (widget_id, client_id) REFERENCES widgets (id, client_id) ON DELETE CASCADE
);
CREATE INDEX idx_widget_images_client_id ON widget_images (client_id);

ALTER TABLE widget_images ENABLE ROW LEVEL SECURITY;
ALTER TABLE widget_images FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON widget_images TO portal_owner USING (true) WITH CHECK (true);
CREATE POLICY tenant ON widget_images TO portal_app USING (client_id = portal_client()) WITH CHECK (client_id = portal_client());
CREATE POLICY admin ON widget_images TO portal_admin USING (true) WITH CHECK (true);
CREATE POLICY jobs ON widget_images TO portal_jobs USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, DELETE ON widget_images TO portal_app, portal_admin;
GRANT SELECT, DELETE ON widget_images TO portal_jobs;

-- A deleted widget is silent and out of sight at once; a job takes its rows away in short statements.
ALTER TABLE widgets ADD COLUMN deletion_requested_at timestamptz;

-- A widget that is switched off may still be tried by those who edit it: the journal has to know whose conversation it is.
GRANT SELECT (kind) ON visitor_sessions TO portal_journal;
