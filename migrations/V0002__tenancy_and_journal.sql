-- What we add to the customer's five tables. Nothing of theirs is renamed, and a row written exactly as their own
-- INSERT statements write it stays a working row: every new column is nullable, has a default, or is filled by a trigger.

ALTER TABLE clients
    ADD COLUMN time_zone    text NOT NULL DEFAULT 'UTC',  -- IANA name: the days of this client's analytics
    ADD COLUMN suspended_at timestamptz;

ALTER TABLE widgets
    ADD COLUMN draft           jsonb,                              -- what its editor is working on; null = nothing unpublished
    ADD COLUMN version         integer NOT NULL DEFAULT 1,         -- of the live config; its history is widget_versions
    ADD COLUMN webhook_auth    text NOT NULL DEFAULT 'none' CHECK (webhook_auth IN ('none', 'header', 'basic', 'signed')),
    ADD COLUMN webhook_auth_name   text,                           -- header name, or user name for basic
    ADD COLUMN webhook_auth_secret text,                           -- sealed: header value, password, or private key (PEM)
    ADD COLUMN answer_path     text,                               -- where the answer stands in the reply, tried before the usual names
    ADD COLUMN answers_later   boolean NOT NULL DEFAULT false,     -- the workflow acknowledges at once and calls back
    ADD COLUMN timeout_seconds integer NOT NULL DEFAULT 90 CHECK (timeout_seconds BETWEEN 5 AND 600),
    ADD CONSTRAINT widgets_id_client_id_key UNIQUE (id, client_id);

CREATE TABLE widget_versions (
    id             uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    client_id      uuid NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    widget_id      uuid NOT NULL,
    version        integer NOT NULL,
    config         jsonb NOT NULL,
    note           text,
    published_by   uuid,                                           -- a user; kept when the user is gone
    published_name text,
    created_at     timestamptz NOT NULL DEFAULT now(),
    UNIQUE (widget_id, version),
    FOREIGN KEY (widget_id, client_id) REFERENCES widgets (id, client_id) ON DELETE CASCADE
);
CREATE INDEX idx_widget_versions_client_id ON widget_versions (client_id);

-- A conversation, with the summary that lists show without reading its messages.
CREATE TABLE visitor_sessions (
    id                uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    client_id         uuid NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    widget_id         uuid NOT NULL,
    visitor_id        text NOT NULL,                               -- pseudonym, the chat_logs.user_id of its messages
    kind              text NOT NULL DEFAULT 'live' CHECK (kind IN ('live', 'demo', 'preview', 'test')),
    origin            text NOT NULL,
    locale            text,
    page_url          text,
    generation        integer NOT NULL DEFAULT 1,                  -- of its token; a resume starts the next one
    rotated_at        timestamptz NOT NULL DEFAULT now(),          -- the generation before stays good for a minute
    revoked_at        timestamptz,
    created_at        timestamptz NOT NULL DEFAULT now(),
    last_seen_at      timestamptz NOT NULL DEFAULT now(),
    expires_at        timestamptz NOT NULL,
    message_count     integer NOT NULL DEFAULT 0,
    failed_count      integer NOT NULL DEFAULT 0,
    up_count          integer NOT NULL DEFAULT 0,
    down_count        integer NOT NULL DEFAULT 0,
    lowest_confidence double precision,
    first_message     text,                                        -- its opening, cut to 200 characters
    last_message_at   timestamptz,
    UNIQUE (id, client_id),
    FOREIGN KEY (widget_id, client_id) REFERENCES widgets (id, client_id) ON DELETE CASCADE
);
CREATE INDEX idx_visitor_sessions_client_id_last_message_at ON visitor_sessions (client_id, last_message_at DESC, id DESC) WHERE message_count > 0;
CREATE INDEX idx_visitor_sessions_widget_id_last_message_at ON visitor_sessions (widget_id, last_message_at DESC, id DESC) WHERE message_count > 0;
CREATE INDEX idx_visitor_sessions_expires_at ON visitor_sessions (expires_at);

