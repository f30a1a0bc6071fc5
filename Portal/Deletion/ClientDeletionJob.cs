using Microsoft.EntityFrameworkCore;
using Portal.Audit;
using Portal.Jobs;
using Portal.Model;

namespace Portal.Deletion;

/// <summary>
/// Deletes the rows of clients that an admin deleted, in short statements, the client last. Nothing of it is visible
/// meanwhile: its widgets are offline and its people signed out from the moment of the request. The audit log is kept.
/// </summary>
public sealed class ClientDeletionJob(JobsDb db, AuditLog audit) : IJob
{
    private const int BatchSize = 5000;

    // The tables that grow with visitors' use, each before the tables it references. The rest is little, and is deleted
    // by the cascade.
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
        var leaving = await db
            .Clients.Where(client => client.DeletionRequestedAt != null)
            .OrderBy(client => client.DeletionRequestedAt)
            .Select(client => new { client.Id, client.Name })
            .ToListAsync(cancellationToken);
        foreach (var client in leaving)
        {
            long total = 0;
            foreach (var table in s_growing)
            {
                total += await db.DeleteInBatchesAsync(
                    table,
                    "t.client_id = {0}",
                    [client.Id],
                    BatchSize,
                    progress,
                    cancellationToken
                );
            }

            await RemoveAsync(new Subject(client.Id, client.Name), total, progress, cancellationToken);
        }
    }

    private async Task RemoveAsync(
        Subject client,
        long total,
        JobProgress progress,
        CancellationToken cancellationToken
    )
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var removed = await db
            .Clients.Where(row => row.Id == client.Id && row.DeletionRequestedAt != null)
            .ExecuteDeleteAsync(cancellationToken);
        if (removed == 1)
        {
            db.Add(
                audit.Entry(
                    Actor.System("portal"),
                    client.Id,
                    AuditAction.ClientDeleted,
                    client,
                    AuditChange.Count(total)
                )
            );
            await db.SaveChangesAsync(cancellationToken);
            progress.Did(1);
        }

        await transaction.CommitAsync(cancellationToken);
    }
}
