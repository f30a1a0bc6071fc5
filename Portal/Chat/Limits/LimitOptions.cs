using System.ComponentModel.DataAnnotations;

namespace Portal.Chat;

/// <summary>How much visitors may ask (<c>Portal:Limits:…</c>). 0 means without limit.</summary>
public sealed class LimitOptions
{
    /// <summary>Turns rate limits off, for portals behind something that enforces them. Budgets still apply.</summary>
    public bool Off { get; set; }

    /// <summary>Conversations opened from one address. An IPv6 /64 network counts as one address.</summary>
    [Range(0, int.MaxValue)]
    public int SessionsPerMinuteAndAddress { get; set; } = 10;

    /// <summary>The same in an hour.</summary>
    [Range(0, int.MaxValue)]
    public int SessionsPerHourAndAddress { get; set; } = 60;

    /// <summary>Messages of one visitor. A client may set a lower limit for a widget.</summary>
    [Range(0, int.MaxValue)]
    public int MessagesPerMinuteAndSession { get; set; } = 20;

    /// <summary>The same in an hour.</summary>
    [Range(0, int.MaxValue)]
    public int MessagesPerHourAndSession { get; set; } = 200;

    /// <summary>Messages of all visitors behind one address.</summary>
    [Range(0, int.MaxValue)]
    public int MessagesPerMinuteAndAddress { get; set; } = 60;

    /// <summary>Messages of all visitors of one widget.</summary>
    [Range(0, int.MaxValue)]
    public int MessagesPerMinuteAndWidget { get; set; } = 300;

    /// <summary>Everything else: histories, ratings, stops.</summary>
    [Range(0, int.MaxValue)]
    public int CallsPerMinuteAndAddress { get; set; } = 300;

    /// <summary>Late answers that one n8n posts, for all its widgets together.</summary>
    [Range(0, int.MaxValue)]
    public int CallbacksPerMinuteAndAddress { get; set; } = 3_000;

    /// <summary>Configs and pictures of widgets, which every page with a widget requests.</summary>
    [Range(0, int.MaxValue)]
    public int LooksPerMinuteAndAddress { get; set; } = 600;

    /// <summary>Calls with an unknown widget or an invalid token.</summary>
    [Range(0, int.MaxValue)]
    public int MissesPerMinuteAndAddress { get; set; } = 60;

    /// <summary>Test messages from the Connection page.</summary>
    [Range(0, 3600)]
    public int TestCallsPerHourAndClient { get; set; } = 20;

    /// <summary>A widget's daily message budget, unless its row has another.</summary>
    [Range(0, int.MaxValue)]
    public int MessagesPerDayAndWidget { get; set; } = 5_000;

    /// <summary>A client's monthly message budget, unless its row has another.</summary>
    [Range(0, int.MaxValue)]
    public int MessagesPerMonthAndClient { get; set; } = 100_000;

    /// <summary>Simultaneous connections. A conversation holds one while its answer is streamed.</summary>
    [Range(1, int.MaxValue)]
    public int Connections { get; set; } = 10_000;
}
