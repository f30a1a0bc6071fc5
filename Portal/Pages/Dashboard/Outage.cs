using Microsoft.EntityFrameworkCore;
using Portal.Model;
using Portal.Webhooks;

namespace Portal.Pages.Dashboard;

/// <summary>A widget that has stopped answering: since when, how many visitors met it, and why.</summary>
/// <param name="Others">How many more widgets are not answering.</param>
public sealed record Outage(Guid WidgetId, string Widget, DateTimeOffset? Since, int Visitors, WebhookAdvice? Advice, int Others)
{
    /// <summary>The one that has been failing longest.</summary>
    public static async Task<Outage?> FindAsync(PortalDb db, IEnumerable<WidgetOverview> failing, CancellationToken abort)
    {
        var outages = new List<Outage>();
        foreach (var widget in failing.Take(10))
        {
            var lastAnswer = await db.ChatLogs.Where(l => l.WidgetId == widget.Id && l.Status == ChatStatus.Answered).MaxAsync(l => l.CreatedAt, abort);
            var failed = db.ChatLogs.Where(l => l.WidgetId == widget.Id && l.Status == ChatStatus.Failed && (lastAnswer == null || l.CreatedAt > lastAnswer));
            var type = await db.WebhookErrors.Where(e => e.WidgetId == widget.Id).OrderByDescending(e => e.OccurredAt).Select(e => e.ErrorType).FirstOrDefaultAsync(abort);
            outages.Add(new(
                widget.Id,
                widget.Name,
                await failed.MinAsync(l => l.CreatedAt, abort),
                await failed.FromVisitors(db.VisitorSessions).Select(l => l.UserId ?? l.Id.ToString()).Distinct().CountAsync(abort),
                WebhookErrors.Parse(type)?.Advice,
                0));
        }

        return outages.MinBy(outage => outage.Since) is { } first ? first with { Others = outages.Count - 1 } : null;
    }
}
