-- Messages that are written by hand, as the specification's own INSERT does it, come without a conversation. They get one, so that they
-- are listed, found, exported, erased and kept as long as any other: those of one user_id at one widget on one day (UTC) are one, and
-- a message without a user_id stands alone. The portal's own messages bring theirs along and pay nothing for this.
CREATE FUNCTION conversation_by_hand(message chat_logs) RETURNS uuid LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT CASE WHEN coalesce(message.user_id, '') = '' THEN message.id
        ELSE md5(concat_ws(' ', message.widget_id, to_char(coalesce(message.created_at, message.recorded_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD'), message.user_id))::uuid END
$$;

-- Nobody's website, and over: it cannot be taken up again. As the owner, since whoever may write a message need not be let near conversations.
CREATE FUNCTION adopt_message() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    said_at timestamptz := coalesce(NEW.created_at, NEW.recorded_at);
    conversation uuid := conversation_by_hand(NEW);
BEGIN
    INSERT INTO visitor_sessions AS s (id, client_id, widget_id, visitor_id, kind, origin, created_at, rotated_at, last_seen_at, expires_at,
                                       message_count, failed_count, up_count, down_count, lowest_confidence, first_message, last_message_at)
    SELECT conversation, NEW.client_id, NEW.widget_id, coalesce(nullif(NEW.user_id, ''), NEW.id::text), CASE WHEN w.is_demo THEN 'demo' ELSE 'live' END, '',
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
-- After the row and not before: an INSERT … ON CONFLICT DO NOTHING that finds its row there already must not count it again.
CREATE TRIGGER adopt_message AFTER INSERT ON chat_logs FOR EACH ROW WHEN (NEW.session_id IS NULL) EXECUTE FUNCTION adopt_message();

-- A thumb that is set by hand. The portal writes feedback_at with each of its own, and counts them itself.
CREATE FUNCTION rate_by_hand() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    NEW.feedback_at := clock_timestamp();
    UPDATE visitor_sessions SET
        up_count = up_count + (NEW.feedback IS NOT DISTINCT FROM 'up')::integer - (OLD.feedback IS NOT DISTINCT FROM 'up')::integer,
        down_count = down_count + (NEW.feedback IS NOT DISTINCT FROM 'down')::integer - (OLD.feedback IS NOT DISTINCT FROM 'down')::integer
    WHERE id = NEW.session_id;
    RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION rate_by_hand() FROM PUBLIC;
CREATE TRIGGER rate_by_hand BEFORE UPDATE OF feedback ON chat_logs FOR EACH ROW
    WHEN (OLD.feedback IS DISTINCT FROM NEW.feedback AND OLD.feedback_at IS NOT DISTINCT FROM NEW.feedback_at) EXECUTE FUNCTION rate_by_hand();

-- Those that stand already. Written anew, so that the search reads them.
INSERT INTO visitor_sessions (id, client_id, widget_id, visitor_id, kind, origin, created_at, rotated_at, last_seen_at, expires_at,
                              message_count, failed_count, up_count, down_count, lowest_confidence, first_message, last_message_at)
SELECT conversation_by_hand(l), l.client_id, l.widget_id, coalesce(nullif(l.user_id, ''), min(l.id::text)), CASE WHEN w.is_demo THEN 'demo' ELSE 'live' END, '',
       min(coalesce(l.created_at, l.recorded_at)), min(coalesce(l.created_at, l.recorded_at)), max(coalesce(l.created_at, l.recorded_at)), max(coalesce(l.created_at, l.recorded_at)),
       count(*), count(*) FILTER (WHERE l.status = 'failed'), count(*) FILTER (WHERE l.feedback = 'up'), count(*) FILTER (WHERE l.feedback = 'down'), min(l.confidence),
       (array_agg(left(l.message, 200) ORDER BY coalesce(l.created_at, l.recorded_at), l.id))[1], max(coalesce(l.created_at, l.recorded_at))
FROM chat_logs l JOIN widgets w ON w.id = l.widget_id
WHERE l.session_id IS NULL
GROUP BY conversation_by_hand(l), l.client_id, l.widget_id, l.user_id, w.is_demo
ON CONFLICT DO NOTHING;
UPDATE chat_logs l SET session_id = conversation_by_hand(l), created_at = coalesce(l.created_at, l.recorded_at), recorded_at = now() WHERE l.session_id IS NULL;
