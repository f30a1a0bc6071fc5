using Microsoft.EntityFrameworkCore;
using Portal.Jobs;
using Portal.Model;

namespace Portal.Deletion;

/// <summary>
/// Deletes the rows of deleted widgets in short statements, the widget last. It is offline and invisible from the
/// moment of the request. A cascade would do the same in one statement that holds its locks for seconds.
/// </summary>
public sealed class WidgetDeletionJob(JobsDb db) : IJob
{
    private const int BatchSize = 5000;

    // The tables that grow with visitors' use, each before the tables it references. The rest is little, and is deleted
    // by the cascade.
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
        var deleted = await db
            .Widgets.IgnoreQueryFilters([PortalDb.DeletedFilter])
            .Where(widget => widget.DeletionRequestedAt != null)
            .OrderBy(widget => widget.DeletionRequestedAt)
            .Select(widget => widget.Id)
            .ToListAsync(cancellationToken);
        foreach (var id in deleted)
        {
            foreach (var table in s_growing)
            {
                await db.DeleteInBatchesAsync(table, "t.widget_id = {0}", [id], BatchSize, progress, cancellationToken);
            }

            progress.Did(
                await db
                    .Widgets.IgnoreQueryFilters([PortalDb.DeletedFilter])
                    .Where(widget => widget.Id == id && widget.DeletionRequestedAt != null)
                    .ExecuteDeleteAsync(cancellationToken)
            );
        }
    }
}
