using Microsoft.EntityFrameworkCore;
using Portal.Inbox;
using Portal.Model;

namespace Portal.Pages.Conversations;

/// <summary>Where a conversation stands, as its side panel shows it.</summary>
public sealed record WorkView(Guid Id, ConversationState State, Guid? AssigneeId, IReadOnlyList<string> Tags)
{
    public DateTimeOffset? WaitingSince { get; private init; }
    public IReadOnlyList<Member> Members { get; private init; } = [];
    public IReadOnlyList<string> KnownTags { get; private init; } = [];
    public IReadOnlyList<Line> Lines { get; private init; } = [];
    public TimeZoneInfo Zone { get; private init; } = TimeZoneInfo.Utc;

    /// <summary>What was typed and not accepted, with the reason.</summary>
    public (string Text, string Error)? Refused { get; init; }

    /// <summary>Somebody who is not in the team any more still has a name here.</summary>
    public string? Assignee =>
        AssigneeId is { } id ? Members.FirstOrDefault(member => member.Id == id)?.Name ?? "Somebody who left" : null;

    /// <summary>Null when there is no such conversation.</summary>
    public static async Task<WorkView?> FindAsync(
        PortalDb db,
        InboxService inbox,
        CurrentClient client,
        Guid id,
        CancellationToken cancellationToken
    )
    {
        var found = await db
            .VisitorSessions.Where(s => s.Id == id)
            .Select(s => new { s.MessageCount, Work = db.ConversationWork.FirstOrDefault(w => w.SessionId == id) })
            .SingleOrDefaultAsync(cancellationToken);
        if (found is null)
        {
            return null;
        }

        var lines = await db
            .ConversationNotes.Where(note => note.SessionId == id)
            .OrderBy(note => note.CreatedAt)
            .ThenBy(note => note.Id)
            .Select(note => new Line(note.Id, note.Kind, note.AuthorId, note.AuthorName, note.Text, note.CreatedAt))
            .ToListAsync(cancellationToken);
        return new WorkView(id, found.Work.StateAt(found.MessageCount), found.Work?.AssigneeId, found.Work?.Tags ?? [])
        {
            WaitingSince = found.Work?.WaitingSince,
            Members = await inbox.MembersAsync(cancellationToken),
            KnownTags = await inbox.TagsAsync(cancellationToken),
            Lines = lines,
            Zone = await client.ZoneAsync(cancellationToken),
        };
    }

    public sealed record Line(Guid Id, NoteKind Kind, Guid AuthorId, string Author, string Text, DateTimeOffset At);
}
