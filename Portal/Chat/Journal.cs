using System.Text.Json;
using Npgsql;
using NpgsqlTypes;
using Portal.Infrastructure;
using Portal.Model;
using Portal.Webhooks;

namespace Portal.Chat;

/// <summary>
/// The durable record of every message, written before the bot is asked and again when it has answered. Its database role
/// may write messages and answers and may read ids and states, never what anybody said.
/// </summary>
public sealed class Journal(Databases databases)
{
    /// <summary>A pending message whose asker has not renewed its lease for so long is free to be asked again.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(15);

    private NpgsqlDataSource Writer => databases.Journal;

    /// <summary>
    /// Records a visitor's message as pending. A session that has ended, or a widget that is off, gives <see cref="Claim.SessionOver"/>;
    /// a message that is known already gives what became of it, and is claimed again when nobody is waiting for its answer.
    /// </summary>
    public async Task<Claim> ClaimAsync(NewMessage message, CancellationToken abort)
    {
        await using var batch = Writer.CreateBatch();
        // The opening goes into the list of conversations. Once a message stands, this finds nothing to do.
        batch.BatchCommands.Add(Command(
            "UPDATE visitor_sessions SET first_message = $2 WHERE id = $1 AND message_count = 0",
            message.SessionId, VisitorText.Cut(message.Text, VisitorSession.FirstMessageMaxLength)));
        batch.BatchCommands.Add(Command(
            """
            WITH accepted AS (
                INSERT INTO chat_logs (id, client_id, widget_id, session_id, client_message_id, user_id, message, response, status,
                                       lease_until, deadline_at, page_url, page_title, callback_hash)
                SELECT $1, s.client_id, s.widget_id, s.id, $5, s.visitor_id, $6, '', 'pending', now() + $7, now() + $8, $9, $10, $11
                FROM visitor_sessions s JOIN widgets w ON w.id = s.widget_id
                WHERE s.id = $2 AND s.widget_id = $3 AND s.revoked_at IS NULL
                  AND (s.generation = $4 OR (s.generation = $4 + 1 AND s.rotated_at > now() - interval '60 seconds'))
                  AND w.is_active IS NOT FALSE AND (w.expires_at IS NULL OR w.expires_at > now())
                ON CONFLICT (session_id, client_message_id) DO NOTHING
                RETURNING session_id)
            UPDATE visitor_sessions s
            SET message_count = s.message_count + 1, last_message_at = now(), last_seen_at = now()
            FROM accepted WHERE s.id = accepted.session_id
            RETURNING s.message_count, s.visitor_id
            """,
            message.Id, message.SessionId, message.WidgetId, message.Generation, message.ClientMessageId, message.Text,
            Lease, message.Deadline, Nullable(message.PageUrl), Nullable(message.PageTitle), message.Callback.Hash));

        await using (var reader = await batch.ExecuteReaderAsync(abort))
        {
            if (await reader.ReadAsync(abort))
            {
                return new Claim.Mine(message.Id, Attempt: 1, EarlierMessages: reader.GetInt32(0) - 1, Visitor: reader.GetString(1));
            }
        }

        return await ReclaimAsync(message, abort);
    }

