-- What one replica changes, the others must know. A signal (NOTIFY) goes out with the commit; whoever listens drops what it holds in
-- memory, and also looks by itself now and then, because signals can be lost.

-- Widgets are held in memory. Whatever column changes counts, including one that is added later, except those that visitors never see.
CREATE OR REPLACE FUNCTION signal_widget() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'UPDATE' OR to_jsonb(NEW) - '{draft,updated_at}'::text[] IS DISTINCT FROM to_jsonb(OLD) - '{draft,updated_at}'::text[] THEN
        PERFORM pg_notify('portal_widgets', COALESCE(NEW.id, OLD.id)::text);
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER signal_widget AFTER INSERT OR UPDATE OR DELETE ON widgets FOR EACH ROW EXECUTE FUNCTION signal_widget();

CREATE OR REPLACE FUNCTION signal_client() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('portal_clients', OLD.id::text);
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER signal_client AFTER UPDATE ON clients FOR EACH ROW
    WHEN ((OLD.name, OLD.company_name, OLD.suspended_at) IS DISTINCT FROM (NEW.name, NEW.company_name, NEW.suspended_at))
    EXECUTE FUNCTION signal_client();

-- What decides who may use a demo takes effect on every replica at once; counts need not.
CREATE OR REPLACE FUNCTION signal_demo() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('portal_widgets', COALESCE(NEW.widget_id, OLD.widget_id)::text);
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER signal_demo AFTER INSERT OR DELETE OR UPDATE OF revoked_at, passcode_hash ON demo_links
    FOR EACH ROW EXECUTE FUNCTION signal_demo();

-- Whoever streams an answer learns at once that its conversation was revoked or deleted. Conversations that nobody has used for an hour go
-- without a signal, because a day's retention deletes many at once.
CREATE OR REPLACE FUNCTION signal_conversation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('portal_conversations', OLD.id::text);
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER signal_conversation_gone AFTER DELETE ON visitor_sessions FOR EACH ROW
    WHEN (greatest(OLD.last_seen_at, OLD.last_message_at) > now() - interval '1 hour') EXECUTE FUNCTION signal_conversation();
CREATE OR REPLACE TRIGGER signal_conversation_revoked AFTER UPDATE OF revoked_at ON visitor_sessions FOR EACH ROW
    WHEN (OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL) EXECUTE FUNCTION signal_conversation();

-- Replicas check the session behind a cookie once a minute. This makes them check at once.
CREATE OR REPLACE FUNCTION signal_person() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('portal_people', CASE TG_TABLE_NAME WHEN 'users' THEN OLD.id ELSE (to_jsonb(OLD) ->> 'user_id')::uuid END::text);
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER signal_person AFTER UPDATE ON users FOR EACH ROW
    WHEN (OLD.security_stamp IS DISTINCT FROM NEW.security_stamp) EXECUTE FUNCTION signal_person();
CREATE OR REPLACE TRIGGER signal_person_gone AFTER DELETE ON users FOR EACH ROW EXECUTE FUNCTION signal_person();
CREATE OR REPLACE TRIGGER signal_person AFTER UPDATE ON user_sessions FOR EACH ROW
    WHEN (OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL) EXECUTE FUNCTION signal_person();

-- Whoever sends email need not wait for its next look at the outbox.
CREATE OR REPLACE FUNCTION signal_email() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('portal_mails', '');
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER signal_email AFTER INSERT OR UPDATE OF status ON emails FOR EACH ROW WHEN (NEW.status = 'queued') EXECUTE FUNCTION signal_email();
