-- Rows written by the customer's own statements, which know nothing of what we added. They are listed, found, exported, erased and kept
-- like any other. The portal's own rows bring everything along and pay nothing for this: no trigger here fires for them.

-- The client is the widget's.
CREATE OR REPLACE FUNCTION fill_client_id() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.client_id IS NULL THEN
        SELECT w.client_id INTO NEW.client_id FROM widgets w WHERE w.id = NEW.widget_id;
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER fill_client_id BEFORE INSERT ON chat_logs FOR EACH ROW WHEN (NEW.client_id IS NULL) EXECUTE FUNCTION fill_client_id();
CREATE OR REPLACE TRIGGER fill_client_id BEFORE INSERT ON analytics FOR EACH ROW WHEN (NEW.client_id IS NULL) EXECUTE FUNCTION fill_client_id();
CREATE OR REPLACE TRIGGER fill_client_id BEFORE INSERT ON webhook_errors FOR EACH ROW WHEN (NEW.client_id IS NULL) EXECUTE FUNCTION fill_client_id();

-- The conversation: messages of one user_id to one widget on one UTC day belong together, and a message without a user_id stands alone.
CREATE OR REPLACE FUNCTION conversation_by_hand(message chat_logs) RETURNS uuid LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT CASE WHEN coalesce(message.user_id, '') = '' THEN message.id
        ELSE md5(concat_ws(' ', message.widget_id, to_char(coalesce(message.created_at, message.recorded_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD'),
                           message.user_id))::uuid END
$$;

-- The conversation has no website and has already ended, so it cannot be resumed. Runs as the owner, because whoever may write a message
-- need not have access to conversations.
CREATE OR REPLACE FUNCTION adopt_message() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    said_at timestamptz := coalesce(NEW.created_at, NEW.recorded_at);
    conversation uuid := conversation_by_hand(NEW);
BEGIN
    INSERT INTO visitor_sessions AS s (id, client_id, widget_id, visitor_id, kind, origin, created_at, rotated_at, last_seen_at, expires_at,
                                       message_count, failed_count, up_count, down_count, lowest_confidence, first_message, last_message_at)
    SELECT conversation, NEW.client_id, NEW.widget_id, coalesce(nullif(NEW.user_id, ''), NEW.id::text),
           CASE WHEN w.is_demo THEN 'demo' ELSE 'live' END, '',
           said_at, said_at, said_at, said_at, 1, (NEW.status = 'failed')::integer, (NEW.feedback IS NOT DISTINCT FROM 'up')::integer,
           (NEW.feedback IS NOT DISTINCT FROM 'down')::integer, NEW.confidence, left(NEW.message, 200), said_at
    FROM widgets w WHERE w.id = NEW.widget_id
    ON CONFLICT (id) DO UPDATE SET
        message_count = s.message_count + 1, failed_count = s.failed_count + EXCLUDED.failed_count,
        up_count = s.up_count + EXCLUDED.up_count, down_count = s.down_count + EXCLUDED.down_count,
        lowest_confidence = least(s.lowest_confidence, EXCLUDED.lowest_confidence),
        first_message = CASE WHEN EXCLUDED.created_at < s.created_at THEN EXCLUDED.first_message ELSE s.first_message END,
        created_at = least(s.created_at, EXCLUDED.created_at), last_message_at = greatest(s.last_message_at, EXCLUDED.last_message_at);
    UPDATE chat_logs SET session_id = conversation, created_at = said_at WHERE id = NEW.id;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION adopt_message() FROM PUBLIC;
-- After the row and not before: an INSERT … ON CONFLICT DO NOTHING that finds its row already there must not count it again.
CREATE OR REPLACE TRIGGER adopt_message AFTER INSERT ON chat_logs FOR EACH ROW WHEN (NEW.session_id IS NULL) EXECUTE FUNCTION adopt_message();

-- Feedback set by hand. The portal writes feedback_at with its own and does the counting itself.
CREATE OR REPLACE FUNCTION rate_by_hand() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    NEW.feedback_at := clock_timestamp();
    UPDATE visitor_sessions SET
        up_count = up_count + (NEW.feedback IS NOT DISTINCT FROM 'up')::integer - (OLD.feedback IS NOT DISTINCT FROM 'up')::integer,
        down_count = down_count + (NEW.feedback IS NOT DISTINCT FROM 'down')::integer - (OLD.feedback IS NOT DISTINCT FROM 'down')::integer
    WHERE id = NEW.session_id;
    RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION rate_by_hand() FROM PUBLIC;
CREATE OR REPLACE TRIGGER rate_by_hand BEFORE UPDATE OF feedback ON chat_logs FOR EACH ROW
    WHEN (OLD.feedback IS DISTINCT FROM NEW.feedback AND OLD.feedback_at IS NOT DISTINCT FROM NEW.feedback_at) EXECUTE FUNCTION rate_by_hand();