    // A message we have seen before, or a session that is over.
    private async Task<Claim> ReclaimAsync(NewMessage message, CancellationToken abort)
    {
        await using var batch = Writer.CreateBatch();
        batch.BatchCommands.Add(Command(
            """
            WITH known AS (
                SELECT l.id, l.status FROM chat_logs l JOIN visitor_sessions s ON s.id = l.session_id
                WHERE l.session_id = $1 AND l.client_message_id = $2 AND l.widget_id = $3 AND s.revoked_at IS NULL
                  AND (l.status = 'failed' OR (l.status = 'pending' AND l.lease_until <= now()))
                FOR NO KEY UPDATE OF l),
            again AS (
                UPDATE chat_logs l
                SET status = 'pending', response = '', attempt = l.attempt + 1, lease_until = now() + $4, deadline_at = now() + $5, answered_at = NULL,
                    partial_response = NULL, callback_hash = $6
                FROM known WHERE l.id = known.id
                RETURNING l.id, l.attempt, l.session_id, l.user_id),
            counted AS (
                UPDATE visitor_sessions s SET failed_count = s.failed_count - 1
                FROM again JOIN known ON known.id = again.id WHERE s.id = again.session_id AND known.status = 'failed')
            SELECT id, attempt, user_id FROM again
            """,
            message.SessionId, message.ClientMessageId, message.WidgetId, Lease, message.Deadline, message.Callback.Hash));
        batch.BatchCommands.Add(Command(
            "SELECT id FROM chat_logs WHERE session_id = $1 AND client_message_id = $2 AND widget_id = $3",
            message.SessionId, message.ClientMessageId, message.WidgetId));

        await using var reader = await batch.ExecuteReaderAsync(abort);
        if (await reader.ReadAsync(abort))
        {
            return new Claim.Mine(reader.GetGuid(0), reader.GetInt32(1), EarlierMessages: null, Visitor: reader.GetString(2));
        }

        await reader.NextResultAsync(abort);
        return await reader.ReadAsync(abort) ? new Claim.Known(reader.GetGuid(0)) : new Claim.SessionOver();
    }

    /// <summary>
    /// Stores the answer. False when this attempt is no longer the one that counts: the message has been answered, asked again
    /// or forgotten meanwhile.
    /// </summary>
    public async Task<bool> AnswerAsync(Claim.Mine claim, WebhookOutcome.Answered answer, CancellationToken abort)
    {
        await using var command = Writer.CreateCommand(
            """
            WITH answered AS (
                UPDATE chat_logs
                SET response = $3, confidence = $4, suggestions = $5, sources = $6, status = 'answered', answered_at = now(),
                    latency_ms = $7, lease_until = NULL, partial_response = NULL, callback_hash = NULL
                WHERE id = $1 AND attempt = $2 AND status = 'pending'
                RETURNING session_id)
            UPDATE visitor_sessions s SET lowest_confidence = LEAST(s.lowest_confidence, $4)
            FROM answered WHERE s.id = answered.session_id
            """);
        AddTo(command.Parameters, claim.MessageId, claim.Attempt, answer.Text, Nullable(answer.Confidence), JsonOf(answer.Suggestions), JsonOf(answer.Sources), Milliseconds(answer.Latency));
        return await command.ExecuteNonQueryAsync(abort) > 0;
    }

    /// <summary>Stores that no answer came, why, and the text that the visitor reads instead. False as in <see cref="AnswerAsync"/>.</summary>
    public async Task<bool> FailAsync(Claim.Mine claim, string fallback, WebhookOutcome.Failed failure, CancellationToken abort)
    {
        await using var command = Writer.CreateCommand(
            """
            WITH failed AS (
                UPDATE chat_logs
                SET response = $3, status = 'failed', answered_at = now(), latency_ms = $7, lease_until = NULL, partial_response = NULL
                WHERE id = $1 AND attempt = $2 AND status = 'pending'
                RETURNING id, client_id, widget_id, session_id),
            noted AS (
                INSERT INTO webhook_errors (client_id, widget_id, chat_log_id, error_type, error_message, status_code, latency_ms)
                SELECT client_id, widget_id, id, $4, $5, $6, $7 FROM failed)
            UPDATE visitor_sessions s SET failed_count = s.failed_count + 1
            FROM failed WHERE s.id = failed.session_id
            """);
        AddTo(command.Parameters, claim.MessageId, claim.Attempt, fallback, failure.Error.Name, failure.Detail, Nullable(failure.StatusCode), Milliseconds(failure.Latency));
        return await command.ExecuteNonQueryAsync(abort) > 0;
    }

