-- Owners with a confirmed address get their client's alerts, and admins those of every client, from the moment they qualify, however the
-- account came to be. Whoever unsubscribes stays unsubscribed.
CREATE OR REPLACE FUNCTION subscribe_to_alerts() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    was boolean := TG_OP <> 'INSERT' AND OLD.email_confirmed AND OLD.email IS NOT NULL AND OLD.role IN ('Owner', 'Admin');
    is_now boolean := TG_OP <> 'DELETE' AND NEW.email_confirmed AND NEW.email IS NOT NULL AND NEW.role IN ('Owner', 'Admin');
BEGIN
    IF TG_OP = 'DELETE' THEN
        DELETE FROM alert_recipients WHERE client_id = OLD.client_id AND lower(email) = lower(OLD.email);
    ELSIF is_now AND NOT was THEN
        IF NEW.client_id IS NULL THEN
            INSERT INTO admin_alerts (user_id) VALUES (NEW.id) ON CONFLICT DO NOTHING;
        ELSE
            INSERT INTO alert_recipients (id, client_id, email, confirmed_at) VALUES (gen_random_uuid(), NEW.client_id, NEW.email, now())
            ON CONFLICT (client_id, email) DO UPDATE SET confirmed_at = coalesce(alert_recipients.confirmed_at, now());
        END IF;
    ELSIF was AND is_now AND NEW.client_id IS NOT NULL AND NEW.email IS DISTINCT FROM OLD.email THEN
        -- The subscription follows a person to their new address.
        UPDATE alert_recipients r SET email = NEW.email, confirmed_at = coalesce(r.confirmed_at, now())
        WHERE r.client_id = NEW.client_id AND lower(r.email) = lower(OLD.email)
          AND NOT EXISTS (SELECT FROM alert_recipients o WHERE o.client_id = NEW.client_id AND o.email = NEW.email);
    END IF;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION subscribe_to_alerts() FROM PUBLIC;
CREATE OR REPLACE TRIGGER subscribe_to_alerts AFTER INSERT OR DELETE OR UPDATE OF email, email_confirmed, role ON users
    FOR EACH ROW EXECUTE FUNCTION subscribe_to_alerts();
