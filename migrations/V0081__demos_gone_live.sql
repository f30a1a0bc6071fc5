-- Links of demos that have become live widgets: they lead on to the website. A row belongs to the client whose demo it was, wherever the widget is now.
CREATE TABLE demos_gone_live (
    id           uuid PRIMARY KEY,                                 -- the link's
    client_id    uuid NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    token_hash   bytea NOT NULL UNIQUE,                            -- SHA-256 of the link's token
    prospect     text NOT NULL,                                    -- whom it was prepared for
    website      text NOT NULL,                                    -- an origin
    went_live_at timestamptz NOT NULL
);
CREATE INDEX idx_demos_gone_live_client_id ON demos_gone_live (client_id);

ALTER TABLE demos_gone_live ENABLE ROW LEVEL SECURITY;
ALTER TABLE demos_gone_live FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON demos_gone_live TO portal_owner USING (true) WITH CHECK (true);
CREATE POLICY tenant ON demos_gone_live TO portal_app USING (client_id = portal_client()) WITH CHECK (client_id = portal_client());
CREATE POLICY admin ON demos_gone_live TO portal_admin USING (true) WITH CHECK (true);
CREATE POLICY jobs ON demos_gone_live TO portal_jobs USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, DELETE ON demos_gone_live TO portal_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON demos_gone_live TO portal_admin, portal_jobs;

-- As before; a link keeps its token when its demo goes live.
CREATE OR REPLACE FUNCTION client_of_demo(hash bytea) RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT client_id FROM demo_links WHERE token_hash = hash
    UNION ALL
    SELECT client_id FROM demos_gone_live WHERE token_hash = hash
    LIMIT 1
$$;
