using Microsoft.Extensions.Options;
using Npgsql;
using Portal.Audit;
using Portal.Data;
using Portal.Jobs;

namespace Portal.Demos;

/// <summary>
/// Deletes expired demo widgets. Rows that prospects created are deleted first, in short statements; the rest is little, and the cascade
/// deletes it with the widget. A demo that is extended meanwhile is kept.
/// </summary>
public sealed class DemoExpiryJob(Databases databases, AuditLog audit, IOptions<DemoOptions> options) : IJob
{
    private const int BatchSize = 5000;

    private static readonly string[] s_growing = ["webhook_errors", "chat_logs", "visitor_sessions"];

    public async Task RunAsync(JobProgress progress, CancellationToken cancellationToken)
    {
        var over = new List<(Guid Id, Guid Client, string Name)>();
        await using (
            var command = databases.Jobs.CreateCommand(
                "SELECT id, client_id, name FROM widgets WHERE is_demo AND expires_at <= now() - $1 ORDER BY expires_at"
            )
        )
        {
            command.Parameters.AddWithValue(TimeSpan.FromDays(options.Value.KeepDays));
            await using var rows = await command.ExecuteReaderAsync(cancellationToken);
            while (await rows.ReadAsync(cancellationToken))
            {
                over.Add((rows.GetGuid(0), rows.GetGuid(1), rows.GetString(2)));
            }
        }

        foreach (var (id, client, name) in over)
        {
            foreach (var table in s_growing)
            {
                await EmptyAsync(table, id, progress, cancellationToken);
            }

            await RemoveAsync(id, client, name, progress, cancellationToken);
        }
    }

    private async Task EmptyAsync(string table, Guid widget, JobProgress progress, CancellationToken cancellationToken)
    {
        int deleted;
        do
        {
            // The table's name is a constant, see above. The widget must still be expired: somebody may have extended it a moment ago.
            await using var command = databases.Jobs.CreateCommand(
                $"""
                DELETE FROM {table} WHERE ctid IN (
                    SELECT t.ctid FROM {table} t JOIN widgets w ON w.id = t.widget_id WHERE w.id = $1 AND w.is_demo AND w.expires_at <= now() LIMIT {BatchSize})
                """
            );
            command.Parameters.AddWithValue(widget);
            deleted = await command.ExecuteNonQueryAsync(cancellationToken);
            progress.Did(deleted);
        } while (deleted == BatchSize);
    }

    private async Task RemoveAsync(
        Guid widget,
        Guid client,
        string name,
        JobProgress progress,
        CancellationToken cancellationToken
    )
    {
        await using var connection = await databases.Jobs.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var command = new NpgsqlCommand(
            "DELETE FROM widgets WHERE id = $1 AND is_demo AND expires_at <= now()",
            connection,
            transaction
        )
        {
            Parameters = { new() { Value = widget } },
        };
        if (await command.ExecuteNonQueryAsync(cancellationToken) == 1)
        {
            await AuditLog.WriteAsync(
                connection,
                audit.Entry(Actor.System("clean-up"), client, AuditAction.WidgetDeleted, new Subject(widget, name)),
                cancellationToken
            );
            progress.Did(1);
        }

        await transaction.CommitAsync(cancellationToken);
    }
}
