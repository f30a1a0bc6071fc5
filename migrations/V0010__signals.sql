-- Replicas of the portal keep widgets in memory. What changes them says so at commit, and each replica drops what it holds.

-- Whatever column changes counts, also one that is added later, but for those that visitors' calls never see.
CREATE FUNCTION signal_widget() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'UPDATE' OR to_jsonb(NEW) - '{draft,updated_at}'::text[] IS DISTINCT FROM to_jsonb(OLD) - '{draft,updated_at}'::text[] THEN
        PERFORM pg_notify('portal_widgets', COALESCE(NEW.id, OLD.id)::text);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER signal_widget AFTER INSERT OR UPDATE OR DELETE ON widgets FOR EACH ROW EXECUTE FUNCTION signal_widget();

CREATE FUNCTION signal_client() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('portal_clients', OLD.id::text);
    RETURN NULL;
END $$;
CREATE TRIGGER signal_client AFTER UPDATE ON clients FOR EACH ROW
    WHEN ((OLD.name, OLD.company_name, OLD.suspended_at) IS DISTINCT FROM (NEW.name, NEW.company_name, NEW.suspended_at))
    EXECUTE FUNCTION signal_client();

-- The portal's own rows bring their client along; only those written by hand need the look-up.
CREATE OR REPLACE TRIGGER fill_client_id BEFORE INSERT ON chat_logs FOR EACH ROW WHEN (NEW.client_id IS NULL) EXECUTE FUNCTION fill_client_id();
CREATE OR REPLACE TRIGGER fill_client_id BEFORE INSERT ON analytics FOR EACH ROW WHEN (NEW.client_id IS NULL) EXECUTE FUNCTION fill_client_id();
CREATE OR REPLACE TRIGGER fill_client_id BEFORE INSERT ON webhook_errors FOR EACH ROW WHEN (NEW.client_id IS NULL) EXECUTE FUNCTION fill_client_id();
