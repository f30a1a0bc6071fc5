using Npgsql;
using Portal.Data;
using Portal.Jobs;
using Portal.Model;

namespace Portal.Chat;

/// <summary>
/// Marks messages as failed whose process died and whose deadline has passed: the visitor is offered "Try again" and the client sees that
/// there was no answer. Any number of replicas may run it at once: each row changes once.
/// </summary>
public sealed class PendingMessageJob(Databases databases) : IJob
{
    private const int BatchSize = 500;

    // Transactions that started to write a message have committed by then.
    private static readonly TimeSpan s_lag = TimeSpan.FromMinutes(2);

    public async Task RunAsync(JobProgress progress, CancellationToken cancellationToken)
    {
        int swept;
        do
        {
            swept = await SweepAsync(cancellationToken);
            progress.Did(swept);
        } while (swept == BatchSize);

        await MoveOnAsync(cancellationToken);
    }

    private async Task<int> SweepAsync(CancellationToken cancellationToken)
    {
        await using var connection = await databases.Jobs.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var dead = await DeadAsync(connection, transaction, cancellationToken);
        await FailAsync(connection, transaction, dead, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return dead.Count;
    }

    private static async Task<List<(Guid Id, string Text)>> DeadAsync(
        NpgsqlConnection connection,
        NpgsqlTransaction transaction,
        CancellationToken cancellationToken
    )
    {
        await using var command = new NpgsqlCommand(
            """
            SELECT l.id, l.partial_response, w.config::text, s.locale
            FROM chat_logs l JOIN widgets w ON w.id = l.widget_id LEFT JOIN visitor_sessions s ON s.id = l.session_id
            WHERE l.changed_at >= (SELECT changed_at FROM watermarks WHERE name = 'pending')
              AND l.status = 'pending' AND l.deadline_at < now() - interval '30 seconds' AND (l.lease_until IS NULL OR l.lease_until < now())
            LIMIT $1
            FOR UPDATE OF l SKIP LOCKED
            """,
            connection,
            transaction
        );
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = BatchSize });
        var dead = new List<(Guid, string)>();
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
        {
            var texts = WidgetConfig.Parse(row.GetString(2)).Texts;
            var fallback = FallbackTexts.Of(texts.Fallback, texts.Language, Text(row, 3));
            dead.Add((row.GetGuid(0), PartialAnswer.Then(Text(row, 1) ?? "", fallback)));
        }

        return dead;
    }

    private static async Task FailAsync(
        NpgsqlConnection connection,
        NpgsqlTransaction transaction,
        List<(Guid Id, string Text)> dead,
        CancellationToken cancellationToken
    )
    {
        await using var command = new NpgsqlCommand(
            """
            WITH failed AS (
                UPDATE chat_logs l SET status = 'failed', answered_at = now(), lease_until = NULL, partial_response = NULL, response = d.response
                FROM unnest($1, $2) AS d (id, response) WHERE l.id = d.id
                RETURNING l.id, l.client_id, l.widget_id, l.session_id),
            noted AS (
                INSERT INTO webhook_errors (client_id, widget_id, chat_log_id, error_type, error_message)
                SELECT client_id, widget_id, id, 'timeout', 'No answer was stored before the deadline.' FROM failed)
            UPDATE visitor_sessions s SET failed_count = s.failed_count + f.count
            FROM (SELECT session_id, count(*)::integer AS count FROM failed GROUP BY session_id) f WHERE s.id = f.session_id
            """,
            connection,
            transaction
        );
        command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = [.. dead.Select(message => message.Id)] });
        command.Parameters.Add(
            new NpgsqlParameter<string[]> { TypedValue = [.. dead.Select(message => message.Text)] }
        );
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Rows before the oldest pending message need not be scanned again.</summary>
    private async Task MoveOnAsync(CancellationToken cancellationToken)
    {
        await using var command = databases.Jobs.CreateCommand(
            """
            UPDATE watermarks w SET changed_at = least(now() - $1, (
                SELECT min(l.changed_at) FROM chat_logs l WHERE l.changed_at >= w.changed_at AND l.status = 'pending'))
            WHERE w.name = 'pending' AND w.changed_at < now() - $1
            """
        );
        command.Parameters.Add(new NpgsqlParameter<TimeSpan> { TypedValue = s_lag });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static string? Text(NpgsqlDataReader row, int column) =>
        row.IsDBNull(column) ? null : row.GetString(column);
}
