using NpgsqlTypes;
using Portal.Data;
using Portal.Model;
using Portal.Webhooks;

namespace Portal.Chat;

/// <summary>An answer. True when it is stored; false when another attempt was first, or the message is gone.</summary>
internal sealed class AnswerEntry(MessageClaim.Acquired claim, WebhookOutcome.Answered answer)
    : JournalEntry<bool>(false)
{
    public static readonly JournalKind Writing = new JournalKind<AnswerEntry, bool>(
        new JournalStatement<AnswerEntry>(
            """
            UPDATE chat_logs l
            SET response = a.response, confidence = a.confidence, suggestions = a.suggestions, sources = a.sources, status = 'answered', answered_at = now(),
                latency_ms = a.latency_ms, lease_until = NULL, partial_response = NULL, callback_hash = NULL
            FROM unnest($1, $2, $3, $4, $5, $6, $7) WITH ORDINALITY AS a (id, attempt, response, confidence, suggestions, sources, latency_ms, n)
            WHERE l.id = a.id AND l.attempt = a.attempt AND l.status = 'pending'
            RETURNING a.n
            """,
            columns =>
                Keys(columns)
                    .Add(NpgsqlDbType.Text, entry => entry.Answer.Text)
                    .Add(NpgsqlDbType.Double, entry => entry.Answer.Confidence)
                    .Add(NpgsqlDbType.Jsonb, entry => JournalValues.Json(entry.Answer.Suggestions))
                    .Add(NpgsqlDbType.Jsonb, entry => JournalValues.Json(entry.Answer.Sources))
                    .Add(NpgsqlDbType.Integer, entry => JournalValues.Milliseconds(entry.Answer.Latency)),
            (_, entry) => entry.Result = true
        ),
        // Most answers do not have the lowest confidence of their conversation and need not update its row.
        new JournalStatement<AnswerEntry>(
            """
            UPDATE visitor_sessions s SET lowest_confidence = x.confidence
            FROM (SELECT l.session_id, min(a.confidence) AS confidence
                  FROM unnest($1, $2, $3) AS a (id, attempt, confidence) JOIN chat_logs l ON l.id = a.id AND l.attempt = a.attempt AND l.status = 'answered'
                  GROUP BY l.session_id ORDER BY l.session_id) x
            WHERE s.id = x.session_id AND (s.lowest_confidence IS NULL OR s.lowest_confidence > x.confidence)
            """,
            columns => Keys(columns).Add(NpgsqlDbType.Double, entry => entry.Answer.Confidence),
            Read: null
        )
        {
            IsFor = entry => entry.Answer.Confidence < (entry.Claim.LowestConfidence ?? double.PositiveInfinity),
        }
    );

    public override JournalKind Kind => Writing;

    private MessageClaim.Acquired Claim => claim;

    private WebhookOutcome.Answered Answer => answer;

    private static JournalColumns<AnswerEntry> Keys(JournalColumns<AnswerEntry> columns) =>
        columns
            .Add(NpgsqlDbType.Uuid, entry => entry.Claim.MessageId)
            .Add(NpgsqlDbType.Integer, entry => entry.Claim.Attempt);
}

