-- Forms that made something, by a hash of what was sent, so that the same form sent again makes nothing more.
CREATE TABLE form_submissions (
    key        bytea PRIMARY KEY,
    outcome    text,                                               -- where its sender was led, and what was said there; protected
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX idx_form_submissions_created_at ON form_submissions (created_at);
GRANT SELECT, INSERT, UPDATE ON form_submissions TO portal_accounts;
GRANT SELECT, DELETE ON form_submissions TO portal_jobs;
