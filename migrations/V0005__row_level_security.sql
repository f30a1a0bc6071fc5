-- The second wall between clients. The first is a filter in the application; this one holds when somebody forgets it.
--
-- A request sees the rows of the client it entered, which it says in a setting that ends with its transaction. Each other role sees
-- what its grants allow. FORCE binds the owner too, so it has a policy of its own, or data migrations would silently change nothing.

-- The client that was entered, or null, which owns nothing. After a transaction the setting is an empty string, not null.
CREATE FUNCTION portal_client() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT NULLIF(current_setting('app.client_id', true), '')::uuid
$$;

-- A widget's public id, and whose it is: the one thing that must be known before a client can be entered.
CREATE FUNCTION client_of_widget(public_id uuid) RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT client_id FROM widgets WHERE id = public_id
$$;
REVOKE ALL ON FUNCTION client_of_widget(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION client_of_widget(uuid) TO portal_app;

ALTER TABLE clients ENABLE ROW LEVEL SECURITY;
ALTER TABLE clients FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON clients TO portal_owner USING (true) WITH CHECK (true);
CREATE POLICY tenant ON clients TO portal_app USING (id = portal_client()) WITH CHECK (id = portal_client());
CREATE POLICY admin ON clients TO portal_admin USING (true) WITH CHECK (true);
CREATE POLICY jobs ON clients TO portal_jobs USING (true) WITH CHECK (true);
CREATE POLICY accounts ON clients TO portal_accounts USING (true) WITH CHECK (true);

ALTER TABLE widgets ENABLE ROW LEVEL SECURITY;
ALTER TABLE widgets FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON widgets TO portal_owner USING (true) WITH CHECK (true);
CREATE POLICY tenant ON widgets TO portal_app USING (client_id = portal_client()) WITH CHECK (client_id = portal_client());
CREATE POLICY admin ON widgets TO portal_admin USING (true) WITH CHECK (true);
CREATE POLICY jobs ON widgets TO portal_jobs USING (true) WITH CHECK (true);
CREATE POLICY journal ON widgets TO portal_journal USING (true) WITH CHECK (true);

ALTER TABLE widget_versions ENABLE ROW LEVEL SECURITY;
ALTER TABLE widget_versions FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON widget_versions TO portal_owner USING (true) WITH CHECK (true);
CREATE POLICY tenant ON widget_versions TO portal_app USING (client_id = portal_client()) WITH CHECK (client_id = portal_client());
CREATE POLICY admin ON widget_versions TO portal_admin USING (true) WITH CHECK (true);
CREATE POLICY jobs ON widget_versions TO portal_jobs USING (true) WITH CHECK (true);

ALTER TABLE visitor_sessions ENABLE ROW LEVEL SECURITY;
ALTER TABLE visitor_sessions FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON visitor_sessions TO portal_owner USING (true) WITH CHECK (true);
CREATE POLICY tenant ON visitor_sessions TO portal_app USING (client_id = portal_client()) WITH CHECK (client_id = portal_client());
CREATE POLICY admin ON visitor_sessions TO portal_admin USING (true) WITH CHECK (true);
CREATE POLICY jobs ON visitor_sessions TO portal_jobs USING (true) WITH CHECK (true);
CREATE POLICY journal ON visitor_sessions TO portal_journal USING (true) WITH CHECK (true);

ALTER TABLE chat_logs ENABLE ROW LEVEL SECURITY;
ALTER TABLE chat_logs FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON chat_logs TO portal_owner USING (true) WITH CHECK (true);
CREATE POLICY tenant ON chat_logs TO portal_app USING (client_id = portal_client()) WITH CHECK (client_id = portal_client());
CREATE POLICY admin ON chat_logs TO portal_admin USING (true) WITH CHECK (true);
CREATE POLICY jobs ON chat_logs TO portal_jobs USING (true) WITH CHECK (true);
CREATE POLICY journal ON chat_logs TO portal_journal USING (true) WITH CHECK (true);

ALTER TABLE analytics ENABLE ROW LEVEL SECURITY;
ALTER TABLE analytics FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON analytics TO portal_owner USING (true) WITH CHECK (true);
CREATE POLICY tenant ON analytics TO portal_app USING (client_id = portal_client()) WITH CHECK (client_id = portal_client());
CREATE POLICY admin ON analytics TO portal_admin USING (true) WITH CHECK (true);
CREATE POLICY jobs ON analytics TO portal_jobs USING (true) WITH CHECK (true);

ALTER TABLE webhook_errors ENABLE ROW LEVEL SECURITY;
ALTER TABLE webhook_errors FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON webhook_errors TO portal_owner USING (true) WITH CHECK (true);
CREATE POLICY tenant ON webhook_errors TO portal_app USING (client_id = portal_client()) WITH CHECK (client_id = portal_client());
CREATE POLICY admin ON webhook_errors TO portal_admin USING (true) WITH CHECK (true);
CREATE POLICY jobs ON webhook_errors TO portal_jobs USING (true) WITH CHECK (true);
CREATE POLICY journal ON webhook_errors TO portal_journal USING (true) WITH CHECK (true);

-- Signing in happens before a client is known; requests of clients have no grant on these rows at all.
ALTER TABLE users ENABLE ROW LEVEL SECURITY;
ALTER TABLE users FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON users TO portal_owner USING (true) WITH CHECK (true);
CREATE POLICY accounts ON users TO portal_accounts USING (true) WITH CHECK (true);
