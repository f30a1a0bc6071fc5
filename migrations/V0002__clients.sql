-- Tenancy, and what we add to the customer's clients table.
--
-- Nothing of the customer's five tables is renamed or removed, and a row written by their own INSERT statements stays a working row:
-- every column that we add is nullable, has a default, or is filled by a trigger.
--
-- The database roles belong to the whole server, so bootstrap/roles.sql creates them before the first migration. Each role has its own
-- connection pool in the portal:
--
--   portal_owner     owns the schema and runs these files
--   portal_app       requests of one client, and the visitor's own conversation
--   portal_admin     the agency, over all clients; portal_app becomes it with SET LOCAL ROLE
--   portal_accounts  signing in, which happens before a client is known
--   portal_journal   writes messages and answers, and reads ids and states only
--   portal_jobs      clean-up, aggregation, mail
GRANT USAGE ON SCHEMA public TO portal_app, portal_accounts, portal_journal, portal_jobs, portal_admin;

-- Row level security is the second barrier between clients. The first is a query filter in the application; this one holds when somebody
-- forgets it. A request sees the rows of the client it entered, which it names in a setting that ends with its transaction. The policies
-- of the other roles let every row through, because their grants are the limit. FORCE binds the owner too, so the owner has a policy of
-- its own: without one, a migration that changes rows would silently change none.

-- The client that was entered, or null, which owns nothing. After a transaction the setting is an empty string, not null.
-- The policies of all tables depend on this function, so it is created here and not with the repeatable functions.
CREATE FUNCTION portal_client() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT NULLIF(current_setting('app.client_id', true), '')::uuid
$$;

ALTER TABLE clients
    ADD COLUMN time_zone             text NOT NULL DEFAULT 'UTC',              -- IANA name; cuts the days of this client's analytics
    ADD COLUMN suspended_at          timestamptz,
    ADD COLUMN deletion_requested_at timestamptz,                              -- set together with suspended_at; a job then deletes the rows, the client last
    ADD COLUMN monthly_budget        integer CHECK (monthly_budget > 0),       -- messages in a month over all widgets; null: the operator's default
    -- One time zone that PostgreSQL does not know would stop the analytics of every client, so it is refused when it is written.
    ADD CONSTRAINT clients_time_zone_check CHECK ((to_timestamp(0) AT TIME ZONE time_zone) IS NOT NULL);

ALTER TABLE clients ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON clients TO portal_owner USING (true) WITH CHECK (true);
CREATE POLICY tenant ON clients TO portal_app USING (id = portal_client()) WITH CHECK (id = portal_client());
CREATE POLICY admin ON clients TO portal_admin USING (true) WITH CHECK (true);
CREATE POLICY jobs ON clients TO portal_jobs USING (true) WITH CHECK (true);
CREATE POLICY accounts ON clients TO portal_accounts USING (true) WITH CHECK (true);
GRANT SELECT, UPDATE ON clients TO portal_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON clients TO portal_admin, portal_jobs;
-- Signing up creates a client and its first owner together.
GRANT SELECT, INSERT ON clients TO portal_accounts;
