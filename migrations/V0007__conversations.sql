-- Conversations of visitors, and the customer's chat_logs with what the journal needs: each message is inserted as pending before the
-- workflow is called and updated once with its outcome.

-- A conversation, with the summary that lists show without reading its messages.
CREATE TABLE visitor_sessions (
    id                uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    client_id         uuid NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    widget_id         uuid NOT NULL,
    visitor_id        text NOT NULL,                                           -- a pseudonym; the chat_logs.user_id of its messages
    kind              text NOT NULL DEFAULT 'live' CHECK (kind IN ('live', 'demo', 'preview', 'test')),
    origin            text NOT NULL,                                           -- of the website; empty for messages written by hand
    locale            text,
    page_url          text,
    generation        integer NOT NULL DEFAULT 1,                              -- of its token; a resume starts the next one
    rotated_at        timestamptz NOT NULL DEFAULT now(),                      -- the generation before stays valid for a minute
    revoked_at        timestamptz,
    created_at        timestamptz NOT NULL DEFAULT now(),
    last_seen_at      timestamptz NOT NULL DEFAULT now(),
    expires_at        timestamptz NOT NULL,
    message_count     integer NOT NULL DEFAULT 0,
    failed_count      integer NOT NULL DEFAULT 0,
    up_count          integer NOT NULL DEFAULT 0,
    down_count        integer NOT NULL DEFAULT 0,
    lowest_confidence double precision,
    first_message     text,                                                    -- cut to 200 characters
    last_message_at   timestamptz,                                             -- null: no message yet; renewed at most every twenty seconds
    -- The target of one composite foreign key that ties a message to its conversation, widget and client at once: a message costs one
    -- check instead of two, and cannot name another widget than its conversation's.
    CONSTRAINT visitor_sessions_id_widget_id_client_id_key UNIQUE (id, widget_id, client_id),
    FOREIGN KEY (widget_id, client_id) REFERENCES widgets (id, client_id) ON DELETE CASCADE
    -- message_count grows with each message and is in no index, and pages keep room for the new row version: most updates stay on their
    -- page and touch no index (heap-only tuples).
) WITH (fillfactor = 70);
CREATE INDEX idx_visitor_sessions_client_id_last_message_at ON visitor_sessions (client_id, last_message_at DESC, id DESC) WHERE last_message_at IS NOT NULL;
CREATE INDEX idx_visitor_sessions_widget_id_last_message_at ON visitor_sessions (widget_id, last_message_at DESC, id DESC) WHERE last_message_at IS NOT NULL;
CREATE INDEX idx_visitor_sessions_expires_at ON visitor_sessions (expires_at);
-- Lists of what is rare, and the conversations that no analytics count.
CREATE INDEX idx_visitor_sessions_failed ON visitor_sessions (client_id, last_message_at DESC, id DESC) WHERE last_message_at IS NOT NULL AND failed_count > 0;
CREATE INDEX idx_visitor_sessions_disliked ON visitor_sessions (client_id, last_message_at DESC, id DESC) WHERE last_message_at IS NOT NULL AND down_count > 0;
CREATE INDEX idx_visitor_sessions_tried ON visitor_sessions (client_id, id) WHERE kind IN ('preview', 'test');

ALTER TABLE visitor_sessions ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON visitor_sessions TO portal_owner USING (true) WITH CHECK (true);
CREATE POLICY tenant ON visitor_sessions TO portal_app USING (client_id = portal_client()) WITH CHECK (client_id = portal_client());
CREATE POLICY admin ON visitor_sessions TO portal_admin USING (true) WITH CHECK (true);
CREATE POLICY jobs ON visitor_sessions TO portal_jobs USING (true) WITH CHECK (true);
CREATE POLICY journal ON visitor_sessions TO portal_journal USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON visitor_sessions TO portal_app, portal_admin, portal_jobs;
-- The journal reads the kind because a widget that is switched off can still be tried by the people who edit it.
GRANT SELECT (id, client_id, widget_id, visitor_id, kind, generation, rotated_at, revoked_at, expires_at, message_count, failed_count, lowest_confidence, last_message_at)
    ON visitor_sessions TO portal_journal;
GRANT UPDATE (message_count, failed_count, lowest_confidence, first_message, last_message_at, last_seen_at) ON visitor_sessions TO portal_journal;

ALTER TABLE chat_logs
    ADD COLUMN client_id         uuid,
    ADD COLUMN session_id        uuid,
    ADD COLUMN client_message_id uuid,                                         -- made by the widget, so that a retry finds its row
    -- 'stopped' (the visitor pressed Stop) and 'empty' (the workflow ran and returned nothing) are no failures: whatever counts failures
    -- counts 'failed'.
    ADD COLUMN status            text NOT NULL DEFAULT 'answered' CHECK (status IN ('pending', 'answered', 'failed', 'stopped', 'empty')),
    ADD COLUMN attempt           integer NOT NULL DEFAULT 1,
    ADD COLUMN lease_until       timestamptz,                                  -- pending: a replica is calling the workflow until then, unless it renews
    ADD COLUMN deadline_at       timestamptz,                                  -- pending: no answer is accepted after this
    ADD COLUMN partial_response  text,                                         -- pending: what has been streamed so far
    ADD COLUMN answered_at       timestamptz,
    ADD COLUMN latency_ms        integer,
    ADD COLUMN page_url          text,
    ADD COLUMN page_title        text,
    ADD COLUMN suggestions       jsonb,
    ADD COLUMN sources           jsonb,
    ADD COLUMN feedback_comment  text,
    ADD COLUMN feedback_at       timestamptz,
    ADD COLUMN callback_hash     bytea,                                        -- SHA-256 of the one-time token for a late answer
    ADD COLUMN recorded_at       timestamptz NOT NULL DEFAULT now(),           -- when the row was written, whatever created_at says
    -- When the row last changed for a reader: written, answered, or rated.
    ADD COLUMN changed_at        timestamptz GENERATED ALWAYS AS (greatest(recorded_at, answered_at, feedback_at)) STORED,
    -- False for nearly every message, before its answer and after it, so that the index below rarely hears of an answer.
    ADD COLUMN to_improve        boolean NOT NULL
        GENERATED ALWAYS AS (status = 'failed' OR coalesce(feedback = 'down', false) OR coalesce(confidence < 0.5, false)) STORED;

