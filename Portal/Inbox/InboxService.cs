using Microsoft.EntityFrameworkCore;
using Portal.Model;

namespace Portal.Inbox;

/// <summary>
/// What people do with the entered client's conversations. Each deed leaves a line in the conversation's own history,
/// and changes nothing that visitors see.
/// </summary>
public sealed class InboxService(PortalDb db, AccountsDb accounts, Tenant tenant, TimeProvider clock)
{
    /// <summary>The most conversations that one deed changes.</summary>
    public const int AtMost = 200;

    /// <summary>Those who can look after a conversation: everybody who can sign in for the client.</summary>
    public Task<List<Member>> MembersAsync(CancellationToken cancellationToken)
    {
        var client = tenant.Id;
        return accounts
            .Users.AsNoTracking()
            .Where(user => user.ClientId == client && user.DisabledAt == null)
            .OrderBy(user => user.DisplayName)
            .ThenBy(user => user.Id)
            .Select(user => new Member(user.Id, user.DisplayName))
            .ToListAsync(cancellationToken);
    }

    /// <summary>The tags that this client uses, most used first.</summary>
    public Task<List<string>> TagsAsync(CancellationToken cancellationToken) =>
        db
            .ConversationWork.SelectMany(work => work.Tags)
            .GroupBy(tag => tag)
            .OrderByDescending(tags => tags.Count())
            .ThenBy(tags => tags.Key)
            .Select(tags => tags.Key)
            .Take(100)
            .ToListAsync(cancellationToken);

    /// <summary>How many conversations wait for a person.</summary>
    public Task<int> WaitingAsync(CancellationToken cancellationToken) =>
        db.ConversationWork.Waiting().CountAsync(cancellationToken);

    public Task<int> SetStateAsync(
        IReadOnlyCollection<Guid> sessions,
        ConversationState state,
        Member by,
        CancellationToken cancellationToken
    ) =>
        ChangeAsync(
            sessions,
            (work, messages, now) => work.SetState(state, messages, now),
            state switch
            {
                ConversationState.Done => "marked this as done",
                ConversationState.Waiting => "marked this as waiting for a person",
                _ => "reopened this",
            },
            by,
            cancellationToken
        );

    /// <summary>How many have another assignee now; null when there is no such person in the team.</summary>
    /// <param name="person">Null: nobody.</param>
    public async Task<int?> AssignAsync(
        IReadOnlyCollection<Guid> sessions,
        Guid? person,
        Member by,
        CancellationToken cancellationToken
    )
    {
        var assignee = person is { } id
            ? (await MembersAsync(cancellationToken)).SingleOrDefault(member => member.Id == id)
            : null;
        if (person is not null && assignee is null)
        {
            return null;
        }

        return await ChangeAsync(
            sessions,
            (work, _, now) => work.Assign(assignee?.Id, now),
            assignee is null ? "removed the assignee"
                : assignee.Id == by.Id ? "took this"
                : $"assigned this to {assignee.Name}",
            by,
            cancellationToken
        );
    }

    public Task<int> TagAsync(
        IReadOnlyCollection<Guid> sessions,
        string tag,
        Member by,
        CancellationToken cancellationToken
    ) => ChangeAsync(sessions, (work, _, now) => work.Tag(tag, now), $"added the tag {tag}", by, cancellationToken);

    public Task<int> UntagAsync(
        IReadOnlyCollection<Guid> sessions,
        string tag,
        Member by,
        CancellationToken cancellationToken
    ) => ChangeAsync(sessions, (work, _, now) => work.Untag(tag, now), $"removed the tag {tag}", by, cancellationToken);

    /// <summary>False when there is no such conversation.</summary>
    public async Task<bool> NoteAsync(Guid session, string text, Member by, CancellationToken cancellationToken)
    {
        var widget = await db
            .VisitorSessions.Where(s => s.Id == session)
            .Select(s => (Guid?)s.WidgetId)
            .SingleOrDefaultAsync(cancellationToken);
        if (widget is null)
        {
            return false;
        }

        db.Add(Line(session, widget.Value, NoteKind.Note, text, by));
        await db.SaveChangesAsync(cancellationToken);
        return true;
    }

    /// <summary>Removes a note of one's own. False when it is none, or gone.</summary>
    public async Task<bool> RemoveNoteAsync(Guid session, Guid note, Member by, CancellationToken cancellationToken)
    {
        var found = await db.ConversationNotes.SingleOrDefaultAsync(
            n => n.Id == note && n.SessionId == session && n.Kind == NoteKind.Note && n.AuthorId == by.Id,
            cancellationToken
        );
        if (found is null)
        {
            return false;
        }

        db.Remove(found);
        await db.SaveChangesAsync(cancellationToken);
        return true;
    }

    /// <summary>Notes that this person has seen the conversation as it is now.</summary>
    public Task ReadAsync(Guid session, Guid person, CancellationToken cancellationToken) =>
        db.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO conversation_reads (user_id, session_id, client_id, widget_id, messages)
            SELECT {person}, id, client_id, widget_id, message_count FROM visitor_sessions WHERE id = {session}
            ON CONFLICT (user_id, session_id) DO UPDATE SET messages = EXCLUDED.messages WHERE conversation_reads.messages <> EXCLUDED.messages
            """,
            cancellationToken
        );

    /// <param name="change">Gets the conversation's work and its number of messages; says whether anything
    /// changed.</param>
    /// <param name="told">About each that changed, after the person's name.</param>
    private async Task<int> ChangeAsync(
        IReadOnlyCollection<Guid> sessions,
        Func<ConversationWork, int, DateTimeOffset, bool> change,
        string told,
        Member by,
        CancellationToken cancellationToken
    )
    {
        var ids = sessions.Distinct().Take(AtMost).ToArray();
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        // Whoever comes first makes the row; two at once change it one after the other.
        await db.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO conversation_work (session_id, client_id, widget_id)
            SELECT id, client_id, widget_id FROM visitor_sessions WHERE id = ANY ({ids}) AND last_message_at IS NOT NULL ORDER BY id
            ON CONFLICT (session_id) DO NOTHING
            """,
            cancellationToken
        );
        var found = await db
            .ConversationWork.FromSql($"SELECT * FROM conversation_work WHERE session_id = ANY ({ids}) FOR UPDATE")
            .ToListAsync(cancellationToken);
        var messages = await db
            .VisitorSessions.Where(s => ids.Contains(s.Id))
            .ToDictionaryAsync(s => s.Id, s => s.MessageCount, cancellationToken);
        var (now, changed) = (clock.GetUtcNow(), 0);
        foreach (var work in found)
        {
            if (change(work, messages.GetValueOrDefault(work.SessionId), now))
            {
                db.Add(Line(work.SessionId, work.WidgetId, NoteKind.Event, told, by));
                changed++;
            }
        }

        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return changed;
    }

    private static ConversationNote Line(Guid session, Guid widget, NoteKind kind, string text, Member by) =>
        new()
        {
            SessionId = session,
            WidgetId = widget,
            Kind = kind,
            AuthorId = by.Id,
            AuthorName = by.Name,
            Text = text,
        };
}
