-- Whoever leaves a team gets its alerts no more.
GRANT SELECT (client_id, email), DELETE ON alert_recipients TO portal_accounts;
CREATE POLICY accounts ON alert_recipients TO portal_accounts USING (true) WITH CHECK (true);
