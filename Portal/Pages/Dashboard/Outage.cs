using Microsoft.EntityFrameworkCore;
using Portal.Model;

namespace Portal.Pages.Dashboard;

/// <summary>A widget that has stopped answering: since when, how many visitors met it, and why.</summary>
/// <param name="Others">How many more widgets are not answering.</param>
public sealed record Outage(
    Guid WidgetId,
    string Widget,
    DateTimeOffset? Since,
    DateTimeOffset? LastAt,
    int Messages,
    int Visitors,
    WebhookAdvice? Advice,
    int Others
)
{
    /// <summary>The one that has been failing longest.</summary>
    public static async Task<Outage?> FindAsync(
        PortalDb db,
        IReadOnlyList<WidgetOverview> failing,
        CancellationToken cancellationToken
    )
    {
        var all = await SinceAsync(db, failing, cancellationToken);
        return all.Count == 0
            ? null
            : await OfAsync(db, failing, all[0].Id, all[0].Since, all.Count - 1, cancellationToken);
    }

    /// <summary>All of them, the one that has been failing longest first.</summary>
    public static async Task<IReadOnlyList<Outage>> AllAsync(
        PortalDb db,
        IReadOnlyList<WidgetOverview> failing,
        CancellationToken cancellationToken
    )
    {
        var outages = new List<Outage>();
        foreach (var (id, since) in await SinceAsync(db, failing, cancellationToken))
        {
            outages.Add(await OfAsync(db, failing, id, since, others: 0, cancellationToken));
        }

        return outages;
    }

    // An empty result shows that the workflow runs, so it ends an outage as an answer does.
    private static async Task<List<(Guid Id, DateTimeOffset? Since)>> SinceAsync(
        PortalDb db,
        IReadOnlyList<WidgetOverview> failing,
        CancellationToken cancellationToken
    )
    {
        if (failing.Count == 0)
        {
            return [];
        }

        var ids = failing.Select(widget => widget.Id).ToList();
        var outages = await db
            .Widgets.Where(w => ids.Contains(w.Id))
            .Select(w => new
            {
                w.Id,
                LastAnswer = db.ChatLogs.Where(l =>
                        l.WidgetId == w.Id && (l.Status == ChatStatus.Answered || l.Status == ChatStatus.Empty)
                    )
                    .Max(l => l.CreatedAt)
                    ?? DateTimeOffset.MinValue,
            })
            .Select(w => new
            {
                w.Id,
                Since = db
                    .ChatLogs.Where(l =>
                        l.WidgetId == w.Id && l.Status == ChatStatus.Failed && l.CreatedAt > w.LastAnswer
                    )
                    .Min(l => l.CreatedAt),
            })
            .ToListAsync(cancellationToken);
        return [.. outages.OrderBy(outage => outage.Since).Select(outage => (outage.Id, outage.Since))];
    }

    private static async Task<Outage> OfAsync(
        PortalDb db,
        IReadOnlyList<WidgetOverview> failing,
        Guid id,
        DateTimeOffset? since,
        int others,
        CancellationToken cancellationToken
    )
    {
        var failed = db
            .ChatLogs.Where(l => l.WidgetId == id && l.Status == ChatStatus.Failed && l.CreatedAt >= since)
            .FromVisitors(db.VisitorSessions);
        var cause = await db
            .WebhookErrors.Where(e =>
                e.WidgetId == id && !db.ChatLogs.Any(l => l.Id == e.ChatLogId && l.Status == ChatStatus.Empty)
            )
            .OrderByDescending(e => e.OccurredAt)
            .Select(e => new
            {
                e.ErrorType,
                e.StatusCode,
                e.ErrorMessage,
            })
            .FirstOrDefaultAsync(cancellationToken);
        return new(
            id,
            failing.First(widget => widget.Id == id).Name,
            since,
            await failed.MaxAsync(l => l.CreatedAt, cancellationToken),
            await failed.CountAsync(cancellationToken),
            await failed.Select(l => l.UserId ?? l.Id.ToString()).Distinct().CountAsync(cancellationToken),
            WebhookDiagnosis.Of(cause?.ErrorType, cause?.StatusCode, cause?.ErrorMessage),
            others
        );
    }
}
