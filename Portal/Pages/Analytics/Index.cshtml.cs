using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Portal.Data;
using Portal.Model;

namespace Portal.Pages.Analytics;

/// <summary>What the widgets did over a span of days, beside the span before it.</summary>
public sealed class IndexModel(
    [FromKeyedServices(ReportsOptions.Key)] PortalDb db,
    CurrentClient client,
    TimeProvider clock
) : PageModel
{
    public const int TopQuestions = 10;

    [BindProperty(SupportsGet = true)]
    public Period By { get; set; } = new();

    public TimeZoneInfo Zone { get; private set; } = TimeZoneInfo.Utc;
    public DateOnly First { get; private set; }
    public DateOnly Last { get; private set; }
    public ClientDay Today { get; private set; }
    public IReadOnlyList<WidgetName> Widgets { get; private set; } = [];
    public Figures Now { get; private set; } = new([]);
    public Figures Before { get; private set; } = new([]);
    public IReadOnlyList<TopQuestion> Questions { get; private set; } = [];

    /// <summary>The conversations of these days and this widget.</summary>
    public Conversations.Filter InPeriod =>
        new()
        {
            From = First,
            To = Last,
            Widget = By.Widget,
        };
    public IReadOnlyList<Weak> ToImprove { get; private set; } = [];

    public bool IsEmpty => Now.Total.Chats == 0 && Before.Total.Chats == 0;

    public async Task<IActionResult> OnGetAsync(CancellationToken cancellationToken)
    {
        ModelState.Clear();
        Zone = await client.ZoneAsync(cancellationToken);
        Today = ClientDay.Of(clock.GetUtcNow(), Zone);
        (First, Last) = By.Of(Today);
        Widgets = await db
            .Widgets.OrderBy(w => w.Name)
            .Select(w => new WidgetName(w.Id, w.Name, w.IsDemo == true))
            .ToListAsync(cancellationToken);
        if (By.Widget is { } asked && Widgets.All(widget => widget.Id != asked))
        {
            return NotFound();
        }

        var length = Last.DayNumber - First.DayNumber + 1;
        var both = await Figures.OfAsync(db, By.Widget, First.AddDays(-length), Last, Today, cancellationToken);
        (Before, Now) = (new([.. both.Days.Take(length)]), new([.. both.Days.Skip(length)]));
        Questions = await db.TopQuestions(By.Widget, First, Last, TopQuestions)
            .OrderByDescending(q => q.Times)
            .ThenBy(q => q.Question)
            .ToListAsync(cancellationToken);

        var (since, until) = (ClientDay.On(First, Zone).From, ClientDay.On(Last, Zone).Until);
        // Questions of prospects are shown for their demo alone.
        var ofDemo = Widgets.Any(widget => widget.Id == By.Widget && widget.IsDemo);
        ToImprove = await db
            .ChatLogs.Where(l =>
                l.CreatedAt >= since && l.CreatedAt < until && (By.Widget == null || l.WidgetId == By.Widget)
            )
            .ToImprove()
            .FromVisitors(db.VisitorSessions)
            .Where(l => ofDemo || !db.VisitorSessions.Any(s => s.Id == l.SessionId && s.Kind == SessionKind.Demo))
            .OrderByDescending(l => l.CreatedAt)
            .Take(8)
            .Select(l => new Weak(
                l.Id,
                l.SessionId,
                l.Message,
                l.Status == ChatStatus.Failed,
                l.Feedback == "down",
                l.Confidence,
                l.CreatedAt!.Value
            ))
            .ToListAsync(cancellationToken);
        return Page();
    }

    public sealed record WidgetName(Guid Id, string Name, bool IsDemo);

    /// <summary>A question whose answer failed, was disliked or had low confidence.</summary>
    public sealed record Weak(
        Guid Id,
        Guid? SessionId,
        string Question,
        bool Failed,
        bool Disliked,
        double? Confidence,
        DateTimeOffset At
    );
}
