using System.Globalization;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Portal.Audit;
using Portal.Limits;
using Portal.Model;
using Portal.Web;

namespace Portal.Pages.Conversations;

/// <summary>The listed conversations as a CSV file, one row a message, streamed; times by the client's clock.</summary>
public sealed class ExportModel(
    PortalDb db,
    CurrentClient client,
    ActionLimits limits,
    AuditLog audit,
    TimeProvider clock
) : PageModel
{
    private const int PageSize = 500;
    private const int MostFound = 10_000;

    private static readonly string[] s_columns =
    [
        "Time",
        "Time zone",
        "Widget",
        "Conversation",
        "Visitor",
        "Source",
        "Page",
        "Question",
        "Answer",
        "Answered by",
        "Status",
        "Confidence",
        "Response time (s)",
        "Feedback",
        "Comment",
    ];

    [BindProperty(SupportsGet = true)]
    public Filter By { get; set; } = new();

    public async Task<IActionResult> OnGetAsync(CancellationToken cancellationToken)
    {
        ModelState.Clear();
        await limits.ExportAsync(User, cancellationToken);
        var zone = await client.ZoneAsync(cancellationToken);
        var today = ClientDay.Of(clock.GetUtcNow(), zone).Date;
        var widget = By.Widget is { } id
            ? await db.Widgets.Where(w => w.Id == id).Select(w => w.Name).SingleOrDefaultAsync(cancellationToken)
            : null;
        var subject = By.Visitor is { } visitor ? new Subject(visitor, null) : new Subject(By.Widget, widget);
        audit.Add(
            db,
            AuditAction.ConversationsExported,
            subject,
            AuditChange.Kind(By.Visitor is null ? ExportKind.Conversations : ExportKind.Visitor)
        );
        await db.SaveChangesAsync(cancellationToken);
        return new CsvFile($"conversations-{today:yyyy-MM-dd}.csv", s_columns, RowsAsync(zone, cancellationToken));
    }

    private enum ExportKind
    {
        Conversations,
        Visitor,
    }

    // Keyset pages instead of one long query: a slow download holds no transaction open.
    private async IAsyncEnumerable<object?[]> RowsAsync(
        TimeZoneInfo zone,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var sessions = await By.ApplyAsync(db, zone, MostFound, cancellationToken);
        IndexModel.Cursor? last = null;
        while (true)
        {
            var place = last;
            var page = await (place is null ? sessions : sessions.Before(place.At, place.Id))
                .NewestFirst()
                .Take(PageSize)
                .Select(s => new { s.Id, s.LastMessageAt })
                .ToListAsync(cancellationToken);
            if (page.Count == 0)
            {
                yield break;
            }

            var ids = page.ConvertAll(s => s.Id);
            var rows = await db
                .ChatLogs.Where(l => l.SessionId != null && ids.Contains(l.SessionId.Value))
                .Join(db.VisitorSessions, l => l.SessionId, s => s.Id, (l, s) => new { l, s })
                .Join(
                    db.Widgets,
                    both => both.l.WidgetId,
                    w => w.Id,
                    (both, w) =>
                        new
                        {
                            both.l,
                            both.s,
                            Widget = w.Name,
                        }
                )
                .OrderByDescending(row => row.s.LastMessageAt)
                .ThenByDescending(row => row.s.Id)
                .ThenBy(row => row.l.CreatedAt)
                .ThenBy(row => row.l.Id)
                .Select(row => new
                {
                    row.l.CreatedAt,
                    row.Widget,
                    Session = row.s.Id,
                    row.s.VisitorId,
                    row.s.Kind,
                    row.l.PageUrl,
                    row.l.Message,
                    row.l.Response,
                    row.l.Status,
                    row.l.Confidence,
                    row.l.LatencyMs,
                    row.l.Feedback,
                    row.l.FeedbackComment,
                })
                .ToListAsync(cancellationToken);
            foreach (var row in rows)
            {
                yield return
                [
                    row.CreatedAt is { } at
                        ? TimeZoneInfo
                            .ConvertTime(at, zone)
                            .ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)
                        : null,
                    zone.Id,
                    row.Widget,
                    row.Session,
                    row.VisitorId,
                    row.Kind.ToString().ToLowerInvariant(),
                    row.PageUrl,
                    row.Message,
                    row.Response,
                    row.Status is ChatStatus.Answered or ChatStatus.Stopped ? "AI" : null,
                    row.Status.ToString().ToLowerInvariant(),
                    row.Confidence,
                    row.LatencyMs / 1000d,
                    row.Feedback,
                    row.FeedbackComment,
                ];
            }

            last = new(page[^1].LastMessageAt!.Value, page[^1].Id);
        }
    }
}
