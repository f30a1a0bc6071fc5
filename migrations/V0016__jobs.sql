-- What the scheduler did. A row is also the permission to do it: one for each job and period, for whichever replica is first.
CREATE TABLE job_runs (
    id          uuid PRIMARY KEY,
    job         text NOT NULL,
    period      timestamptz NOT NULL,                                          -- start of the time span it stands for, by the database's clock
    status      text NOT NULL DEFAULT 'running' CHECK (status IN ('running', 'done', 'failed')),
    started_by  uuid,                                                          -- a user who pressed "Run now"; null: the schedule
    started_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    lease_until timestamptz NOT NULL,                                          -- running: the replica renews it, or has died
    finished_at timestamptz,
    items       integer NOT NULL DEFAULT 0,
    error       text,
    UNIQUE (job, period)
);
CREATE INDEX idx_job_runs_started_at ON job_runs (started_at DESC);
-- Never two runs of one job at once.
CREATE UNIQUE INDEX idx_job_runs_running ON job_runs (job) WHERE status = 'running';
GRANT SELECT, INSERT, UPDATE, DELETE ON job_runs TO portal_jobs;
GRANT SELECT ON job_runs TO portal_admin;
