using NpgsqlTypes;
using Portal.Model;

namespace Portal.Chat;

/// <summary>An incoming message.</summary>
/// <param name="mayBeFirst">Whether it may open its conversation.</param>
internal sealed class ClaimEntry(NewMessage message, bool mayBeFirst) : JournalEntry<ClaimEntry.Accepted?>(null)
{
    public static readonly JournalKind Writing = new JournalKind<ClaimEntry, Accepted?>(
        // The first message is part of the list of conversations. Our role may not read it, so the count shows whether
        // there is one.
        new JournalStatement<ClaimEntry>(
            """
            UPDATE visitor_sessions s SET first_message = a.opening
            FROM unnest($1, $2) AS a (session_id, opening)
            WHERE a.opening IS NOT NULL AND s.id = a.session_id AND s.message_count = 0
            """,
            columns =>
                columns
                    .Add(NpgsqlDbType.Uuid, entry => entry.Message.SessionId)
                    .Add(NpgsqlDbType.Text, entry => entry.Opening),
            Read: null
        )
        {
            IsFor = entry => entry.Opening is not null,
        },
        // The conversation's position in lists is indexed, so it is not updated with every message of a quick
        // conversation.
        new(
            $"""
            WITH accepted AS (
                INSERT INTO chat_logs (id, client_id, widget_id, session_id, client_message_id, user_id, message, response, status,
                                       lease_until, deadline_at, page_url, page_title, callback_hash)
                SELECT a.id, s.client_id, a.widget_id, a.session_id, a.client_message_id, s.visitor_id, a.message, '', 'pending',
                       now() + interval '{Journal.LeaseSeconds} seconds', now() + a.deadline, a.page_url, a.page_title, a.callback_hash
                FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
                    AS a (id, widget_id, session_id, generation, client_message_id, message, deadline, page_url, page_title, callback_hash)
                CROSS JOIN LATERAL (
                    SELECT s.client_id, s.visitor_id FROM visitor_sessions s JOIN widgets w ON w.id = s.widget_id
                    WHERE s.id = a.session_id AND s.widget_id = a.widget_id AND s.revoked_at IS NULL
                      AND (s.generation = a.generation OR (s.generation = a.generation + 1 AND s.rotated_at > now() - interval '60 seconds'))
                      AND (w.is_active IS NOT FALSE OR s.kind = 'preview') AND (w.expires_at IS NULL OR w.expires_at > now())
                    OFFSET 0) s -- one conversation at a time: else PostgreSQL may begin with all widgets
                ON CONFLICT (session_id, client_message_id) DO NOTHING
                RETURNING id, session_id)
            UPDATE visitor_sessions s
            SET message_count = s.message_count + 1, last_seen_at = now(),
                last_message_at = CASE WHEN s.last_message_at > now() - interval '20 seconds' THEN s.last_message_at ELSE now() END
            FROM accepted WHERE s.id = accepted.session_id
            RETURNING accepted.id, s.visitor_id, s.message_count, s.failed_count, s.lowest_confidence
            """,
            columns =>
                columns
                    .Add(NpgsqlDbType.Uuid, entry => entry.Message.Id)
                    .Add(NpgsqlDbType.Uuid, entry => entry.Message.WidgetId)
                    .Add(NpgsqlDbType.Uuid, entry => entry.Message.SessionId)
                    .Add(NpgsqlDbType.Integer, entry => entry.Message.Generation)
                    .Add(NpgsqlDbType.Uuid, entry => entry.Message.ClientMessageId)
                    .Add(NpgsqlDbType.Text, entry => entry.Message.Text)
                    .Add(NpgsqlDbType.Interval, entry => entry.Message.Deadline)
                    .Add(NpgsqlDbType.Text, entry => entry.Message.PageUrl)
                    .Add(NpgsqlDbType.Text, entry => entry.Message.PageTitle)
                    .Add(NpgsqlDbType.Bytea, entry => entry.Message.CallbackHash),
            (row, entry) =>
                entry.Result = new(
                    row.GetString(1),
                    row.GetInt32(2),
                    row.GetInt32(3),
                    row.IsDBNull(4) ? null : row.GetDouble(4)
                )
        )
        {
            Id = entry => entry.Message.Id,
        }
    );

    public override JournalKind Kind => Writing;

    // With two messages of one conversation, the statement would count only one.
    public override Guid? Apart => message.SessionId;

    public override bool MayBeRefused => true;

    public override TimeSpan CallerPatience => TimeSpan.FromSeconds(5);

    public override TimeSpan Patience => CallerPatience;

    private NewMessage Message => message;

    private string? Opening => mayBeFirst ? VisitorText.Cut(message.Text, VisitorSession.FirstMessageMaxLength) : null;

