using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Portal.Audit;
using Portal.Jobs;
using Portal.Model;

namespace Portal.Demos;

/// <summary>
/// Deletes expired demo widgets. Rows that prospects created are deleted first, in short statements; the rest is
/// little, and the cascade deletes it with the widget. A demo that is extended meanwhile is kept.
/// </summary>
public sealed class DemoExpiryJob(JobsDb db, AuditLog audit, IOptions<DemoOptions> options) : IJob
{
    private const int BatchSize = 5000;

    private static readonly string[] s_growing = ["webhook_errors", "chat_logs", "visitor_sessions"];

    public async Task RunAsync(JobProgress progress, CancellationToken cancellationToken)
    {
        var kept = TimeSpan.FromDays(options.Value.KeepDays);
        var over = await db
            .Database.SqlQuery<Expired>(
                $"SELECT id, client_id, name FROM widgets WHERE is_demo AND expires_at <= now() - {kept} ORDER BY expires_at"
            )
            .ToListAsync(cancellationToken);
        foreach (var demo in over)
        {
            foreach (var table in s_growing)
            {
                // The widget must still be expired: somebody may have extended it a moment ago.
                await db.DeleteInBatchesAsync(
                    table,
                    "t.widget_id = {0} AND EXISTS (SELECT FROM widgets w WHERE w.id = t.widget_id AND w.is_demo AND w.expires_at <= now())",
                    [demo.Id],
                    BatchSize,
                    progress,
                    cancellationToken
                );
            }

            await RemoveAsync(demo, progress, cancellationToken);
        }
    }

    private async Task RemoveAsync(Expired demo, JobProgress progress, CancellationToken cancellationToken)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var removed = await db.Database.ExecuteSqlAsync(
            $"DELETE FROM widgets WHERE id = {demo.Id} AND is_demo AND expires_at <= now()",
            cancellationToken
        );
        if (removed == 1)
        {
            db.Add(
                audit.Entry(
                    Actor.System("clean-up"),
                    demo.ClientId,
                    AuditAction.WidgetDeleted,
                    new Subject(demo.Id, demo.Name)
                )
            );
            await db.SaveChangesAsync(cancellationToken);
            progress.Did(1);
        }

        await transaction.CommitAsync(cancellationToken);
    }

    private sealed record Expired(Guid Id, Guid ClientId, string Name);
}
