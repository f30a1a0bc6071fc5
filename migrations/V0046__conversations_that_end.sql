-- Whoever has an answer on its way hears at once that its conversation is revoked or gone. What nobody has used for an hour goes in silence:
-- a day's retention takes many at once.
CREATE FUNCTION signal_conversation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('portal_conversations', OLD.id::text);
    RETURN NULL;
END $$;
CREATE TRIGGER signal_conversation_gone AFTER DELETE ON visitor_sessions FOR EACH ROW
    WHEN (greatest(OLD.last_seen_at, OLD.last_message_at) > now() - interval '1 hour') EXECUTE FUNCTION signal_conversation();
CREATE TRIGGER signal_conversation_revoked AFTER UPDATE OF revoked_at ON visitor_sessions FOR EACH ROW
    WHEN (OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL) EXECUTE FUNCTION signal_conversation();
