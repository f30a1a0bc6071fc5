#!/bin/bash
# Run once by the postgres image when its data directory is new (or by hand as a superuser, with the same variables):
# the portal's roles and its database. Roles belong to the cluster, so no migration makes them.
set -euo pipefail

psql --set ON_ERROR_STOP=1 --no-psqlrc --username "${POSTGRES_USER:-postgres}" --dbname postgres \
     --set owner="$PORTAL_OWNER_PASSWORD" --set app="$PORTAL_APP_PASSWORD" --set accounts="$PORTAL_ACCOUNTS_PASSWORD" \
     --set journal="$PORTAL_JOURNAL_PASSWORD" --set jobs="$PORTAL_JOBS_PASSWORD" <<'SQL'
CREATE ROLE portal_owner    LOGIN PASSWORD :'owner';              -- migrations; not used while serving
CREATE ROLE portal_app      LOGIN NOINHERIT PASSWORD :'app';      -- requests: one client's rows
CREATE ROLE portal_accounts LOGIN PASSWORD :'accounts';           -- signing in
CREATE ROLE portal_journal  LOGIN PASSWORD :'journal';            -- writing messages and answers
CREATE ROLE portal_jobs     LOGIN PASSWORD :'jobs';               -- clean-up, aggregation
CREATE ROLE portal_admin    NOLOGIN;                              -- what an admin's request turns into
GRANT portal_admin TO portal_app;

CREATE DATABASE portal OWNER portal_owner ENCODING 'UTF8' TEMPLATE template0;
REVOKE ALL ON DATABASE portal FROM PUBLIC;
GRANT CONNECT ON DATABASE portal TO portal_app, portal_accounts, portal_journal, portal_jobs;
SQL
