using System.ComponentModel.DataAnnotations;

namespace Portal.Chat;

/// <summary>How much visitors may ask (<c>Portal:Limits:…</c>). 0 means without limit.</summary>
public sealed class LimitOptions
{
    /// <summary>No limits of rate: where something in front of the portal sees to them. Budgets stay.</summary>
    public bool Off { get; set; }

    /// <summary>Conversations that are opened from one address; an IPv6 network of 64 bits is one.</summary>
    [Range(0, int.MaxValue)]
    public int SessionsPerMinuteAndAddress { get; set; } = 10;

    /// <summary>The same in an hour.</summary>
    [Range(0, int.MaxValue)]
    public int SessionsPerHourAndAddress { get; set; } = 60;

    /// <summary>Messages of one visitor. A client may set fewer for a widget.</summary>
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

    /// <summary>Everything else: histories, thumbs, stops.</summary>
    [Range(0, int.MaxValue)]
    public int CallsPerMinuteAndAddress { get; set; } = 300;

    /// <summary>Late answers that one n8n posts, of all its widgets together.</summary>
    [Range(0, int.MaxValue)]
    public int CallbacksPerMinuteAndAddress { get; set; } = 3_000;

    /// <summary>How widgets look, and their pictures: asked for by each page that carries one.</summary>
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
