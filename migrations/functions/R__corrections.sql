-- Questions whose answers failed, were disliked or had low confidence, like ones together: the most frequent first. Those that somebody has
-- dealt with count again from then on. What prospects asked a demo is listed for that demo alone. The newest 20,000 messages decide.
CREATE OR REPLACE FUNCTION weak_questions(of_widget uuid, since timestamptz)
RETURNS TABLE (key text, question text, times bigint, failed bigint, disliked bigint, unsure bigint, last_session uuid, last_log uuid, last_at timestamptz)
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    WITH weak AS MATERIALIZED (
        SELECT l.id, l.client_id, l.session_id, l.created_at, l.status, l.feedback, l.confidence, s.locale,
               left(btrim(regexp_replace(left(l.message, 300), '\s+', ' ', 'g')), 200) AS question
        FROM chat_logs l JOIN visitor_sessions s ON s.id = l.session_id
        WHERE l.to_improve AND l.created_at >= since AND (of_widget IS NULL OR l.widget_id = of_widget)
          AND (s.kind = 'live' OR (s.kind = 'demo' AND of_widget IS NOT NULL))
        ORDER BY l.created_at DESC LIMIT 20000),
    texts AS MATERIALIZED (
        SELECT w.question, array_to_string(tsvector_to_array(to_tsvector(stemmer(min(w.locale)), lower(unaccent(w.question)))), ' ') AS stems
        FROM weak w GROUP BY w.question),
    keyed AS MATERIALIZED (
        SELECT w.*, coalesce(nullif(t.stems, ''), lower(w.question)) AS key FROM weak w JOIN texts t USING (question))
    SELECT k.key, mode() WITHIN GROUP (ORDER BY k.question), count(*), count(*) FILTER (WHERE k.status = 'failed'),
           count(*) FILTER (WHERE k.feedback = 'down'), count(*) FILTER (WHERE k.confidence < 0.5),
           (array_agg(k.session_id ORDER BY k.created_at DESC))[1], (array_agg(k.id ORDER BY k.created_at DESC))[1], max(k.created_at)
    FROM keyed k LEFT JOIN question_reviews r ON r.client_id = k.client_id AND r.key = k.key
    WHERE r.key IS NULL OR k.created_at > r.reviewed_at
    GROUP BY k.key
$$;
