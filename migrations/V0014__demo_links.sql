-- The public link of a demo widget: who may open it, how long that is worth anything is the widget's expires_at.
CREATE TABLE demo_links (
    id                     uuid PRIMARY KEY,
    client_id              uuid NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    widget_id              uuid NOT NULL UNIQUE,
    prospect               text NOT NULL,                          -- whom it was prepared for
    token_hash             bytea NOT NULL UNIQUE,                  -- SHA-256 of the link's token
    token                  text NOT NULL,                          -- the token, sealed: its makers may copy the link again
    passcode_hash          text,
    passcode_failures      integer NOT NULL DEFAULT 0,             -- in a row
    passcode_blocked_until timestamptz,
    message_cap            integer NOT NULL CHECK (message_cap > 0),
    messages               integer NOT NULL DEFAULT 0,
    views                  integer NOT NULL DEFAULT 0,
    last_viewed_at         timestamptz,
    revoked_at             timestamptz,
    created_by             uuid,                                   -- a user; kept when the user is gone
    created_name           text NOT NULL,
    created_at             timestamptz NOT NULL,
    FOREIGN KEY (widget_id, client_id) REFERENCES widgets (id, client_id) ON DELETE CASCADE
);
CREATE INDEX idx_demo_links_client_id_created_at ON demo_links (client_id, created_at DESC);

ALTER TABLE demo_links ENABLE ROW LEVEL SECURITY;
ALTER TABLE demo_links FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON demo_links TO portal_owner USING (true) WITH CHECK (true);
CREATE POLICY tenant ON demo_links TO portal_app USING (client_id = portal_client()) WITH CHECK (client_id = portal_client());
CREATE POLICY admin ON demo_links TO portal_admin USING (true) WITH CHECK (true);
CREATE POLICY jobs ON demo_links TO portal_jobs USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON demo_links TO portal_app, portal_admin, portal_jobs;

-- Whose link it is, before any client was entered. Only who holds the token can ask.
CREATE FUNCTION client_of_demo(hash bytea) RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT client_id FROM demo_links WHERE token_hash = hash
$$;
REVOKE ALL ON FUNCTION client_of_demo(bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION client_of_demo(bytea) TO portal_app;

-- What decides who may talk must be known to every replica at once; counts need not be.
CREATE FUNCTION signal_demo() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('portal_widgets', COALESCE(NEW.widget_id, OLD.widget_id)::text);
    RETURN NULL;
END $$;
CREATE TRIGGER signal_demo AFTER INSERT OR DELETE OR UPDATE OF revoked_at, passcode_hash ON demo_links FOR EACH ROW EXECUTE FUNCTION signal_demo();
