using Portal.Data;
using Portal.Jobs;

namespace Portal.Deletion;

/// <summary>
/// Deletes the rows of deleted widgets in short statements, the widget last. It is offline and invisible from the moment of the request. A
/// cascade would do the same in one statement that holds its locks for seconds.
/// </summary>
public sealed class WidgetDeletionJob(Databases databases) : IJob
{
    private const int BatchSize = 5000;

    // The tables that grow with visitors' use, each before the tables it references. The rest is little, and is deleted by the cascade.
    private static readonly string[] s_growing =
    [
        "webhook_errors",
        "chat_logs",
        "visitor_sessions",
        "analytics_due",
        "analytics",
        "message_counts",
        "widget_versions",
        "widget_images",
    ];

    public async Task RunAsync(JobProgress progress, CancellationToken cancellationToken)
    {
        foreach (var widget in await DeletedAsync(cancellationToken))
        {
            foreach (var table in s_growing)
            {
                await EmptyAsync(table, widget, progress, cancellationToken);
            }

            await using var command = databases.Jobs.CreateCommand(
                "DELETE FROM widgets WHERE id = $1 AND deletion_requested_at IS NOT NULL"
            );
            command.Parameters.AddWithValue(widget);
            progress.Did(await command.ExecuteNonQueryAsync(cancellationToken));
        }
    }

    private async Task<List<Guid>> DeletedAsync(CancellationToken cancellationToken)
    {
        await using var command = databases.Jobs.CreateCommand(
            "SELECT id FROM widgets WHERE deletion_requested_at IS NOT NULL ORDER BY deletion_requested_at"
        );
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        var deleted = new List<Guid>();
        while (await rows.ReadAsync(cancellationToken))
        {
            deleted.Add(rows.GetGuid(0));
        }

        return deleted;
    }

    private async Task EmptyAsync(string table, Guid widget, JobProgress progress, CancellationToken cancellationToken)
    {
        int deleted;
        do
        {
            // The table names are constants, see above.
            await using var command = databases.Jobs.CreateCommand(
                $"DELETE FROM {table} WHERE ctid IN (SELECT ctid FROM {table} WHERE widget_id = $1 LIMIT {BatchSize})"
            );
            command.Parameters.AddWithValue(widget);
            deleted = await command.ExecuteNonQueryAsync(cancellationToken);
            progress.Did(deleted);
        } while (deleted == BatchSize);
    }
}