    /// <summary>
    /// Stores an answer that came to the callback address: once, within a day, and also for a message that has been given up.
    /// False when the token names no such message.
    /// </summary>
    public async Task<bool> AnswerLateAsync(CallbackToken callback, WebhookOutcome.Answered answer, CancellationToken abort)
    {
        await using var command = Writer.CreateCommand(
            """
            WITH due AS (
                SELECT id, status, session_id FROM chat_logs
                WHERE callback_hash = $1 AND status IN ('pending', 'failed') AND created_at > now() - interval '24 hours'
                FOR NO KEY UPDATE),
            answered AS (
                UPDATE chat_logs l
                SET response = $2, confidence = $3, suggestions = $4, sources = $5, status = 'answered', answered_at = now(),
                    latency_ms = least(extract(epoch FROM now() - l.created_at) * 1000, 2147483647)::integer,
                    lease_until = NULL, partial_response = NULL, callback_hash = NULL
                FROM due WHERE l.id = due.id)
            UPDATE visitor_sessions s
            SET lowest_confidence = LEAST(s.lowest_confidence, $3), failed_count = s.failed_count - (due.status = 'failed')::integer
            FROM due WHERE s.id = due.session_id
            """);
        AddTo(command.Parameters, callback.Hash, answer.Text, Nullable(answer.Confidence), JsonOf(answer.Suggestions), JsonOf(answer.Sources));
        return await command.ExecuteNonQueryAsync(abort) > 0;
    }

    /// <summary>Keeps what has been streamed of an answer so far. Its outcome, whenever it comes, stands for it.</summary>
    public async Task SavePartialAsync(Claim.Mine claim, string textSoFar, CancellationToken abort)
    {
        await using var command = Writer.CreateCommand("UPDATE chat_logs SET partial_response = $3, lease_until = now() + $4 WHERE id = $1 AND attempt = $2 AND status = 'pending'");
        AddTo(command.Parameters, claim.MessageId, claim.Attempt, textSoFar, Lease);
        await command.ExecuteNonQueryAsync(abort);
    }

    /// <summary>Says that these messages are still being asked about.</summary>
    public async Task RenewAsync(IReadOnlyCollection<Guid> messages, CancellationToken abort)
    {
        await using var command = Writer.CreateCommand("UPDATE chat_logs SET lease_until = now() + $2 WHERE id = ANY($1) AND status = 'pending'");
        AddTo(command.Parameters, messages.ToArray(), Lease);
        await command.ExecuteNonQueryAsync(abort);
    }

    private static NpgsqlBatchCommand Command(string sql, params ReadOnlySpan<object> values)
    {
        var command = new NpgsqlBatchCommand(sql);
        AddTo(command.Parameters, values);
        return command;
    }

    private static void AddTo(NpgsqlParameterCollection parameters, params ReadOnlySpan<object> values)
    {
        foreach (var value in values)
        {
            parameters.Add(value as NpgsqlParameter ?? new NpgsqlParameter { Value = value });
        }
    }

    private static NpgsqlParameter Nullable(string? value) => new() { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text };

    private static NpgsqlParameter Nullable(double? value) => new() { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Double };

    private static NpgsqlParameter Nullable(int? value) => new() { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Integer };

    private static NpgsqlParameter JsonOf<T>(IReadOnlyList<T> items) => new()
    {
        Value = items.Count == 0 ? DBNull.Value : JsonSerializer.Serialize(items, WidgetConfig.Json),
        NpgsqlDbType = NpgsqlDbType.Jsonb,
    };

    private static int Milliseconds(TimeSpan latency) => (int)Math.Min(latency.TotalMilliseconds, int.MaxValue);
}

/// <summary>A visitor's message on its way into the journal.</summary>
/// <param name="Deadline">How long its answer is waited for.</param>
public sealed record NewMessage(
    Guid Id,
    Guid WidgetId,
    Guid SessionId,
    int Generation,
    Guid ClientMessageId,
    string Text,
    string? PageUrl,
    string? PageTitle,
    TimeSpan Deadline,
    CallbackToken Callback);

/// <summary>Who asks the bot about a message.</summary>
public abstract record Claim
{
    private Claim()
    {
    }

    /// <summary>This call does. The attempt is its fence: only the latest attempt may store an answer.</summary>
    /// <param name="EarlierMessages">How many the conversation held before; null when not known.</param>
    /// <param name="Visitor">The visitor's pseudonym.</param>
    public sealed record Mine(Guid MessageId, int Attempt, int? EarlierMessages, string Visitor) : Claim;

    /// <summary>Another call does, or did.</summary>
    public sealed record Known(Guid MessageId) : Claim;

    /// <summary>Nobody: the conversation has ended, or the widget is off.</summary>
    public sealed record SessionOver : Claim;
}
