-- Conversations as work: who looks after one, whether it is done, tags, notes, and who has read how much. The chat path writes none of this.
-- A conversation that nobody has touched has no row here, and one that was done is open again as soon as it has more messages than then.
CREATE TABLE conversation_work (
    session_id    uuid PRIMARY KEY,
    client_id     uuid NOT NULL,
    widget_id     uuid NOT NULL,
    waiting_since timestamptz,                                                 -- null: nobody waits for a person
    done_at       timestamptz,
    done_messages integer,                                                     -- how many messages it had when it was done
    assignee_id   uuid,                                                        -- a person of the client, or an admin who viewed as it
    tags          text[] NOT NULL DEFAULT '{}' CHECK (cardinality(tags) <= 20),
    updated_at    timestamptz NOT NULL DEFAULT now(),
    CHECK ((done_at IS NULL) = (done_messages IS NULL)),
    CHECK (waiting_since IS NULL OR done_at IS NULL),
    FOREIGN KEY (session_id, widget_id, client_id) REFERENCES visitor_sessions (id, widget_id, client_id) ON DELETE CASCADE
);
CREATE INDEX idx_conversation_work_waiting ON conversation_work (client_id, waiting_since) WHERE waiting_since IS NOT NULL;
CREATE INDEX idx_conversation_work_assignee_id ON conversation_work (assignee_id) WHERE assignee_id IS NOT NULL;
CREATE INDEX idx_conversation_work_client_id_tags ON conversation_work USING gin (client_id, tags);

ALTER TABLE conversation_work ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON conversation_work TO portal_owner USING (true) WITH CHECK (true);
CREATE POLICY tenant ON conversation_work TO portal_app USING (client_id = portal_client()) WITH CHECK (client_id = portal_client());
CREATE POLICY admin ON conversation_work TO portal_admin USING (true) WITH CHECK (true);
CREATE POLICY jobs ON conversation_work TO portal_jobs USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON conversation_work TO portal_app, portal_admin;
GRANT SELECT, DELETE ON conversation_work TO portal_jobs;

-- What people of the client tell each other about a conversation, and what they did with it. Visitors never see it.
CREATE TABLE conversation_notes (
    id          uuid PRIMARY KEY,
    client_id   uuid NOT NULL,
    widget_id   uuid NOT NULL,
    session_id  uuid NOT NULL,
    kind        text NOT NULL CHECK (kind IN ('note', 'event')),              -- an event is told by the portal: "marked this as done"
    author_id   uuid NOT NULL,                                                 -- stays when the account is gone
    author_name text NOT NULL,                                                 -- as it was then
    text        text NOT NULL CHECK (char_length(text) BETWEEN 1 AND 5000),
    created_at  timestamptz NOT NULL DEFAULT now(),
    FOREIGN KEY (session_id, widget_id, client_id) REFERENCES visitor_sessions (id, widget_id, client_id) ON DELETE CASCADE
);
CREATE INDEX idx_conversation_notes_session_id ON conversation_notes (session_id, created_at);

ALTER TABLE conversation_notes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON conversation_notes TO portal_owner USING (true) WITH CHECK (true);
CREATE POLICY tenant ON conversation_notes TO portal_app USING (client_id = portal_client()) WITH CHECK (client_id = portal_client());
CREATE POLICY admin ON conversation_notes TO portal_admin USING (true) WITH CHECK (true);
CREATE POLICY jobs ON conversation_notes TO portal_jobs USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON conversation_notes TO portal_app, portal_admin;
GRANT SELECT, DELETE ON conversation_notes TO portal_jobs;

-- How many messages of a conversation a person has seen. None: all of it is unread to them, if it is newer than their account.
CREATE TABLE conversation_reads (
    user_id    uuid NOT NULL,
    session_id uuid NOT NULL,
    client_id  uuid NOT NULL,
    widget_id  uuid NOT NULL,
    messages   integer NOT NULL,
    PRIMARY KEY (user_id, session_id),
    FOREIGN KEY (session_id, widget_id, client_id) REFERENCES visitor_sessions (id, widget_id, client_id) ON DELETE CASCADE
);
CREATE INDEX idx_conversation_reads_session_id ON conversation_reads (session_id);

ALTER TABLE conversation_reads ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON conversation_reads TO portal_owner USING (true) WITH CHECK (true);
CREATE POLICY tenant ON conversation_reads TO portal_app USING (client_id = portal_client()) WITH CHECK (client_id = portal_client());
CREATE POLICY admin ON conversation_reads TO portal_admin USING (true) WITH CHECK (true);
CREATE POLICY jobs ON conversation_reads TO portal_jobs USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON conversation_reads TO portal_app, portal_admin;
GRANT SELECT, DELETE ON conversation_reads TO portal_jobs;

-- Filters of the list of conversations under a name: one's own, or of the whole team.
CREATE TABLE saved_views (
    id         uuid PRIMARY KEY,
    client_id  uuid NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    user_id    uuid,                                                           -- null: the whole team's
    name       text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 60),
    query      text NOT NULL CHECK (char_length(query) <= 1000),               -- of the list's address: "?state=open&tag=Billing"
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX idx_saved_views_client_id ON saved_views (client_id);

ALTER TABLE saved_views ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON saved_views TO portal_owner USING (true) WITH CHECK (true);
CREATE POLICY tenant ON saved_views TO portal_app USING (client_id = portal_client()) WITH CHECK (client_id = portal_client());
CREATE POLICY admin ON saved_views TO portal_admin USING (true) WITH CHECK (true);
CREATE POLICY jobs ON saved_views TO portal_jobs USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON saved_views TO portal_app, portal_admin;
GRANT SELECT, DELETE ON saved_views TO portal_jobs;

-- When a person last looked at the dashboard, and when before that: what happened since is told at its top.
CREATE TABLE dashboard_visits (
    user_id     uuid NOT NULL,
    client_id   uuid NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    last_at     timestamptz NOT NULL,                                          -- renewed while the page is open
    previous_at timestamptz NOT NULL,                                          -- the end of the visit before this one
    PRIMARY KEY (user_id, client_id)
);

ALTER TABLE dashboard_visits ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON dashboard_visits TO portal_owner USING (true) WITH CHECK (true);
CREATE POLICY tenant ON dashboard_visits TO portal_app USING (client_id = portal_client()) WITH CHECK (client_id = portal_client());
CREATE POLICY admin ON dashboard_visits TO portal_admin USING (true) WITH CHECK (true);
CREATE POLICY jobs ON dashboard_visits TO portal_jobs USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON dashboard_visits TO portal_app, portal_admin;
GRANT SELECT, DELETE ON dashboard_visits TO portal_jobs;
