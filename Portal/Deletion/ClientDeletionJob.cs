using Npgsql;
using Portal.Audit;
using Portal.Data;
using Portal.Jobs;

namespace Portal.Deletion;

/// <summary>
/// Deletes the rows of clients that an admin deleted, in short statements, the client last. Nothing of it is visible meanwhile: its widgets
/// are offline and its people signed out from the moment of the request. The audit log is kept.
/// </summary>
public sealed class ClientDeletionJob(Databases databases, AuditLog audit) : IJob
{
    private const int BatchSize = 5000;

    // The tables that grow with visitors' use, each before the tables it references. The rest is little, and is deleted by the cascade.
    private static readonly string[] s_growing =
    [
        "webhook_errors",
        "chat_search",
        "chat_logs",
        "visitor_sessions",
        "analytics_due",
        "analytics",
        "widget_versions",
    ];

    public async Task RunAsync(JobProgress progress, CancellationToken cancellationToken)
    {
        await using var command = databases.Jobs.CreateCommand(
            "SELECT id, name FROM clients WHERE deletion_requested_at IS NOT NULL ORDER BY deletion_requested_at"
        );
        var leaving = new List<(Guid Id, string Name)>();
        await using (var rows = await command.ExecuteReaderAsync(cancellationToken))
        {
            while (await rows.ReadAsync(cancellationToken))
            {
                leaving.Add((rows.GetGuid(0), rows.GetString(1)));
            }
        }

        foreach (var (id, name) in leaving)
        {
            long total = 0;
            foreach (var table in s_growing)
            {
                total += await EmptyAsync(table, id, progress, cancellationToken);
            }

            await RemoveAsync(id, name, total, progress, cancellationToken);
        }
    }

    private async Task<long> EmptyAsync(
        string table,
        Guid client,
        JobProgress progress,
        CancellationToken cancellationToken
    )
    {
        long total = 0;
        int deleted;
        do
        {
            // The table names are constants, see above.
            await using var command = databases.Jobs.CreateCommand(
                $"DELETE FROM {table} WHERE ctid IN (SELECT ctid FROM {table} WHERE client_id = $1 LIMIT {BatchSize})"
            );
            command.Parameters.AddWithValue(client);
            deleted = await command.ExecuteNonQueryAsync(cancellationToken);
            progress.Did(deleted);
            total += deleted;
        } while (deleted == BatchSize);
        return total;
    }

    private async Task RemoveAsync(
        Guid client,
        string name,
        long total,
        JobProgress progress,
        CancellationToken cancellationToken
    )
    {
        await using var connection = await databases.Jobs.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var command = new NpgsqlCommand(
            "DELETE FROM clients WHERE id = $1 AND deletion_requested_at IS NOT NULL",
            connection,
            transaction
        )
        {
            Parameters = { new() { Value = client } },
        };
        if (await command.ExecuteNonQueryAsync(cancellationToken) == 1)
        {
            await AuditLog.WriteAsync(
                connection,
                audit.Entry(
                    Actor.System("portal"),
                    client,
                    AuditAction.ClientDeleted,
                    new Subject(client, name),
                    AuditChange.Count(total)
                ),
                cancellationToken
            );
            progress.Did(1);
        }

        await transaction.CommitAsync(cancellationToken);
    }
}