ALTER TABLE chat_logs
    ADD COLUMN client_id         uuid,
    ADD COLUMN session_id        uuid,
    ADD COLUMN client_message_id uuid,                             -- made by the widget, so that a retry finds its row
    ADD COLUMN status            text NOT NULL DEFAULT 'answered' CHECK (status IN ('pending', 'answered', 'failed')),
    ADD COLUMN attempt           integer NOT NULL DEFAULT 1,
    ADD COLUMN lease_until       timestamptz,                      -- pending: somebody is asking the bot until then, unless renewed
    ADD COLUMN deadline_at       timestamptz,                      -- pending: no answer is waited for after this
    ADD COLUMN partial_response  text,                             -- pending: what has been streamed so far
    ADD COLUMN answered_at       timestamptz,
    ADD COLUMN latency_ms        integer,
    ADD COLUMN page_url          text,
    ADD COLUMN page_title        text,
    ADD COLUMN suggestions       jsonb,
    ADD COLUMN sources           jsonb,
    ADD COLUMN feedback_comment  text,
    ADD COLUMN feedback_at       timestamptz,
    ADD COLUMN callback_hash     bytea;                            -- SHA-256 of the one-time token for a late answer
UPDATE chat_logs SET client_id = widgets.client_id FROM widgets WHERE widgets.id = chat_logs.widget_id;
ALTER TABLE chat_logs
    ALTER COLUMN client_id SET NOT NULL,
    ADD CONSTRAINT chat_logs_widget_id_client_id_fkey FOREIGN KEY (widget_id, client_id) REFERENCES widgets (id, client_id) ON DELETE CASCADE,
    ADD CONSTRAINT chat_logs_session_id_client_id_fkey FOREIGN KEY (session_id, client_id) REFERENCES visitor_sessions (id, client_id) ON DELETE CASCADE,
    ADD CONSTRAINT chat_logs_id_client_id_key UNIQUE (id, client_id),
    ADD CONSTRAINT chat_logs_session_id_client_message_id_key UNIQUE (session_id, client_message_id);
CREATE INDEX idx_chat_logs_client_id_created_at ON chat_logs (client_id, created_at DESC);
CREATE INDEX idx_chat_logs_widget_id_created_at ON chat_logs (widget_id, created_at DESC);
CREATE INDEX idx_chat_logs_pending ON chat_logs (deadline_at) WHERE status = 'pending';
CREATE UNIQUE INDEX idx_chat_logs_callback_hash ON chat_logs (callback_hash) WHERE callback_hash IS NOT NULL;

ALTER TABLE analytics ADD COLUMN client_id uuid;
UPDATE analytics SET client_id = widgets.client_id FROM widgets WHERE widgets.id = analytics.widget_id;
ALTER TABLE analytics
    ALTER COLUMN client_id SET NOT NULL,
    ADD CONSTRAINT analytics_widget_id_client_id_fkey FOREIGN KEY (widget_id, client_id) REFERENCES widgets (id, client_id) ON DELETE CASCADE;
CREATE INDEX idx_analytics_client_id_date ON analytics (client_id, date);

ALTER TABLE webhook_errors
    ADD COLUMN client_id   uuid,
    ADD COLUMN chat_log_id uuid,
    ADD COLUMN status_code integer,
    ADD COLUMN latency_ms  integer;
UPDATE webhook_errors SET client_id = widgets.client_id FROM widgets WHERE widgets.id = webhook_errors.widget_id;
ALTER TABLE webhook_errors
    ALTER COLUMN client_id SET NOT NULL,
    ADD CONSTRAINT webhook_errors_widget_id_client_id_fkey FOREIGN KEY (widget_id, client_id) REFERENCES widgets (id, client_id) ON DELETE CASCADE,
    ADD CONSTRAINT webhook_errors_chat_log_id_client_id_fkey FOREIGN KEY (chat_log_id, client_id) REFERENCES chat_logs (id, client_id) ON DELETE CASCADE;
CREATE INDEX idx_webhook_errors_client_id_occurred_at ON webhook_errors (client_id, occurred_at DESC);
CREATE INDEX idx_webhook_errors_chat_log_id ON webhook_errors (chat_log_id);

-- The customer's own INSERT statements know no client_id: it is the widget's.
CREATE FUNCTION fill_client_id() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.client_id IS NULL THEN
        SELECT w.client_id INTO NEW.client_id FROM widgets w WHERE w.id = NEW.widget_id;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER fill_client_id BEFORE INSERT ON chat_logs FOR EACH ROW EXECUTE FUNCTION fill_client_id();
CREATE TRIGGER fill_client_id BEFORE INSERT ON analytics FOR EACH ROW EXECUTE FUNCTION fill_client_id();
CREATE TRIGGER fill_client_id BEFORE INSERT ON webhook_errors FOR EACH ROW EXECUTE FUNCTION fill_client_id();
