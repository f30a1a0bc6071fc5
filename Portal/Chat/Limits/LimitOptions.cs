using System.ComponentModel.DataAnnotations;

namespace Portal.Chat;

/// <summary>How much visitors may ask (<c>Portal:Limits:…</c>). 0 means without limit.</summary>
public sealed class LimitOptions
{
    /// <summary>No limits of rate: where something in front of the portal sees to them. Budgets stay.</summary>
    public bool Off { get; set; }

    [Range(0, int.MaxValue)]
    public int SessionsPerMinuteAndAddress { get; set; } = 10;

    [Range(0, int.MaxValue)]
    public int SessionsPerHourAndAddress { get; set; } = 60;

    [Range(0, int.MaxValue)]
    public int MessagesPerMinuteAndSession { get; set; } = 20;

    [Range(0, int.MaxValue)]
    public int MessagesPerHourAndSession { get; set; } = 200;

    [Range(0, int.MaxValue)]
    public int MessagesPerMinuteAndAddress { get; set; } = 60;

    [Range(0, int.MaxValue)]
    public int MessagesPerMinuteAndWidget { get; set; } = 300;

    /// <summary>Everything else: histories, thumbs, stops, callbacks.</summary>
    [Range(0, int.MaxValue)]
    public int CallsPerMinuteAndAddress { get; set; } = 300;

    /// <summary>Looks and pictures of widgets: one of the first for each page that carries a widget.</summary>
    [Range(0, int.MaxValue)]
    public int LooksPerMinuteAndAddress { get; set; } = 600;

    /// <summary>Calls that name a widget that is not there, or bring a token that is none.</summary>
    [Range(0, int.MaxValue)]
    public int MissesPerMinuteAndAddress { get; set; } = 60;

    /// <summary>Test messages from the connection page.</summary>
    [Range(0, 3600)]
    public int TestCallsPerHourAndClient { get; set; } = 20;

    /// <summary>What a widget may use up in a day when its row says nothing else.</summary>
    [Range(0, int.MaxValue)]
    public int MessagesPerDayAndWidget { get; set; } = 5_000;

    /// <summary>What a client may use up in a month when its row says nothing else.</summary>
    [Range(0, int.MaxValue)]
    public int MessagesPerMonthAndClient { get; set; } = 100_000;

    /// <summary>Connections at the same time. A conversation holds one while its answer is written.</summary>
    [Range(1, int.MaxValue)]
    public int Connections { get; set; } = 10_000;
}
