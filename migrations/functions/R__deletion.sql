-- Deletes some of the messages that match, oldest first, and leaves their conversations right: an empty one goes too, the others are summed
-- up again. Erasing also takes the texts out of the days' questions; without it only the messages go.
CREATE OR REPLACE FUNCTION remove_chat_logs(of_client uuid, of_widget uuid, since timestamptz, until timestamptz, of_visitor text, at_most integer, erasing boolean)
RETURNS TABLE (messages integer, conversations integer)
LANGUAGE plpgsql SET search_path = public, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    ids uuid[];
    touched uuid[];
BEGIN
    SELECT array_agg(l.id), array_agg(DISTINCT l.session_id) FILTER (WHERE l.session_id IS NOT NULL) INTO ids, touched
    FROM (SELECT c.id, c.session_id FROM chat_logs c
          WHERE c.client_id = of_client AND (of_widget IS NULL OR c.widget_id = of_widget)
            AND (since IS NULL OR c.created_at >= since) AND (until IS NULL OR c.created_at < until)
            AND (of_visitor IS NULL OR c.user_id = of_visitor)
          ORDER BY c.created_at LIMIT at_most) l;

    IF erasing THEN
        INSERT INTO analytics_due (widget_id, client_id, date)
        SELECT DISTINCT l.widget_id, l.client_id, (l.created_at AT TIME ZONE c.time_zone)::date
        FROM chat_logs l JOIN clients c ON c.id = l.client_id WHERE l.id = ANY (ids)
        ON CONFLICT DO NOTHING;
    END IF;

    DELETE FROM chat_logs WHERE id = ANY (ids);
    GET DIAGNOSTICS messages = ROW_COUNT;

    DELETE FROM visitor_sessions s WHERE s.id = ANY (touched) AND NOT EXISTS (SELECT FROM chat_logs l WHERE l.session_id = s.id);
    GET DIAGNOSTICS conversations = ROW_COUNT;

    UPDATE visitor_sessions s
    SET message_count = left_over.messages, failed_count = left_over.failed, up_count = left_over.up, down_count = left_over.down,
        lowest_confidence = left_over.lowest, first_message = left_over.first, last_message_at = left_over.last
    FROM (SELECT l.session_id, count(*)::integer AS messages, (count(*) FILTER (WHERE l.status = 'failed'))::integer AS failed,
                 (count(*) FILTER (WHERE l.feedback = 'up'))::integer AS up, (count(*) FILTER (WHERE l.feedback = 'down'))::integer AS down,
                 min(l.confidence) AS lowest, (array_agg(left(l.message, 200) ORDER BY l.created_at))[1] AS first, max(l.created_at) AS last
          FROM chat_logs l WHERE l.session_id = ANY (touched) GROUP BY l.session_id) left_over
    WHERE s.id = left_over.session_id;
    RETURN NEXT;
END $$;
REVOKE ALL ON FUNCTION remove_chat_logs(uuid, uuid, timestamptz, timestamptz, text, integer, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION remove_chat_logs(uuid, uuid, timestamptz, timestamptz, text, integer, boolean) TO portal_admin, portal_jobs;
