-- A message belongs to its conversation, its widget and its client. One key says so, where two did: the conversation knows both others, and a
-- message of another widget than its conversation's is refused now too. What is written for each message is checked against one row less.
ALTER TABLE visitor_sessions ADD CONSTRAINT visitor_sessions_id_widget_id_client_id_key UNIQUE (id, widget_id, client_id);
ALTER TABLE chat_logs
    ADD CONSTRAINT chat_logs_session_id_widget_id_client_id_fkey FOREIGN KEY (session_id, widget_id, client_id)
        REFERENCES visitor_sessions (id, widget_id, client_id) ON DELETE CASCADE,
    DROP CONSTRAINT chat_logs_session_id_client_id_fkey,
    DROP CONSTRAINT chat_logs_widget_id_client_id_fkey;
ALTER TABLE visitor_sessions DROP CONSTRAINT visitor_sessions_id_client_id_key;
