using Portal.Model;

namespace Portal.Pages.Widgets;

/// <summary>What stands over each of a widget's pages: its name, how it is doing, the switch, the tabs.</summary>
/// <param name="Tab">The page we are on, by its name.</param>
public sealed record WidgetHead(Guid Id, string Name, int Version, bool IsOn, WidgetHealth Health, string Tab)
{
    /// <summary>The budget that blocks its messages; null if none does.</summary>
    public UsedUpBudget? UsedUp { get; init; }

    /// <summary>Of its client.</summary>
    public TimeZoneInfo Zone { get; init; } = TimeZoneInfo.Utc;

    /// <summary>True when it is swapped out of band with another fragment.</summary>
    public bool Swap { get; init; }

    /// <summary>Only on the page that edits it.</summary>
    public DraftState? Draft { get; init; }

    public static readonly IReadOnlyList<string> Tabs =
    [
        "Customize",
        "Connection",
        "Install",
        "Test",
        "Versions",
        "Settings",
    ];

    public static async Task<WidgetHead?> FindAsync(
        PortalDb db,
        CurrentClient client,
        Guid id,
        string tab,
        DateTimeOffset now,
        CancellationToken cancellationToken
    ) =>
        await db.WidgetOverviewAsync(id, ClientDay.Of(now, TimeZoneInfo.Utc), cancellationToken) is { } widget
            ? new(id, widget.Name, widget.Version, widget.IsOn, widget.Health(now), tab)
            {
                UsedUp = widget.UsedUp,
                Zone = widget.UsedUp is null ? TimeZoneInfo.Utc : await client.ZoneAsync(cancellationToken),
            }
            : null;

    /// <summary>On the page that edits it.</summary>
    public static async Task<WidgetHead> WithDraftAsync(
        PortalDb db,
        CurrentClient client,
        Widget widget,
        DateTimeOffset now,
        CancellationToken cancellationToken
    ) =>
        (await FindAsync(db, client, widget.Id, "Customize", now, cancellationToken))! with
        {
            Draft = new(
                widget.Draft is null ? null : widget.UpdatedAt,
                ConfigChanges.Between(widget.Config, widget.Editing).Count,
                await client.ZoneAsync(cancellationToken)
            ),
        };
}

/// <summary>How the draft of a widget stands.</summary>
/// <param name="SavedAt">Null: there is none.</param>
/// <param name="Changes">How many settings differ from what is live.</param>
public sealed record DraftState(DateTimeOffset? SavedAt, int Changes, TimeZoneInfo Zone)
{
    public DraftProblem Problem { get; init; }
}

public enum DraftProblem
{
    None,

    /// <summary>A field has an error.</summary>
    Wrong,

    /// <summary>Somebody else has published or saved meanwhile.</summary>
    Overtaken,
}
