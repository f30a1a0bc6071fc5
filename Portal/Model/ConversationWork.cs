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

    public void SetState(ConversationState state, int messages, DateTimeOffset now)
    {
        WaitingSince = state == ConversationState.Waiting ? WaitingSince ?? now : null;
        DoneAt = state == ConversationState.Done ? now : null;
        DoneMessages = state == ConversationState.Done ? messages : null;
        UpdatedAt = now;
    }

    public void Assign(Guid? person, DateTimeOffset now) => (AssigneeId, UpdatedAt) = (person, now);

    public void Tag(string name, DateTimeOffset now)
    {
        if (!Tags.Contains(name, StringComparer.OrdinalIgnoreCase) && Tags.Count < MostTags)
        {
            Tags = [.. Tags, name];
            UpdatedAt = now;
        }
    }

    public void Untag(string name, DateTimeOffset now)
    {
        Tags = [.. Tags.Where(tag => !string.Equals(tag, name, StringComparison.OrdinalIgnoreCase))];
        UpdatedAt = now;
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
