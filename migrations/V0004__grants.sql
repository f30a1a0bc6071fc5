-- What each role may touch. The roles themselves belong to the cluster: bootstrap/roles.sql makes them.
GRANT USAGE ON SCHEMA public TO portal_app, portal_accounts, portal_journal, portal_jobs, portal_admin;

-- Requests of clients, and the visitor's own conversation.
GRANT SELECT, UPDATE ON clients TO portal_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON widgets, widget_versions, visitor_sessions, chat_logs TO portal_app;
GRANT SELECT ON analytics, webhook_errors TO portal_app;

-- The agency, over all clients.
GRANT SELECT, INSERT, UPDATE, DELETE ON clients, widgets, widget_versions, visitor_sessions, chat_logs, analytics, webhook_errors TO portal_admin;

-- Signing in, which happens before a client is known.
GRANT SELECT, INSERT, UPDATE, DELETE ON users, user_claims, user_logins, user_tokens, user_passkeys, data_protection_keys TO portal_accounts;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO portal_accounts;
GRANT SELECT ON clients TO portal_accounts;
GRANT SELECT, INSERT ON master_key_checks TO portal_accounts;

-- The journal writes messages and answers. It reads ids and states, never what anybody said.
GRANT INSERT ON chat_logs, webhook_errors TO portal_journal;
GRANT SELECT (id, client_id, is_active, is_demo, expires_at) ON widgets TO portal_journal;
GRANT SELECT (id, client_id, widget_id, session_id, client_message_id, status, attempt, lease_until, deadline_at, created_at, user_id, callback_hash) ON chat_logs TO portal_journal;
GRANT UPDATE (response, confidence, status, attempt, lease_until, deadline_at, partial_response, answered_at, latency_ms, suggestions, sources, callback_hash) ON chat_logs TO portal_journal;
GRANT SELECT (id, client_id, widget_id, visitor_id, generation, rotated_at, revoked_at, expires_at, message_count, failed_count, lowest_confidence, last_message_at) ON visitor_sessions TO portal_journal;
GRANT UPDATE (message_count, failed_count, lowest_confidence, first_message, last_message_at, last_seen_at) ON visitor_sessions TO portal_journal;

-- Clean-up, aggregation, sweeping.
GRANT SELECT, INSERT, UPDATE, DELETE ON clients, widgets, widget_versions, visitor_sessions, chat_logs, analytics, webhook_errors TO portal_jobs;
