-- Searching conversations: what is searched for is found anywhere in what was said, in every script (機能 in 病院は機能していない, lampe in
-- Straßenlampe, an emoji after a word).

-- The same characters for what is stored and for what is searched for: lower case, no accents, nothing invisible, one space between words.
-- What separates words is listed here, because what the database takes for a letter depends on its locale; an emoji is a word of its own.
-- The order matters: compatibility forms first (full width, ligatures), then marks on letters and what cannot be seen, then ß, ø and the like.
-- chat_search holds what this returns: after a change here, a numbered file must empty it and reset its watermark.
CREATE OR REPLACE FUNCTION search_text(said text) RETURNS text LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT CASE WHEN octet_length(said) = char_length(said)
        THEN btrim(regexp_replace(lower(said COLLATE "C"), '[^a-z0-9]+', ' ', 'g'))
        ELSE btrim(regexp_replace(regexp_replace(regexp_replace(
            translate(unaccent(lower(normalize(regexp_replace(normalize(said, NFKD),
                -- Accents; points, vowel marks and tatweel of Hebrew and Arabic, because few people type them.
                '[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed'
                '\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f'
                -- Soft hyphens, zero-width characters, direction marks, variation selectors, tags, skin tones.
                '\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb'
                '\U0001d173-\U0001d17a\U0001f3fb-\U0001f3ff\U000e0000-\U000e0fff]+', '', 'g'), NFKC))), 'ς', 'σ'),
            -- Emoji, but not the letters that flags are made of.
            '([\u2300-\u27bf\u2b00-\u2bff\U0001f000-\U0001f1e5\U0001f200-\U0001faff])', ' \1 ', 'g'),
            '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00a9\u00ab-\u00b4\u00b6-\u00b9\u00bb-\u00bf\u00d7\u00f7\u02b0-\u02ff\u055a-\u055f\u0589\u058a'
            '\u05be\u05c0\u05c3\u05c6\u05f3\u05f4\u0600-\u060f\u061b-\u061f\u066a-\u066d\u06d4\u0964\u0965\u0e3f\u0e4f\u0e5a\u0e5b\u1680\u2000-\u22ff\u27c0-\u2aff\u2e00-\u2e7f'
            '\u3000-\u3004\u3008-\u3020\u3030\u3037\u303d-\u303f\u30a0\u30fb\ufd3e\ufd3f\ufe10-\ufe1f\ufe30-\ufe4f\uffe0-\uffef\ufffc\ufffd]+', ' ', 'g'), ' {2,}', ' ', 'g'))
        END
$$;

-- What the index is asked for a word: all of its whole grams or, for a word shorter than one, whatever begins with it. A text that has them
-- all may have them in other places, so the caller also looks at the text.
CREATE OR REPLACE FUNCTION search_grams_with(word text) RETURNS tsquery LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = public, pg_temp AS $$
    SELECT coalesce(string_agg(quote_literal(gram), ' & '), quote_literal(word) || ':*')::tsquery
    FROM unnest(tsvector_to_array(search_grams(word))) AS gram WHERE char_length(gram) = search_gram_size(left(gram, 1))
$$;

-- The entered client's conversations in which all the words were said, newest first. It checks the client itself: under row level security
-- a condition of the caller's could not use the index. Common words are found among the newest messages, which are read one after the
-- other; rare words in the index.
CREATE OR REPLACE FUNCTION search_conversations(looked_for text, at_most integer) RETURNS TABLE (session_id uuid)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp SET work_mem = '16MB' AS $$
DECLARE
    sample CONSTANT integer := 4000;
    entered uuid := portal_client();
    wanted text[] := ARRAY(SELECT w.word FROM string_to_table(search_text(left(looked_for, 200)), ' ') WITH ORDINALITY AS w (word, n)
                           WHERE w.word <> '' GROUP BY w.word ORDER BY min(w.n) LIMIT 10);
    -- Words have letters and digits only, so nothing in them is special to LIKE.
    patterns text[] := ARRAY(SELECT '%' || word || '%' FROM unnest(wanted) AS word);
    rare tsquery;
    read integer;
    hits integer;
    times integer[];
    reach bigint;
    conversation uuid;
    found uuid[] := '{}';
BEGIN
    IF entered IS NULL OR cardinality(wanted) = 0 THEN
        RETURN;
    END IF;

    -- How common the words are, judged by the newest messages.
    WITH messages AS MATERIALIZED (SELECT s.session_id, s.said FROM chat_search s WHERE s.client_id = entered ORDER BY s.created_at DESC LIMIT sample)
    SELECT (SELECT count(*) FROM messages), (SELECT count(DISTINCT m.session_id) FROM messages m WHERE m.said LIKE ALL (patterns)),
           ARRAY(SELECT (SELECT count(*) FROM messages m WHERE m.said LIKE p.pattern) FROM unnest(patterns) WITH ORDINALITY AS p (pattern, n) ORDER BY p.n)
    INTO read, hits, times;

    -- How many messages to read in order before the index is cheaper: one found by the index costs as much as five read in order, and never
    -- more than a thousand for each conversation asked for.
    reach := least(5 * (SELECT greatest(min(t), 1) FROM unnest(times) AS t)::float / sample
                   * (SELECT greatest(c.reltuples, sample) FROM pg_class c WHERE c.oid = 'chat_search'::regclass), 1000 * at_most);
    -- A word seen only a few times in the sample may well be more common; hence the 3.
    IF read < sample OR sample::float * at_most / (hits + 3) <= reach THEN
        FOR conversation IN
            SELECT s.session_id
            FROM (SELECT m.session_id, m.said FROM chat_search m WHERE m.client_id = entered ORDER BY m.created_at DESC LIMIT greatest(reach, sample)) s
            WHERE s.said LIKE ALL (patterns)
        LOOP
            IF conversation <> ALL (found) THEN
                found := found || conversation;
                EXIT WHEN cardinality(found) = at_most;
            END IF;
        END LOOP;
    END IF;
    IF cardinality(found) = at_most OR read < sample THEN
        RETURN QUERY SELECT f FROM unnest(found) AS f;
        RETURN;
    END IF;

    -- Whole grams are cheap to look up. For the beginning of a gram the index collects every gram that starts with it, so that is done only
    -- for words in less than one in fifty of the newest messages, or for the rarest word.
    rare := (SELECT string_agg(w.grams::text, ' & ')::tsquery
             FROM (SELECT search_grams_with(u.word) AS grams, u.seen FROM unnest(wanted, times) AS u (word, seen)) w
             WHERE w.grams::text NOT LIKE '%:*' OR w.seen <= greatest(sample / 50, (SELECT min(t) FROM unnest(times) AS t)));
    RETURN QUERY
        SELECT s.session_id FROM chat_search s
        WHERE s.client_id = entered AND search_grams(s.said) @@ rare AND s.said LIKE ALL (patterns)
        GROUP BY s.session_id ORDER BY max(s.created_at) DESC LIMIT at_most;
END $$;
REVOKE ALL ON FUNCTION search_conversations(text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION search_conversations(text, integer) TO portal_app;
