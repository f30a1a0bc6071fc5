-- Whose something is: what must be known before a client can be entered. Each function reads as the owner and gives away a single id to
-- a caller who holds something that only the right people know.
--
-- Files of this folder are repeatable: the portal runs one again whenever its text has changed, after the numbered files, in the order of
-- their names. A function is changed here, in place. Only a change of its parameters or of its result needs a numbered file that drops the
-- old one first.

-- By a widget's public id.
CREATE OR REPLACE FUNCTION client_of_widget(public_id uuid) RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT client_id FROM widgets WHERE id = public_id
$$;
REVOKE ALL ON FUNCTION client_of_widget(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION client_of_widget(uuid) TO portal_app;

-- By the token of a demo link, which keeps its token when the demo goes live.
CREATE OR REPLACE FUNCTION client_of_demo(hash bytea) RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT client_id FROM demo_links WHERE token_hash = hash
    UNION ALL
    SELECT client_id FROM demos_gone_live WHERE token_hash = hash
    LIMIT 1
$$;
REVOKE ALL ON FUNCTION client_of_demo(bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION client_of_demo(bytea) TO portal_app;

-- By the id that a callback names: a message's or a test's. The callback's token is checked afterwards.
CREATE OR REPLACE FUNCTION widget_of_message(message uuid) RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce((SELECT widget_id FROM chat_logs WHERE id = $1), (SELECT widget_id FROM webhook_tests WHERE id = $1))
$$;
REVOKE ALL ON FUNCTION widget_of_message(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION widget_of_message(uuid) TO portal_app;
