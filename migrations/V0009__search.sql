-- Searching conversations. A job fills chat_search from what changed in chat_logs, so the chat path does not pay for it.
CREATE EXTENSION IF NOT EXISTS unaccent;
CREATE EXTENSION IF NOT EXISTS btree_gin;

-- What the index knows of a text goes by characters alone, so that no locale and no update of one makes the index wrong. The index stores
-- what these two functions return, so they are created here and not with the repeatable functions: a change to either needs a migration
-- that rebuilds the index.

-- How many characters make a gram, counted from this one: two where a character says much (Chinese, Japanese, Korean, emoji), else four.
CREATE FUNCTION search_gram_size(first text) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN first COLLATE "C" >= U&'\2E80' COLLATE "C" THEN 2 ELSE 4 END
$$;

-- The grams of a text that search_text made: for each of its characters, that one and those after it, to the end of the word at most.
-- Words are cut into pieces first, because PostgreSQL finds the nth character by counting.
CREATE FUNCTION search_grams(said text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 10000 SET search_path = public, pg_temp AS $$
    SELECT coalesce(array_to_tsvector(array_agg(substr(piece, n, search_gram_size(substr(piece, n, 1))))), '')
    FROM string_to_table(said, ' ') AS word, generate_series(1, char_length(word), 64) AS start, substr(word, start, 67) AS piece,
         generate_series(1, least(char_length(piece), 64)) AS n
$$;

CREATE TABLE chat_search (
    chat_log_id uuid PRIMARY KEY,
    client_id   uuid NOT NULL,
    session_id  uuid NOT NULL,
    created_at  timestamptz NOT NULL,
    changed_at  timestamptz NOT NULL,                                          -- the message's, when the job read it
    said        text COLLATE "C" NOT NULL,                                     -- question and answer, folded by search_text
    FOREIGN KEY (chat_log_id, client_id) REFERENCES chat_logs (id, client_id) ON DELETE CASCADE
);
-- Common words are found among the newest messages, read one after the other; rare ones in the index.
CREATE INDEX idx_chat_search_client_id_created_at ON chat_search (client_id, created_at DESC);
CREATE INDEX idx_chat_search_client_id_said ON chat_search USING gin (client_id, search_grams(said));
-- No plan depends on how often a gram occurs, and to count them would take as long as to index thousands of messages.
ALTER INDEX idx_chat_search_client_id_said ALTER COLUMN 2 SET STATISTICS 0;

-- Requests have no grant: they search through search_conversations, which reads as the owner.
ALTER TABLE chat_search ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON chat_search TO portal_owner USING (true) WITH CHECK (true);
CREATE POLICY jobs ON chat_search TO portal_jobs USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON chat_search TO portal_jobs;
