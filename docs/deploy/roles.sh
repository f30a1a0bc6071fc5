#!/bin/bash
# The postgres image runs this once, when its data directory is new. It runs migrations/bootstrap/roles.sql with the passwords from .env.
set -euo pipefail

exec psql --set ON_ERROR_STOP=1 --no-psqlrc --quiet --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
    --set owner_password="$PORTAL_OWNER_PASSWORD" --set app_password="$PORTAL_APP_PASSWORD" --set accounts_password="$PORTAL_ACCOUNTS_PASSWORD" \
    --set journal_password="$PORTAL_JOURNAL_PASSWORD" --set jobs_password="$PORTAL_JOBS_PASSWORD" \
    --file "${1:-/portal/roles.sql}"
