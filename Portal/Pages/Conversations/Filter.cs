using Microsoft.AspNetCore.Mvc;
using Portal.Model;

namespace Portal.Pages.Conversations;

/// <summary>Which conversations the list shows. All of it stands in the address.</summary>
public sealed record Filter
{
    [FromQuery(Name = "widget")]
    public Guid? Widget { get; init; }

    /// <summary><c>up</c> or <c>down</c>.</summary>
    [FromQuery(Name = "feedback")]
    public string? Feedback { get; init; }

    [FromQuery(Name = "failed")]
    public bool Failed { get; init; }

    [FromQuery(Name = "older")]
    public string? Older { get; init; }

    [FromQuery(Name = "newer")]
    public string? Newer { get; init; }

    public bool IsOn => Widget is not null || Feedback is "up" or "down" || Failed;

    public IQueryable<VisitorSession> Apply(IQueryable<VisitorSession> sessions)
    {
        sessions = Widget is { } widget ? sessions.Where(s => s.WidgetId == widget) : sessions;
        sessions = Failed ? sessions.Where(s => s.FailedCount > 0) : sessions;
        return Feedback switch
        {
            "up" => sessions.Where(s => s.UpCount > 0),
            "down" => sessions.Where(s => s.DownCount > 0),
            _ => sessions,
        };
    }

    /// <summary>The query string of this list, so that every link on it leads back to it.</summary>
    public string Query => string.Concat(Parts().Select((part, i) => $"{(i == 0 ? '?' : '&')}{part.Name}={Uri.EscapeDataString(part.Value)}"));

    private IEnumerable<(string Name, string Value)> Parts()
    {
        if (Widget is { } widget)
        {
            yield return ("widget", widget.ToString());
        }

        if (Feedback is "up" or "down")
        {
            yield return ("feedback", Feedback);
        }

        if (Failed)
        {
            yield return ("failed", "true");
        }

        if (Older is { Length: > 0 })
        {
            yield return ("older", Older);
        }

        if (Newer is { Length: > 0 })
        {
            yield return ("newer", Newer);
        }
    }

    public Filter From(string? older = null, string? newer = null) => this with { Older = older, Newer = newer };
}
