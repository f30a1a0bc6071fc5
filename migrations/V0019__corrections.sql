-- What bots answered badly: which of these questions somebody has dealt with, and the right answers that people wrote.

-- A correction: how a question should be answered. It is the team's own text, so it stays when the visitor's message is deleted.
CREATE TABLE corrections (
    id               uuid PRIMARY KEY,
    client_id        uuid NOT NULL,
    widget_id        uuid NOT NULL,
    chat_log_id      uuid,                                                     -- the answer that was wrong; null when it is gone
    question         text NOT NULL CHECK (char_length(question) BETWEEN 1 AND 500),
    answer           text NOT NULL CHECK (char_length(answer) BETWEEN 1 AND 10000),
    state            text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'fixed', 'dismissed')),
    author_id        uuid NOT NULL,
    author_name      text NOT NULL,
    created_at       timestamptz NOT NULL DEFAULT now(),
    closed_by_name   text,
    closed_at        timestamptz,
    fixed_in_version integer,                                                  -- of the widget, where its prompt was what had to change
    told_at          timestamptz,                                              -- when its author was told, which happens once
    reply            text CHECK (char_length(reply) <= 1000),                  -- to the author, from whoever closed it
    CHECK ((state = 'open') = (closed_at IS NULL)),
    FOREIGN KEY (widget_id, client_id) REFERENCES widgets (id, client_id) ON DELETE CASCADE,
    FOREIGN KEY (chat_log_id, client_id) REFERENCES chat_logs (id, client_id) ON DELETE SET NULL (chat_log_id)
);
CREATE INDEX idx_corrections_client_id_created_at ON corrections (client_id, created_at DESC);
CREATE INDEX idx_corrections_open ON corrections (created_at) WHERE state = 'open';
CREATE INDEX idx_corrections_widget_id ON corrections (widget_id);
CREATE INDEX idx_corrections_chat_log_id ON corrections (chat_log_id) WHERE chat_log_id IS NOT NULL;

ALTER TABLE corrections ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON corrections TO portal_owner USING (true) WITH CHECK (true);
CREATE POLICY tenant ON corrections TO portal_app USING (client_id = portal_client()) WITH CHECK (client_id = portal_client());
CREATE POLICY admin ON corrections TO portal_admin USING (true) WITH CHECK (true);
CREATE POLICY jobs ON corrections TO portal_jobs USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON corrections TO portal_app, portal_admin;
GRANT SELECT, DELETE ON corrections TO portal_jobs;

-- Like questions that somebody has dealt with. They are listed again when they are asked, and answered badly, after that.
CREATE TABLE question_reviews (
    client_id   uuid NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    key         text NOT NULL,                                                 -- the stems that like questions share
    outcome     text NOT NULL CHECK (outcome IN ('corrected', 'fixed', 'not_relevant')),
    by_name     text NOT NULL,
    reviewed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (client_id, key)
);

ALTER TABLE question_reviews ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON question_reviews TO portal_owner USING (true) WITH CHECK (true);
CREATE POLICY tenant ON question_reviews TO portal_app USING (client_id = portal_client()) WITH CHECK (client_id = portal_client());
CREATE POLICY admin ON question_reviews TO portal_admin USING (true) WITH CHECK (true);
CREATE POLICY jobs ON question_reviews TO portal_jobs USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON question_reviews TO portal_app, portal_admin;
GRANT SELECT, DELETE ON question_reviews TO portal_jobs;
