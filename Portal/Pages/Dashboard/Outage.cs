using Microsoft.EntityFrameworkCore;
using Portal.Model;
using Portal.Webhooks;

namespace Portal.Pages.Dashboard;

/// <summary>A widget that has stopped answering: since when, how many visitors met it, and why.</summary>
/// <param name="Others">How many more widgets are not answering.</param>
public sealed record Outage(Guid WidgetId, string Widget, DateTimeOffset? Since, int Visitors, WebhookAdvice? Advice, int Others)
{
    /// <summary>The one that has been failing longest.</summary>
    public static async Task<Outage?> FindAsync(PortalDb db, IReadOnlyList<WidgetOverview> failing, CancellationToken abort)
    {
        if (failing.Count == 0)
        {
            return null;
        }

        var ids = failing.Select(widget => widget.Id).ToList();
        var outages = await db.Widgets.Where(w => ids.Contains(w.Id))
            .Select(w => new { w.Id, LastAnswer = db.ChatLogs.Where(l => l.WidgetId == w.Id && l.Status == ChatStatus.Answered).Max(l => l.CreatedAt) ?? DateTimeOffset.MinValue })
            .Select(w => new { w.Id, Since = db.ChatLogs.Where(l => l.WidgetId == w.Id && l.Status == ChatStatus.Failed && l.CreatedAt > w.LastAnswer).Min(l => l.CreatedAt) })
            .ToListAsync(abort);
        if (outages.MinBy(outage => outage.Since) is not { } first)
        {
            return null;
        }

        var failed = db.ChatLogs.Where(l => l.WidgetId == first.Id && l.Status == ChatStatus.Failed && l.CreatedAt >= first.Since);
        var type = await db.WebhookErrors.Where(e => e.WidgetId == first.Id).OrderByDescending(e => e.OccurredAt).Select(e => e.ErrorType).FirstOrDefaultAsync(abort);
        return new(
            first.Id,
            failing.First(widget => widget.Id == first.Id).Name,
            first.Since,
            await failed.FromVisitors(db.VisitorSessions).Select(l => l.UserId ?? l.Id.ToString()).Distinct().CountAsync(abort),
            WebhookErrors.Parse(type)?.Advice,
            failing.Count - 1);
    }
}
