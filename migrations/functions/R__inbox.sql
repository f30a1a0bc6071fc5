-- Conversations as work, when a person is deleted: nobody looks after their conversations then, and what they had read is forgotten. Their
-- notes stay, under the name that they had. As the owner, because whoever deletes a person may not see conversations.
CREATE OR REPLACE FUNCTION forget_reader() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE conversation_work SET assignee_id = NULL, updated_at = now() WHERE assignee_id = OLD.id;
    DELETE FROM conversation_reads WHERE user_id = OLD.id;
    DELETE FROM saved_views WHERE user_id = OLD.id;
    DELETE FROM dashboard_visits WHERE user_id = OLD.id;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION forget_reader() FROM PUBLIC;
CREATE OR REPLACE TRIGGER forget_reader AFTER DELETE ON users FOR EACH ROW EXECUTE FUNCTION forget_reader();
