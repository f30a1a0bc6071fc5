-- The portal instances that use this database, for the System page.
CREATE TABLE replicas (
    id         uuid PRIMARY KEY,                                               -- a new one at each start
    host       text NOT NULL,
    version    text NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now(),
    seen_at    timestamptz NOT NULL DEFAULT now()                              -- renewed every ten seconds; deleted when the portal stops
);
GRANT SELECT, INSERT, UPDATE, DELETE ON replicas TO portal_jobs;
GRANT SELECT ON replicas TO portal_admin;

-- Log levels that an admin set for a limited time, on all replicas.
CREATE TABLE log_levels (
    category text PRIMARY KEY,
    level    text NOT NULL CHECK (level IN ('Trace', 'Debug', 'Information', 'Warning', 'Error', 'None')),
    until    timestamptz NOT NULL,
    set_by   text NOT NULL
);
GRANT SELECT, INSERT, UPDATE, DELETE ON log_levels TO portal_admin;
GRANT SELECT, DELETE ON log_levels TO portal_jobs;
