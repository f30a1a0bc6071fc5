using Microsoft.EntityFrameworkCore;
using Portal.Audit;
using Portal.Model;

namespace Portal.Deletion;

/// <summary>
/// Deletes many widgets at once, for admins and their programs: they go offline and disappear at once, and a job
/// deletes their rows in batches. Preview and deletion use the same conditions.
/// </summary>
public sealed class BulkDeletion(AgencyDb db, AuditLog audit, TimeProvider clock)
{
    /// <summary>The most that one call deletes.</summary>
    public const int AtMost = 500;

    /// <summary>Counts what deleting them would delete.</summary>
    public Task<DeletionSummary> LookAsync(WidgetChoice choice, CancellationToken cancellationToken) =>
        CountAsync(choice, cancellationToken);

    /// <summary>Deletes them and returns the counts.</summary>
    public Task<DeletionSummary> DeleteAsync(WidgetChoice choice, CancellationToken cancellationToken) =>
        db.InTransactionAsync(
            async () =>
            {
                var ids = await Chosen(choice)
                    .OrderBy(widget => widget.Id)
                    .Take(AtMost)
                    .Select(widget => widget.Id)
                    .ToArrayAsync(cancellationToken);

                // Somebody may be extending a demo or deleting a widget at this moment: from here on they wait, and the
                // selection is made again.
                await db.Database.ExecuteSqlAsync(
                    $"SELECT FROM widgets WHERE id = ANY({ids}) ORDER BY id FOR UPDATE",
                    cancellationToken
                );
                var still = choice with { Ids = ids };
                var extent = await CountAsync(still, cancellationToken);
                var rows = await Chosen(still)
                    .Select(widget => new
                    {
                        widget.Id,
                        widget.ClientId,
                        widget.Name,
                        widget.ExpiresAt,
                        widget.IsDemo,
                    })
                    .ToListAsync(cancellationToken);

                await DeleteAsync(Chosen(still), cancellationToken);
                foreach (var row in rows)
                {
                    audit.Add(
                        db,
                        row.ClientId,
                        AuditAction.WidgetDeleted,
                        new Subject(row.Id, row.Name),
                        row.IsDemo == true
                            ? [AuditChange.Name(row.Name, null), AuditChange.Expires(row.ExpiresAt, null)]
                            : [AuditChange.Name(row.Name, null)]
                    );
                }

                await db.SaveChangesAsync(cancellationToken);
                return extent;
            },
            cancellationToken
        );

    // The same as Widget.Delete does for one.
    private Task<int> DeleteAsync(IQueryable<Widget> widgets, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        return widgets.ExecuteUpdateAsync(
            set =>
                set.SetProperty(widget => widget.IsActive, false)
                    .SetProperty(widget => widget.DeletionRequestedAt, now)
                    .SetProperty(widget => widget.Name, widget => widget.Name + " (" + widget.Id.ToString() + ")"),
            cancellationToken
        );
    }

    private IQueryable<Widget> Chosen(WidgetChoice choice) => choice.Of(db.Widgets);

    private async Task<DeletionSummary> CountAsync(WidgetChoice choice, CancellationToken cancellationToken)
    {
        var ids = Chosen(choice).Select(widget => widget.Id);
        return new(
            await ids.CountAsync(cancellationToken),
            await db.VisitorSessions.CountAsync(session => ids.Contains(session.WidgetId), cancellationToken),
            await db.ChatLogs.LongCountAsync(log => ids.Contains(log.WidgetId), cancellationToken),
            await db.Analytics.CountAsync(day => ids.Contains(day.WidgetId), cancellationToken),
            await db.WebhookErrors.CountAsync(error => ids.Contains(error.WidgetId), cancellationToken)
        );
    }
}

/// <summary>Selects widgets.</summary>
/// <param name="Ids">Only these; null: all that fit.</param>
/// <param name="Demos">Only demos, however many ids are named.</param>
/// <param name="ExpiredBefore">Only demos that were over by then.</param>
public sealed record WidgetChoice(
    IReadOnlyCollection<Guid>? Ids,
    bool Demos = false,
    DateTimeOffset? ExpiredBefore = null
)
{
    public static WidgetChoice Expired(DateTimeOffset now) => new(null, Demos: true, now);

    public IQueryable<Widget> Of(IQueryable<Widget> widgets)
    {
        widgets = Ids is { } ids ? widgets.Where(widget => ids.Contains(widget.Id)) : widgets;
        widgets = Demos || ExpiredBefore is not null ? widgets.Where(widget => widget.IsDemo == true) : widgets;
        return ExpiredBefore is { } moment ? widgets.Where(widget => widget.ExpiresAt <= moment) : widgets;
    }
}

/// <summary>What a deletion takes away.</summary>
/// <param name="AnalyticsDays">Rows of <c>analytics</c>: one a widget and day.</param>
public sealed record DeletionSummary(
    int Widgets,
    int Conversations,
    long Messages,
    int AnalyticsDays,
    int WebhookErrors
);
