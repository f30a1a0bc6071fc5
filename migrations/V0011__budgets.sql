-- How much of the message budgets (widgets.daily_budget, clients.monthly_budget) is used up. Replicas count in memory and add what they
-- counted about once a second.
CREATE TABLE message_counts (
    widget_id uuid NOT NULL,
    client_id uuid NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    day       date NOT NULL,                                                   -- in the client's time zone
    messages  integer NOT NULL,
    PRIMARY KEY (widget_id, day),
    FOREIGN KEY (widget_id, client_id) REFERENCES widgets (id, client_id) ON DELETE CASCADE
);
CREATE INDEX idx_message_counts_client_id_day ON message_counts (client_id, day);

ALTER TABLE message_counts ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON message_counts TO portal_owner USING (true) WITH CHECK (true);
CREATE POLICY tenant ON message_counts TO portal_app USING (client_id = portal_client()) WITH CHECK (client_id = portal_client());
CREATE POLICY admin ON message_counts TO portal_admin USING (true) WITH CHECK (true);
CREATE POLICY jobs ON message_counts TO portal_jobs USING (true) WITH CHECK (true);
GRANT SELECT ON message_counts TO portal_app, portal_admin;
GRANT SELECT, INSERT, UPDATE, DELETE ON message_counts TO portal_jobs;
