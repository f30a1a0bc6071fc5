-- A signing key that is to replace the one in use, sealed: n8n holds one public key for each credential, so both exist for a while.
ALTER TABLE widgets
    ADD COLUMN webhook_next_secret text,
    ADD COLUMN daily_budget   integer CHECK (daily_budget > 0);    -- messages in a day of the client's; null: the operator's default
ALTER TABLE clients
    ADD COLUMN monthly_budget integer CHECK (monthly_budget > 0);  -- messages in a month, over all widgets

-- What budgets have been used up. Replicas count in memory and add what they counted about once a second.
CREATE TABLE message_counts (
    widget_id uuid NOT NULL,
    client_id uuid NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    day       date NOT NULL,                                       -- in the client's time zone
    messages  integer NOT NULL,
    PRIMARY KEY (widget_id, day),
    FOREIGN KEY (widget_id, client_id) REFERENCES widgets (id, client_id) ON DELETE CASCADE
);
CREATE INDEX idx_message_counts_client_id_day ON message_counts (client_id, day);

ALTER TABLE message_counts ENABLE ROW LEVEL SECURITY;
ALTER TABLE message_counts FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON message_counts TO portal_owner USING (true) WITH CHECK (true);
CREATE POLICY tenant ON message_counts TO portal_app USING (client_id = portal_client()) WITH CHECK (client_id = portal_client());
CREATE POLICY admin ON message_counts TO portal_admin USING (true) WITH CHECK (true);
CREATE POLICY jobs ON message_counts TO portal_jobs USING (true) WITH CHECK (true);
GRANT SELECT ON message_counts TO portal_app, portal_admin;
GRANT SELECT, INSERT, UPDATE, DELETE ON message_counts TO portal_jobs;

-- Whom to write to about a client's budget. Jobs read of people where to reach them, nothing else.
GRANT SELECT (id, client_id, role, display_name, email, email_confirmed) ON users TO portal_jobs;
CREATE POLICY jobs ON users TO portal_jobs USING (true) WITH CHECK (true);
