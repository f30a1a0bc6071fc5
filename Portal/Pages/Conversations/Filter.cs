using System.Globalization;
using Microsoft.AspNetCore.Mvc;
using Portal.Model;

namespace Portal.Pages.Conversations;

/// <summary>Which conversations the list shows. All of it is in the query string.</summary>
public sealed record Filter
{
    /// <summary>Words that were written, by visitor or bot.</summary>
    [FromQuery(Name = "q")]
    public string? Words { get; init; }

    [FromQuery(Name = "widget")]
    public Guid? Widget { get; init; }

    /// <summary>First day, in the client's time zone.</summary>
    [FromQuery(Name = "from")]
    public DateOnly? From { get; init; }

    /// <summary>Last day.</summary>
    [FromQuery(Name = "to")]
    public DateOnly? To { get; init; }

    /// <summary><c>up</c> or <c>down</c>.</summary>
    [FromQuery(Name = "feedback")]
    public string? Feedback { get; init; }

    /// <summary>Only those with an answer below 0.5.</summary>
    [FromQuery(Name = "unsure")]
    public bool Unsure { get; init; }

    [FromQuery(Name = "failed")]
    public bool Failed { get; init; }

    /// <summary><c>open</c>, <c>waiting</c> or <c>done</c>.</summary>
    [FromQuery(Name = "state")]
    public string? State { get; init; }

    /// <summary>The id of the person who looks after it, or <c>nobody</c>.</summary>
    [FromQuery(Name = "assignee")]
    public string? Assignee { get; init; }

    [FromQuery(Name = "tag")]
    public string? Tag { get; init; }

    /// <summary>Only those with messages that the reader has not seen.</summary>
    [FromQuery(Name = "unread")]
    public bool Unread { get; init; }

    /// <summary>The conversations of the same visitor as this one.</summary>
    [FromQuery(Name = "visitor")]
    public Guid? Visitor { get; init; }

    /// <summary>This one alone, for its export.</summary>
    [FromQuery(Name = "conversation")]
    public Guid? Conversation { get; init; }

    [FromQuery(Name = "older")]
    public string? Older { get; init; }

    [FromQuery(Name = "newer")]
    public string? Newer { get; init; }

    public const string Nobody = "nobody";

    /// <summary>Null: whatever its state.</summary>
    public ConversationState? OfState =>
        State is "open" or "waiting" or "done" ? Enum.Parse<ConversationState>(State, ignoreCase: true) : null;

    public Guid? AssigneeId => Guid.TryParse(Assignee, out var id) ? id : null;

    public bool HasWords => !string.IsNullOrWhiteSpace(Words);

    public bool IsOn =>
        HasWords
        || Widget is not null
        || From is not null
        || To is not null
        || Feedback is "up" or "down"
        || Unsure
        || Failed
        || OfState is not null
        || AssigneeId is not null
        || Assignee == Nobody
        || !string.IsNullOrEmpty(Tag)
        || Unread
        || Visitor is not null
        || Conversation is not null;

    /// <summary>A search without other filters, on the first page.</summary>
    public bool IsWordsAlone => HasWords && !(this with { Words = null }).IsOn && Older is null && Newer is null;

    /// <param name="zone">Whose days <see cref="From"/> and <see cref="To"/> are.</param>
    /// <param name="reader">Whose unread conversations <see cref="Unread"/> means.</param>
    /// <param name="mostFound">Of the conversations in which <see cref="Words"/> were said, the newest.</param>
    public async Task<IQueryable<VisitorSession>> ApplyAsync(
        PortalDb db,
        TimeZoneInfo zone,
        Guid reader,
        int mostFound,
        CancellationToken cancellationToken
    )
    {
        var sessions = db.VisitorSessions.WithMessages();
        sessions = HasWords ? await sessions.SayingAsync(db, Words!, mostFound, cancellationToken) : sessions;
        sessions = Widget is { } widget ? sessions.Where(s => s.WidgetId == widget) : sessions;
        sessions = Visitor is { } of
            ? sessions.Where(s =>
                s.VisitorId
                == db.VisitorSessions.Where(own => own.Id == of).Select(own => own.VisitorId).FirstOrDefault()
            )
            : sessions;
        sessions = Conversation is { } one ? sessions.Where(s => s.Id == one) : sessions;
        sessions = Failed ? sessions.Where(s => s.FailedCount > 0) : sessions;
        sessions = Unsure ? sessions.Where(s => s.LowestConfidence < 0.5) : sessions;
        sessions = OfState is { } state ? sessions.In(state, db.ConversationWork) : sessions;
        sessions = AssigneeId is { } assignee
            ? sessions.Where(s => db.ConversationWork.Any(w => w.SessionId == s.Id && w.AssigneeId == assignee))
            : sessions;
        sessions =
            Assignee == Nobody
                ? sessions.Where(s => !db.ConversationWork.Any(w => w.SessionId == s.Id && w.AssigneeId != null))
                : sessions;
        sessions = string.IsNullOrEmpty(Tag)
            ? sessions
            : sessions.Where(s => db.ConversationWork.Any(w => w.SessionId == s.Id && w.Tags.Contains(Tag)));
        sessions = Unread ? sessions.UnreadBy(reader, db.ConversationReads) : sessions;
        var (since, until) = ClientDay.Span(From, To, zone);
        sessions = since is null ? sessions : sessions.Where(s => s.LastMessageAt >= since);
        sessions = until is null ? sessions : sessions.Where(s => s.LastMessageAt < until);

        return Feedback switch
        {
            "up" => sessions.Where(s => s.UpCount > 0),
            "down" => sessions.Where(s => s.DownCount > 0),
            _ => sessions,
        };
    }

    /// <summary>The query string of this list, so that every link on it leads back to it.</summary>
    public string Query => List.Text;

    /// <summary>All parameters except search and position, as hidden fields of the search form.</summary>
    public IEnumerable<(string Name, string Value)> Others => List.Hidden;

    private ListQuery List =>
        new(
            ("q", Words?.Trim()),
            ("widget", Widget?.ToString()),
            ("from", From?.ToString("O", CultureInfo.InvariantCulture)),
            ("to", To?.ToString("O", CultureInfo.InvariantCulture)),
            ("feedback", Feedback is "up" or "down" ? Feedback : null),
            ("unsure", Unsure ? "true" : null),
            ("failed", Failed ? "true" : null),
            ("state", OfState is null ? null : State),
            ("assignee", AssigneeId is not null || Assignee == Nobody ? Assignee : null),
            ("tag", string.IsNullOrEmpty(Tag) ? null : Tag),
            ("unread", Unread ? "true" : null),
            ("visitor", Visitor?.ToString()),
            ("conversation", Conversation?.ToString()),
            ("older", Older),
            ("newer", Newer)
        );

    public Filter At(string? older = null, string? newer = null) => this with { Older = older, Newer = newer };
}
