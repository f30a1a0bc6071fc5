using Microsoft.EntityFrameworkCore;
using Portal.Audit;
using Portal.Model;

namespace Portal.Deletion;

/// <summary>
/// Deletes many widgets at once, for admins and their programs: silent and out of sight at once, while a job takes the rows away in short
/// steps. Looking first and deleting then go by the same conditions.
/// </summary>
public sealed class BulkDeletion(PortalDb db, AuditLog audit, TimeProvider clock)
{
    /// <summary>So many in one go.</summary>
    public const int AtMost = 500;

    /// <summary>What deleting these would take away.</summary>
    public Task<Extent> LookAsync(WidgetChoice choice, CancellationToken abort) => db.AsAgencyAsync(() => CountAsync(choice, abort), abort);

    /// <summary>Deletes them and says what that takes away.</summary>
    public Task<Extent> DeleteAsync(WidgetChoice choice, CancellationToken abort) => db.AsAgencyAsync(
        async () =>
        {
            var ids = await Chosen(choice).OrderBy(widget => widget.Id).Take(AtMost).Select(widget => widget.Id).ToArrayAsync(abort);

            // Somebody may be extending a demo or deleting a widget at this moment: from here on they wait, and the choice is made again.
            await db.Database.ExecuteSqlAsync($"SELECT FROM widgets WHERE id = ANY({ids}) ORDER BY id FOR UPDATE", abort);
            var still = choice with { Ids = ids };
            var extent = await CountAsync(still, abort);
            var rows = await Chosen(still).Select(widget => new { widget.Id, widget.ClientId, widget.Name, widget.ExpiresAt, widget.IsDemo }).ToListAsync(abort);

            // As Widget.Delete does for one.
            var now = clock.GetUtcNow();
            await Chosen(still).ExecuteUpdateAsync(set => set
                .SetProperty(widget => widget.IsActive, false)
                .SetProperty(widget => widget.DeletionRequestedAt, now)
                .SetProperty(widget => widget.Name, widget => widget.Name + " (" + widget.Id.ToString() + ")"), abort);
            foreach (var row in rows)
            {
                audit.Add(db, row.ClientId, Act.WidgetDeleted, new Subject(row.Id, row.Name), row.IsDemo == true ? [Fact.Name(row.Name, null), Fact.Expires(row.ExpiresAt, null)] : [Fact.Name(row.Name, null)]);
            }

            await db.SaveChangesAsync(abort);
            return extent;
        },
        abort);

    private IQueryable<Widget> Chosen(WidgetChoice choice) => choice.Of(db.Widgets.IgnoreQueryFilters([PortalDb.TenantFilter]));

    private async Task<Extent> CountAsync(WidgetChoice choice, CancellationToken abort)
    {
        var ids = Chosen(choice).Select(widget => widget.Id);
        string[] filter = [PortalDb.TenantFilter];
        return new(
            await ids.CountAsync(abort),
            await db.VisitorSessions.IgnoreQueryFilters(filter).CountAsync(session => ids.Contains(session.WidgetId), abort),
            await db.ChatLogs.IgnoreQueryFilters(filter).LongCountAsync(log => ids.Contains(log.WidgetId), abort),
            await db.Analytics.IgnoreQueryFilters(filter).CountAsync(day => ids.Contains(day.WidgetId), abort),
            await db.WebhookErrors.IgnoreQueryFilters(filter).CountAsync(error => ids.Contains(error.WidgetId), abort));
    }
}

/// <summary>Which widgets.</summary>
/// <param name="Ids">Only these; null: all that fit.</param>
/// <param name="Demos">Only demos, however many ids are named.</param>
/// <param name="ExpiredBefore">Only demos that were over by then.</param>
public sealed record WidgetChoice(IReadOnlyCollection<Guid>? Ids, bool Demos = false, DateTimeOffset? ExpiredBefore = null)
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
public sealed record Extent(int Widgets, int Conversations, long Messages, int AnalyticsDays, int WebhookErrors);
