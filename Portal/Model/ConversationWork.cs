using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Portal.Model;

/// <summary>What people make of a conversation. A conversation that nobody has touched has none.</summary>
public sealed class ConversationWork(Guid sessionId, Guid widgetId) : IOwned
{
    public const int MostTags = 20;
    public const int TagMaxLength = 40;

    public Guid SessionId { get; private set; } = sessionId;
    public Guid ClientId { get; private set; }
    public Guid WidgetId { get; private set; } = widgetId;

    /// <summary>Null when nobody waits for a person.</summary>
    public DateTimeOffset? WaitingSince { get; private set; }

    public DateTimeOffset? DoneAt { get; private set; }

    /// <summary>How many messages it had then. With more, it is open again.</summary>
    public int? DoneMessages { get; private set; }

    public Guid? AssigneeId { get; private set; }
    public List<string> Tags { get; private set; } = [];
    public DateTimeOffset UpdatedAt { get; private set; }

    /// <summary>False when it is in that state already, as with the others below.</summary>
    public bool SetState(ConversationState state, int messages, DateTimeOffset now)
    {
        if (this.StateAt(messages) == state)
        {
            return false;
        }

        WaitingSince = state == ConversationState.Waiting ? WaitingSince ?? now : null;
        DoneAt = state == ConversationState.Done ? now : null;
        DoneMessages = state == ConversationState.Done ? messages : null;
        UpdatedAt = now;
        return true;
    }

    public bool Assign(Guid? person, DateTimeOffset now)
    {
        if (AssigneeId == person)
        {
            return false;
        }

        (AssigneeId, UpdatedAt) = (person, now);
        return true;
    }

    public bool Tag(string name, DateTimeOffset now) =>
        Tags.Count < MostTags && !Tags.Contains(name, StringComparer.OrdinalIgnoreCase) && Retag([.. Tags, name], now);

    public bool Untag(string name, DateTimeOffset now) =>
        Retag([.. Tags.Where(tag => !string.Equals(tag, name, StringComparison.OrdinalIgnoreCase))], now);

    private bool Retag(List<string> tags, DateTimeOffset now)
    {
        if (tags.Count == Tags.Count)
        {
            return false;
        }

        (Tags, UpdatedAt) = (tags, now);
        return true;
    }

    internal sealed class Mapping : IEntityTypeConfiguration<ConversationWork>
    {
        public void Configure(EntityTypeBuilder<ConversationWork> work)
        {
            work.ToTable("conversation_work");
            work.HasKey(w => w.SessionId);
            work.Property(w => w.SessionId).ValueGeneratedNever();
            work.HasIndex(w => new { w.ClientId, w.WaitingSince })
                .HasFilter("waiting_since IS NOT NULL")
                .HasDatabaseName("idx_conversation_work_waiting");
            work.HasIndex(w => w.AssigneeId)
                .HasFilter("assignee_id IS NOT NULL")
                .HasDatabaseName("idx_conversation_work_assignee_id");
            work.HasIndex(w => new { w.ClientId, w.Tags })
                .HasMethod("gin")
                .HasDatabaseName("idx_conversation_work_client_id_tags");
            work.HasOne<VisitorSession>()
                .WithOne()
                .HasForeignKey<ConversationWork>(w => new
                {
                    w.SessionId,
                    w.WidgetId,
                    w.ClientId,
                })
                .HasPrincipalKey<VisitorSession>(s => new
                {
                    s.Id,
                    s.WidgetId,
                    s.ClientId,
                });
        }
    }
}

/// <summary>Where a conversation stands.</summary>
public enum ConversationState
{
    Open,

    /// <summary>A visitor waits for a person.</summary>
    Waiting,

    /// <summary>Until the visitor writes again.</summary>
    Done,
}

public static class ConversationStates
{
    extension(IQueryable<VisitorSession> sessions)
    {
        public IQueryable<VisitorSession> In(ConversationState state, IQueryable<ConversationWork> work) =>
            state switch
            {
                ConversationState.Waiting => sessions.Where(s =>
                    work.Any(w => w.SessionId == s.Id && w.WaitingSince != null)
                ),
                ConversationState.Done => sessions.Where(s =>
                    work.Any(w => w.SessionId == s.Id && w.DoneMessages >= s.MessageCount)
                ),
                _ => sessions.Where(s =>
                    !work.Any(w => w.SessionId == s.Id && (w.WaitingSince != null || w.DoneMessages >= s.MessageCount))
                ),
            };
    }

    extension(IQueryable<ConversationWork> work)
    {
        /// <summary>Those in which a visitor waits for a person.</summary>
        public IQueryable<ConversationWork> Waiting() => work.Where(w => w.WaitingSince != null);
    }

    extension(ConversationWork? work)
    {
        /// <param name="messages">How many messages the conversation has now.</param>
        public ConversationState StateAt(int messages) =>
            work is null ? ConversationState.Open
            : work.WaitingSince is not null ? ConversationState.Waiting
            : work.DoneMessages >= messages ? ConversationState.Done
            : ConversationState.Open;
    }
}
