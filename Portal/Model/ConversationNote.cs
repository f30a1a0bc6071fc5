using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Portal.Model;

/// <summary>
/// What people of the client tell each other about a conversation, and what they did with it. Visitors never see it.
/// </summary>
public sealed class ConversationNote : IOwned
{
    public const int MaxLength = 5000;

    public Guid Id { get; private set; } = Guid.CreateVersion7();
    public Guid ClientId { get; private set; }
    public required Guid WidgetId { get; init; }
    public required Guid SessionId { get; init; }
    public required NoteKind Kind { get; init; }

    public required Guid AuthorId { get; init; }

    /// <summary>As it was then.</summary>
    public required string AuthorName { get; init; }

    public required string Text { get; init; }
    public DateTimeOffset CreatedAt { get; private set; }

    internal sealed class Mapping : IEntityTypeConfiguration<ConversationNote>
    {
        public void Configure(EntityTypeBuilder<ConversationNote> note)
        {
            note.ToTable("conversation_notes");
            note.Property(n => n.Kind)
                .HasConversion(kind => kind.ToString().ToLowerInvariant(), text => Enum.Parse<NoteKind>(text, true));
            note.Property(n => n.CreatedAt).HasDefaultValueSql("now()");
            note.HasIndex(n => new { n.SessionId, n.CreatedAt }).HasDatabaseName("idx_conversation_notes_session_id");
            note.HasOne<VisitorSession>()
                .WithMany()
                .HasForeignKey(n => new
                {
                    n.SessionId,
                    n.WidgetId,
                    n.ClientId,
                })
                .HasPrincipalKey(s => new
                {
                    s.Id,
                    s.WidgetId,
                    s.ClientId,
                });
        }
    }
}

public enum NoteKind
{
    Note,

    /// <summary>Told by the portal about its author: "marked this as done".</summary>
    Event,
}