/// <summary>
/// A failed or empty result with its reason and the text that the visitor reads. Returns true and false as <see
/// cref="AnswerEntry"/> does.
/// </summary>
internal sealed class FailureEntry(MessageClaim.Acquired claim, string fallback, WebhookOutcome.Failed failure)
    : JournalEntry<bool>(false)
{
    public static readonly JournalKind Writing = new JournalKind<FailureEntry, bool>(
        new JournalStatement<FailureEntry>(
            """
            WITH said AS (
                SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8)
                    WITH ORDINALITY AS a (id, attempt, response, error_type, error_message, status_code, latency_ms, status, n) ORDER BY id),
            failed AS (
                UPDATE chat_logs l
                SET response = a.response, status = a.status, answered_at = now(), latency_ms = a.latency_ms, lease_until = NULL, partial_response = NULL
                FROM said a WHERE l.id = a.id AND l.attempt = a.attempt AND l.status = 'pending'
                RETURNING a.n, l.id, l.client_id, l.widget_id, l.session_id, l.status, a.error_type, a.error_message, a.status_code, a.latency_ms),
            noted AS (
                INSERT INTO webhook_errors (client_id, widget_id, chat_log_id, error_type, error_message, status_code, latency_ms)
                SELECT client_id, widget_id, id, error_type, error_message, status_code, latency_ms FROM failed),
            counted AS (
                UPDATE visitor_sessions s SET failed_count = s.failed_count + f.failed
                FROM (SELECT session_id, count(*)::integer AS failed FROM failed WHERE status = 'failed' GROUP BY session_id ORDER BY session_id) f WHERE s.id = f.session_id)
            SELECT n FROM failed
            """,
            columns =>
                columns
                    .Add(NpgsqlDbType.Uuid, entry => entry.Claim.MessageId)
                    .Add(NpgsqlDbType.Integer, entry => entry.Claim.Attempt)
                    .Add(NpgsqlDbType.Text, entry => entry.Fallback)
                    .Add(NpgsqlDbType.Text, entry => entry.Failure.Error.Name)
                    .Add(NpgsqlDbType.Text, entry => entry.Failure.Detail)
                    .Add(NpgsqlDbType.Integer, entry => entry.Failure.StatusCode)
                    .Add(NpgsqlDbType.Integer, entry => JournalValues.Milliseconds(entry.Failure.Latency))
                    .Add(NpgsqlDbType.Text, entry => entry.Failure.IsEmptyResult ? "empty" : "failed"),
            (_, entry) => entry.Result = true
        )
    );

    public override JournalKind Kind => Writing;

    private MessageClaim.Acquired Claim => claim;

    private string Fallback => fallback;

    private WebhookOutcome.Failed Failure => failure;
}

/// <summary>
/// An answer that was posted to the callback URL. It counts once, for 24 hours, also when the message has failed
/// meanwhile. All replicas are notified, because the visitor may wait on any of them.
/// </summary>
internal sealed class LateAnswerEntry(CallbackToken callback, WebhookOutcome.Answered answer)
    : JournalEntry<bool>(false)
{
    public static readonly JournalKind Writing = new JournalKind<LateAnswerEntry, bool>(
        new JournalStatement<LateAnswerEntry>(
            $"""
            WITH said AS (
                SELECT * FROM unnest($1, $2, $3, $4, $5, $6) WITH ORDINALITY AS a (id, callback_hash, response, confidence, suggestions, sources, n)),
            due AS (
                SELECT l.status, l.session_id, a.* FROM said a JOIN chat_logs l ON l.id = a.id AND l.callback_hash = a.callback_hash
                WHERE l.status IN ('pending', 'failed', 'empty') AND l.created_at > now() - interval '24 hours'
                ORDER BY l.id
                FOR NO KEY UPDATE OF l),
            answered AS (
                UPDATE chat_logs l
                SET response = due.response, confidence = due.confidence, suggestions = due.suggestions, sources = due.sources, status = 'answered', answered_at = now(),
                    latency_ms = least(extract(epoch FROM now() - l.created_at) * 1000, 2147483647)::integer,
                    lease_until = NULL, partial_response = NULL, callback_hash = NULL
                FROM due WHERE l.id = due.id
                RETURNING due.n, l.id, l.session_id, due.confidence, due.status),
            counted AS (
                UPDATE visitor_sessions s
                SET lowest_confidence = LEAST(s.lowest_confidence, x.confidence), failed_count = s.failed_count - x.failed
                FROM (SELECT session_id, min(confidence) AS confidence, count(*) FILTER (WHERE status = 'failed')::integer AS failed FROM answered GROUP BY session_id) x
                WHERE s.id = x.session_id)
            SELECT n, pg_notify('{Signals.Answers}', id::text) FROM answered
            """,
            columns =>
                columns
                    .Add(NpgsqlDbType.Uuid, entry => entry.Callback.MessageId)
                    .Add(NpgsqlDbType.Bytea, entry => entry.Callback.Hash)
                    .Add(NpgsqlDbType.Text, entry => entry.Answer.Text)
                    .Add(NpgsqlDbType.Double, entry => entry.Answer.Confidence)
                    .Add(NpgsqlDbType.Jsonb, entry => JournalValues.Json(entry.Answer.Suggestions))
                    .Add(NpgsqlDbType.Jsonb, entry => JournalValues.Json(entry.Answer.Sources)),
            (_, entry) => entry.Result = true
        )
    );

    public override JournalKind Kind => Writing;

    private CallbackToken Callback => callback;

    private WebhookOutcome.Answered Answer => answer;
}
