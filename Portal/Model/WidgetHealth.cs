using Microsoft.EntityFrameworkCore;

namespace Portal.Model;

/// <summary>The health of a widget, judged by its newest message from a visitor.</summary>
public enum WidgetHealth
{
    /// <summary>No messages yet.</summary>
    Silent,
    Answering,
    NotAnswering,
    Off,

    /// <summary>A demo that nobody can chat with; its <see cref="DemoState"/> says why.</summary>
    DemoExpired,
    DemoRevoked,
    DemoLimitReached,

    /// <summary>It has no workflow yet, so it is not live.</summary>
    NotConnected,

    /// <summary>Its daily, or its client's monthly, message limit is reached.</summary>
    OverBudget,

    /// <summary>Its workflow runs, but has never returned an answer.</summary>
    NoAnswers,
}

/// <summary>What a list shows of a widget.</summary>
/// <param name="Today">Messages from visitors since the client's midnight.</param>
/// <param name="Last">Of its newest message that tells how it is doing: one that was stopped does not.</param>
/// <param name="Website">Origin of its newest conversation on a website; null when it has had none.</param>
public sealed record WidgetOverview(
    Guid Id,
    string Name,
    WidgetConfig Config,
    int Version,
    bool IsOn,
    bool IsDemo,
    bool IsRevoked,
    bool IsUsedUp,
    DateTimeOffset? ExpiresAt,
    int Today,
    string? Website,
    ChatStatus? Last,
    bool HasAnswered,
    bool IsConnected
)
{
    /// <summary>Null while it accepts messages.</summary>
    public UsedUpBudget? UsedUp { get; init; }

    public WidgetHealth Health(DateTimeOffset now) =>
        this switch
        {
            { IsDemo: true }
                when DemoStates.Of(ExpiresAt, IsOn, IsRevoked, IsUsedUp, now) is not DemoState.Active and var over =>
                over switch
                {
                    DemoState.Expired => WidgetHealth.DemoExpired,
                    DemoState.LimitReached => WidgetHealth.DemoLimitReached,
                    _ => WidgetHealth.DemoRevoked,
                },
            { IsOn: false } => WidgetHealth.Off,
            _ when ExpiresAt <= now => WidgetHealth.Off,
            { IsConnected: false } => WidgetHealth.NotConnected,
            { UsedUp: not null } => WidgetHealth.OverBudget,
            { Last: ChatStatus.Failed } => WidgetHealth.NotAnswering,
            // The workflow runs, but one that has never returned an answer does not count as operational.
            { Last: ChatStatus.Empty, HasAnswered: false } => WidgetHealth.NoAnswers,
            { Last: ChatStatus.Answered or ChatStatus.Empty } => WidgetHealth.Answering,
            _ => WidgetHealth.Silent,
        };

    /// <summary>The website without its scheme.</summary>
    public string? Host =>
        Website is { } origin && Uri.TryCreate(origin, UriKind.Absolute, out var url) ? url.Authority : null;
}

public static class WidgetOverviews
{
    extension(PortalDb db)
    {
        /// <param name="asked">How many messages each widget had today, where that is known already.</param>
        public async Task<List<WidgetOverview>> WidgetOverviewsAsync(
            ClientDay today,
            CancellationToken cancellationToken,
            IReadOnlyDictionary<Guid, int>? asked = null
        ) =>
            await db
                .Widgets.OrderBy(w => w.Name)
                .OverviewsAsync(
                    db,
                    asked ?? await db.AskedAsync(db.Widgets, today, cancellationToken),
                    cancellationToken
                );

        public async Task<WidgetOverview?> WidgetOverviewAsync(
            Guid id,
            ClientDay today,
            CancellationToken cancellationToken
        )
        {
            var widget = db.Widgets.Where(w => w.Id == id);
            return (
                await widget.OverviewsAsync(
                    db,
                    await db.AskedAsync(widget, today, cancellationToken),
                    cancellationToken
                )
            ).SingleOrDefault();
        }

        // All at once: one query per widget takes a client with a hundred widgets twice as long.
        private Task<Dictionary<Guid, int>> AskedAsync(
            IQueryable<Widget> widgets,
            ClientDay today,
            CancellationToken cancellationToken
        ) =>
            db
                .ChatLogs.On(today)
                .FromVisitors(db.VisitorSessions)
                .Where(l => widgets.Any(w => w.Id == l.WidgetId))
                .GroupBy(l => l.WidgetId)
                .Select(asked => new { Widget = asked.Key, Count = asked.Count() })
                .ToDictionaryAsync(asked => asked.Widget, asked => asked.Count, cancellationToken);
    }

    private static async Task<List<WidgetOverview>> OverviewsAsync(
        this IQueryable<Widget> widgets,
        PortalDb db,
        IReadOnlyDictionary<Guid, int> asked,
        CancellationToken cancellationToken
    )
    {
        var finished = db
            .ChatLogs.Where(l => l.Status != ChatStatus.Pending && l.Status != ChatStatus.Stopped)
            .OrderByDescending(l => l.CreatedAt);
        var live = db
            .VisitorSessions.WithMessages()
            .Where(s => s.Kind == SessionKind.Live && s.Origin != "")
            .NewestFirst();

        var overviews = await widgets
            .Select(w => new WidgetOverview(
                w.Id,
                w.Name,
                w.Config,
                w.Version,
                w.IsActive != false,
                w.IsDemo == true,
                db.DemoLinks.Any(link => link.WidgetId == w.Id && link.RevokedAt != null),
                db.DemoLinks.Any(link => link.WidgetId == w.Id && link.Messages >= link.MessageCap),
                w.ExpiresAt,
                0,
                live.Where(s => s.WidgetId == w.Id).Select(s => s.Origin).FirstOrDefault(),
                finished.Where(l => l.WidgetId == w.Id).Select(l => (ChatStatus?)l.Status).FirstOrDefault(),
                db.ChatLogs.Any(l => l.WidgetId == w.Id && l.Status == ChatStatus.Answered),
                w.WebhookUrl != ""
            ))
            .ToListAsync(cancellationToken);
        var usedUp = await db.UsedUpBudgetsAsync(cancellationToken);
        return overviews.ConvertAll(overview =>
            overview with
            {
                Today = asked.GetValueOrDefault(overview.Id),
                UsedUp = usedUp.Of(overview.Id),
            }
        );
    }
}