-- Messages that were there before the portal. Written by hand, they have no conversation, so each gets one, exactly as the trigger
-- adopt_message does it for those that come later (functions/R__hand_written_messages.sql says how they are grouped).
UPDATE chat_logs SET client_id = widgets.client_id FROM widgets WHERE widgets.id = chat_logs.widget_id;
UPDATE chat_logs SET
    created_at = coalesce(created_at, recorded_at),
    session_id = CASE WHEN coalesce(user_id, '') = '' THEN id
        ELSE md5(concat_ws(' ', widget_id, to_char(coalesce(created_at, recorded_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD'), user_id))::uuid END;
INSERT INTO visitor_sessions (id, client_id, widget_id, visitor_id, kind, origin, created_at, rotated_at, last_seen_at, expires_at,
                              message_count, up_count, down_count, lowest_confidence, first_message, last_message_at)
SELECT l.session_id, l.client_id, l.widget_id, coalesce(nullif(l.user_id, ''), min(l.id::text)), CASE WHEN w.is_demo THEN 'demo' ELSE 'live' END, '',
       min(l.created_at), min(l.created_at), max(l.created_at), max(l.created_at),
       count(*), count(*) FILTER (WHERE l.feedback = 'up'), count(*) FILTER (WHERE l.feedback = 'down'), min(l.confidence),
       (array_agg(left(l.message, 200) ORDER BY l.created_at, l.id))[1], max(l.created_at)
FROM chat_logs l JOIN widgets w ON w.id = l.widget_id
GROUP BY l.session_id, l.client_id, l.widget_id, l.user_id, w.is_demo;

ALTER TABLE chat_logs
    ALTER COLUMN client_id SET NOT NULL,
    ADD CONSTRAINT chat_logs_session_id_widget_id_client_id_fkey FOREIGN KEY (session_id, widget_id, client_id)
        REFERENCES visitor_sessions (id, widget_id, client_id) ON DELETE CASCADE,
    ADD CONSTRAINT chat_logs_id_client_id_key UNIQUE (id, client_id),
    ADD CONSTRAINT chat_logs_session_id_client_message_id_key UNIQUE (session_id, client_message_id),
    -- The row of a message is written twice. When the second write changes no column that a B-tree index knows, PostgreSQL keeps both row
    -- versions on one page and updates no index, which saves a third of what a message costs the database. So whatever an answer changes
    -- is in no B-tree, and pages keep room for answers.
    SET (fillfactor = 50);
CREATE INDEX idx_chat_logs_client_id_created_at ON chat_logs (client_id, created_at DESC);
CREATE INDEX idx_chat_logs_widget_id_created_at ON chat_logs (widget_id, created_at DESC);
CREATE INDEX idx_chat_logs_to_improve ON chat_logs (client_id, created_at DESC) WHERE to_improve;
-- What changed lately is at the end of the table or was rated just now. BRIN finds it, stays tiny, and does not prevent heap-only updates
-- (PostgreSQL 16 and later; on 15 everything works and the second write costs more).
CREATE INDEX idx_chat_logs_changed_at ON chat_logs USING brin (changed_at) WITH (pages_per_range = 32, autosummarize = on);

ALTER TABLE chat_logs ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON chat_logs TO portal_owner USING (true) WITH CHECK (true);
CREATE POLICY tenant ON chat_logs TO portal_app USING (client_id = portal_client()) WITH CHECK (client_id = portal_client());
CREATE POLICY admin ON chat_logs TO portal_admin USING (true) WITH CHECK (true);
CREATE POLICY jobs ON chat_logs TO portal_jobs USING (true) WITH CHECK (true);
CREATE POLICY journal ON chat_logs TO portal_journal USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON chat_logs TO portal_app, portal_admin, portal_jobs;
-- The journal's batches hold rows of many clients. It reads ids and states, never what anybody wrote.
GRANT INSERT ON chat_logs TO portal_journal;
GRANT SELECT (id, client_id, widget_id, session_id, client_message_id, status, attempt, lease_until, deadline_at, created_at, user_id, callback_hash)
    ON chat_logs TO portal_journal;
GRANT UPDATE (response, confidence, status, attempt, lease_until, deadline_at, partial_response, answered_at, latency_ms, suggestions, sources, callback_hash, recorded_at)
    ON chat_logs TO portal_journal;

-- How far a reader of chat_logs.changed_at has come: 'chat_logs' for search and analytics, 'pending' for unfinished messages, all of which
-- changed after that time.
CREATE TABLE watermarks (
    name       text PRIMARY KEY,
    changed_at timestamptz NOT NULL
);
INSERT INTO watermarks VALUES ('chat_logs', '-infinity'), ('pending', '-infinity');
GRANT SELECT, UPDATE ON watermarks TO portal_jobs;
