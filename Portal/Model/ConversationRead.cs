using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Portal.Model;

/// <summary>How many messages of a conversation a person has seen.</summary>
public sealed class ConversationRead(Guid userId, Guid sessionId, Guid widgetId) : IOwned
{
    public Guid UserId { get; private set; } = userId;
    public Guid SessionId { get; private set; } = sessionId;
    public Guid ClientId { get; private set; }
    public Guid WidgetId { get; private set; } = widgetId;
    public int Messages { get; set; }

    internal sealed class Mapping : IEntityTypeConfiguration<ConversationRead>
    {
        public void Configure(EntityTypeBuilder<ConversationRead> read)
        {
            read.ToTable("conversation_reads");
            read.HasKey(r => new { r.UserId, r.SessionId });
            read.HasIndex(r => r.SessionId).HasDatabaseName("idx_conversation_reads_session_id");
            read.HasOne<VisitorSession>()
                .WithMany()
                .HasForeignKey(r => new
                {
                    r.SessionId,
                    r.WidgetId,
                    r.ClientId,
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

public static class ConversationReads
{
    extension(IQueryable<VisitorSession> sessions)
    {
        /// <summary>Those with messages that this person has not seen.</summary>
        public IQueryable<VisitorSession> UnreadBy(Guid person, IQueryable<ConversationRead> reads) =>
            sessions.Where(s =>
                !reads.Any(r => r.UserId == person && r.SessionId == s.Id && r.Messages >= s.MessageCount)
            );
    }
}