    /// <param name="Messages">In the conversation by now.</param>
    /// <param name="Failed">Of them.</param>
    /// <param name="LowestConfidence">Of its answers so far.</param>
    public sealed record Accepted(string Visitor, int Messages, int Failed, double? LowestConfidence);
}

/// <summary>A message that was not accepted as new: known already, or of a conversation that is over.</summary>
/// <param name="isAlive">Its bot is being asked here, whatever its lease says.</param>
internal sealed class ReclaimEntry(NewMessage message, bool isAlive)
    : JournalEntry<MessageClaim>(new MessageClaim.SessionOver())
{
    private const string Known = """
        unnest($1, $2, $3, $4) WITH ORDINALITY AS a (session_id, client_message_id, widget_id, generation, n)
        JOIN chat_logs l ON l.session_id = a.session_id AND l.client_message_id = a.client_message_id AND l.widget_id = a.widget_id
        JOIN visitor_sessions s ON s.id = l.session_id AND s.revoked_at IS NULL
         AND (s.generation = a.generation OR (s.generation = a.generation + 1 AND s.rotated_at > now() - interval '60 seconds'))
        """;

    public static readonly JournalKind Writing = new JournalKind<ReclaimEntry, MessageClaim>(
        new(
            $"""
            WITH known AS (
                SELECT l.id, l.status, a.n, ($5)[a.n::integer] AS deadline, ($6)[a.n::integer] AS callback_hash
                FROM {Known}
                WHERE (l.status IN ('failed', 'stopped', 'empty') AND ($7)[a.n::integer]) OR (l.status = 'pending' AND l.lease_until <= now() AND ($8)[a.n::integer])
                ORDER BY l.id
                FOR NO KEY UPDATE OF l),
            again AS (
                UPDATE chat_logs l
                SET status = 'pending', response = '', attempt = l.attempt + 1, lease_until = now() + interval '{Journal.LeaseSeconds} seconds', deadline_at = now() + known.deadline,
                    recorded_at = now(), answered_at = NULL, partial_response = NULL, callback_hash = known.callback_hash
                FROM known WHERE l.id = known.id
                RETURNING known.n, l.id, l.attempt, l.session_id, l.user_id, known.status),
            counted AS (
                UPDATE visitor_sessions s SET failed_count = s.failed_count - f.failed
                FROM (SELECT session_id, count(*)::integer AS failed FROM again WHERE status = 'failed' GROUP BY session_id) f WHERE s.id = f.session_id)
            SELECT n, id, attempt, user_id FROM again
            """,
            columns =>
                Keys(columns)
                    .Add(NpgsqlDbType.Interval, entry => entry.Message.Deadline)
                    .Add(NpgsqlDbType.Bytea, entry => entry.Message.CallbackHash)
                    .Add(NpgsqlDbType.Boolean, entry => entry.Message.Again)
                    .Add(NpgsqlDbType.Boolean, entry => !entry.IsAlive),
            (row, entry) => entry.Result = entry.Mine(row.GetGuid(1), row.GetInt32(2), row.GetString(3))
        ),
        new(
            $"SELECT a.n, l.id, l.attempt, l.user_id FROM {Known}",
            columns => Keys(columns),
            (row, entry) => entry.Find(row.GetGuid(1), row.GetInt32(2), row.GetString(3))
        )
    );

    public override JournalKind Kind => Writing;

    public override bool MayBeRefused => true;

    public override TimeSpan CallerPatience => TimeSpan.FromSeconds(5);

    public override TimeSpan Patience => CallerPatience;

    private NewMessage Message => message;

    private bool IsAlive => isAlive;

    private MessageClaim.Acquired Mine(Guid id, int attempt, string visitor) =>
        new(id, attempt, visitor) { SessionId = message.SessionId };

    private void Find(Guid id, int attempt, string visitor)
    {
        if (Result is MessageClaim.Acquired)
        {
            return;
        }

        // It has the id that we chose: our own claim was committed, and only the response was lost with the connection.
        Result = id == message.Id && attempt == 1 ? Mine(id, attempt, visitor) : new MessageClaim.Existing(id);
    }

    private static JournalColumns<ReclaimEntry> Keys(JournalColumns<ReclaimEntry> columns) =>
        columns
            .Add(NpgsqlDbType.Uuid, entry => entry.Message.SessionId)
            .Add(NpgsqlDbType.Uuid, entry => entry.Message.ClientMessageId)
            .Add(NpgsqlDbType.Uuid, entry => entry.Message.WidgetId)
            .Add(NpgsqlDbType.Integer, entry => entry.Message.Generation);
}
