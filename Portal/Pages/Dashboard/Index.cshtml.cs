using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Portal.Model;
using Portal.Web;

namespace Portal.Pages.Dashboard;

/// <summary>
/// What a client sees first: today, by their own clock. A new client sees the way to a first conversation instead.
/// </summary>
public sealed class IndexModel(PortalDb db, CurrentClient client, TimeProvider clock) : PageModel
{
    public const int Days = 30;

    public DateTimeOffset Now { get; } = clock.GetUtcNow();
    public TimeZoneInfo Zone { get; private set; } = TimeZoneInfo.Utc;
    public ClientDay Today { get; private set; }

    /// <summary>Null until a visitor has sent a message.</summary>
    public MessageFigures? Figures { get; private set; }

    public IReadOnlyList<WidgetOverview> Widgets { get; private set; } = [];
    public IReadOnlyList<Row> Recent { get; private set; } = [];
    public Outage? Incident { get; private set; }

    /// <summary>Widgets whose limit is reached; a client's monthly limit is shown once.</summary>
    public IReadOnlyList<(string Widget, Guid Id, UsedUpBudget Budget)> UsedUp =>
        Widgets
            .Where(w => w.Health(Now) == WidgetHealth.OverBudget)
            .DistinctBy(w => w.UsedUp!.IsMonth ? Guid.Empty : w.Id)
            .Select(w => (w.Name, w.Id, w.UsedUp!))
            .ToList();

    /// <summary>Not when an open page refreshes today's part, as it does every ten seconds.</summary>
    public bool HasWeeks => !Request.WantsFragment;

    /// <summary>The last weeks, today included.</summary>
    public Analytics.Figures Weeks { get; private set; } = new([]);

    public IReadOnlyList<TopQuestion> Questions { get; private set; } = [];

    /// <summary>The conversations of the top questions' days.</summary>
    public Conversations.Filter InPeriod => new() { From = Today.Date.AddDays(1 - Days), To = Today.Date };

    /// <summary>Null at the first visit, and within one.</summary>
    public SinceLastVisit? Since { get; private set; }

    /// <summary>The first steps; null once a visitor has sent a message.</summary>
    public IReadOnlyList<Step>? Steps { get; private set; }

    public async Task<IActionResult> OnGetAsync(CancellationToken cancellationToken)
    {
        Zone = await client.ZoneAsync(cancellationToken);
        Today = ClientDay.Of(Now, Zone);
        if (await db.VisitorSessions.WithMessages().FromVisitors().AnyAsync(cancellationToken))
        {
            Figures = await db.MessageFigures(null, Today.From, Today.Until).SingleAsync(cancellationToken);
        }

        Widgets = await db.WidgetOverviewsAsync(Today, cancellationToken, Figures?.ByWidget);
        Recent = await RecentAsync(cancellationToken);
        if (Figures is not null)
        {
            if (HasWeeks)
            {
                Since = await SinceLastVisit.LookAsync(db, User.PersonId, Now, cancellationToken);
                await LoadWeeksAsync(Figures, cancellationToken);
            }

            Incident = await Outage.FindAsync(
                db,
                [.. Widgets.Where(w => w.Health(Now) == WidgetHealth.NotAnswering)],
                cancellationToken
            );
        }
        else
        {
            Steps = await Step.AllAsync(db, Widgets, cancellationToken);
        }

        return Page();
    }

    private Task<List<Row>> RecentAsync(CancellationToken cancellationToken) =>
        db
            .VisitorSessions.WithMessages()
            .NewestFirst()
            .Take(6)
            .Select(s => new Row(
                s.Id,
                db.Widgets.Where(w => w.Id == s.WidgetId).Select(w => w.Name).First(),
                s.FirstMessage,
                s.LastMessageAt,
                s.FailedCount,
                s.UpCount,
                s.DownCount,
                s.LowestConfidence,
                s.Kind
            ))
            .ToListAsync(cancellationToken);

    private async Task LoadWeeksAsync(MessageFigures today, CancellationToken cancellationToken)
    {
        var first = Today.Date.AddDays(1 - Days);
        Weeks = await Analytics.Figures.OfAsync(db, widget: null, first, Today.Date, Today, cancellationToken, today);
        Questions = await db.TopQuestions(null, first, Today.Date, 6)
            .OrderByDescending(q => q.Times)
            .ThenBy(q => q.Question)
            .ToListAsync(cancellationToken);
    }

    public sealed record Row(
        Guid Id,
        string Widget,
        string? FirstMessage,
        DateTimeOffset? LastAt,
        int Failed,
        int Up,
        int Down,
        double? Confidence,
        SessionKind Kind
    );
}
