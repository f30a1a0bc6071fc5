using System.Globalization;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Portal.Audit;
using Portal.Data;
using Portal.Limits;
using Portal.Model;
using Portal.Web;

namespace Portal.Pages.Conversations;

/// <summary>The listed conversations as a CSV file, one row a message, streamed; times by the client's clock.</summary>
public sealed class ExportModel(
    PortalDb db,
    [FromKeyedServices(ReportsOptions.Key)] PortalDb reports,
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
        var sessions = await By.ApplyAsync(reports, zone, User.PersonId, MostFound, cancellationToken);
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

            foreach (var row in await MessagesOf(page.ConvertAll(s => s.Id)).ToListAsync(cancellationToken))
            {
                yield return row.Columns(zone);
            }

            last = new(page[^1].LastMessageAt!.Value, page[^1].Id);
        }
    }

    private IQueryable<Row> MessagesOf(List<Guid> sessions) =>
        from log in reports.ChatLogs.AsNoTracking()
        where log.SessionId != null && sessions.Contains(log.SessionId.Value)
        join session in reports.VisitorSessions on log.SessionId equals session.Id
        join widget in reports.Widgets on log.WidgetId equals widget.Id
        orderby session.LastMessageAt descending, session.Id descending, log.CreatedAt, log.Id
        select new Row(widget.Name, session.Id, session.VisitorId, session.Kind, log);

    private sealed record Row(string Widget, Guid Session, string Visitor, SessionKind Kind, ChatLog Log)
    {
        public object?[] Columns(TimeZoneInfo zone) =>
            [
                Log.CreatedAt is { } at
                    ? TimeZoneInfo.ConvertTime(at, zone).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)
                    : null,
                zone.Id,
                Widget,
                Session,
                Visitor,
                Kind.ToString().ToLowerInvariant(),
                Log.PageUrl,
                Log.Message,
                Log.Response,
                Log.Status is ChatStatus.Answered or ChatStatus.Stopped ? "AI" : null,
                Log.Status.ToString().ToLowerInvariant(),
                Log.Confidence,
                Log.LatencyMs / 1000d,
                Log.Feedback,
                Log.FeedbackComment,
            ];
    }
}
