-- The roles of the portal, and who may connect to its database. Run as a superuser inside that database, before the
-- migrations and whenever a password changes; running it again changes nothing else:
--
--   psql -v ON_ERROR_STOP=1 -v owner_password=… -v app_password=… -v accounts_password=… -v journal_password=… \
--        -v jobs_password=… -f migrations/bootstrap/roles.sql postgresql://postgres@host/portal
--
-- The embedded PostgreSQL runs this same file.
BEGIN;
SELECT pg_advisory_xact_lock(7340032); -- two that start at once would both create the roles

DO $$
DECLARE
    missing text;
BEGIN
    FOR missing IN
        SELECT name FROM unnest(ARRAY['portal_owner', 'portal_app', 'portal_accounts', 'portal_journal', 'portal_jobs', 'portal_admin']) AS name
        WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name)
    LOOP
        EXECUTE format('CREATE ROLE %I', missing);
    END LOOP;
END $$;

ALTER ROLE portal_owner    LOGIN   NOSUPERUSER NOCREATEDB NOCREATEROLE INHERIT   NOREPLICATION NOBYPASSRLS PASSWORD :'owner_password';
ALTER ROLE portal_app      LOGIN   NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT NOREPLICATION NOBYPASSRLS PASSWORD :'app_password';
ALTER ROLE portal_accounts LOGIN   NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT NOREPLICATION NOBYPASSRLS PASSWORD :'accounts_password';
ALTER ROLE portal_journal  LOGIN   NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT NOREPLICATION NOBYPASSRLS PASSWORD :'journal_password';
ALTER ROLE portal_jobs     LOGIN   NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT NOREPLICATION NOBYPASSRLS PASSWORD :'jobs_password';
ALTER ROLE portal_admin    NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT NOREPLICATION NOBYPASSRLS;

-- Here and not in the connection strings, because pgbouncer refuses it there.
ALTER ROLE portal_owner    SET search_path = public;
ALTER ROLE portal_app      SET search_path = public;
ALTER ROLE portal_accounts SET search_path = public;
ALTER ROLE portal_journal  SET search_path = public;
ALTER ROLE portal_jobs     SET search_path = public;

-- Requests become the admin with SET LOCAL ROLE, and without it have none of the admin's rights.
GRANT portal_admin TO portal_app;

-- Who owns the database owns its schema "public" too (pg_database_owner, PostgreSQL 14 and later).
DO $$
BEGIN
    EXECUTE format('ALTER DATABASE %I OWNER TO portal_owner', current_database());
    EXECUTE format('REVOKE CONNECT, TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO portal_app, portal_accounts, portal_journal, portal_jobs', current_database());
END $$;
COMMIT;
