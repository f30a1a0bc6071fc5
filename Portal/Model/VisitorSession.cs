using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Portal.Model;

/// <summary>
/// A conversation of one visitor on one website, with the summary that lists show without reading its messages.
/// </summary>
public sealed class VisitorSession : IOwned
{
    public const int FirstMessageMaxLength = 200;

    public Guid Id { get; init; } = Guid.CreateVersion7();
    public Guid ClientId { get; private set; }
    public required Guid WidgetId { get; init; }

    /// <summary>A pseudonym: the same browser gets the same one on the same website.</summary>
    public required string VisitorId { get; init; }

    public SessionKind Kind { get; init; }

    /// <summary>The website; empty for messages that were written into the database by hand.</summary>
    public required string Origin { get; init; }

    public string? Locale { get; init; }
    public string? PageUrl { get; init; }

    /// <summary>
    /// The generation of its token. A renewal starts the next one; the previous one stays valid for a minute, for
    /// parallel tabs.
    /// </summary>
    public int Generation { get; private set; } = 1;

    public required DateTimeOffset RotatedAt { get; set; }
    public DateTimeOffset? RevokedAt { get; private set; }
    public DateTimeOffset CreatedAt { get; private set; }
    public required DateTimeOffset LastSeenAt { get; set; }

    /// <summary>Until then it can be resumed.</summary>
    public required DateTimeOffset ExpiresAt { get; set; }

    public int MessageCount { get; private set; }
    public int FailedCount { get; private set; }
    public int UpCount { get; private set; }
    public int DownCount { get; private set; }
    public double? LowestConfidence { get; private set; }
    public string? FirstMessage { get; private set; }

    /// <summary>
    /// Its position in lists, renewed at most every twenty seconds in a quick conversation; null before the first
    /// message.
    /// </summary>
    public DateTimeOffset? LastMessageAt { get; private set; }

    /// <summary>Renews the token: the next generation, and another day in which it can be resumed.</summary>
    public void Resume(DateTimeOffset now, DateTimeOffset expiresAt)
    {
        Generation++;
        RotatedAt = now;
        LastSeenAt = now;
        ExpiresAt = expiresAt;
    }

    internal sealed class Mapping : IEntityTypeConfiguration<VisitorSession>
    {
        public void Configure(EntityTypeBuilder<VisitorSession> session)
        {
            session
                .Property(s => s.Kind)
                .HasConversion(kind => kind.ToString().ToLowerInvariant(), text => Enum.Parse<SessionKind>(text, true));
            session.Property(s => s.CreatedAt).HasDefaultValueSql("now()");
            session
                .HasAlternateKey(s => new
                {
                    s.Id,
                    s.WidgetId,
                    s.ClientId,
                })
                .HasName("visitor_sessions_id_widget_id_client_id_key");
            session
                .HasIndex(s => new
                {
                    s.ClientId,
                    s.LastMessageAt,
                    s.Id,
                })
                .IsDescending(false, true, true)
                .HasFilter("last_message_at IS NOT NULL")
                .HasDatabaseName("idx_visitor_sessions_client_id_last_message_at");
            session
                .HasIndex(s => new
                {
                    s.WidgetId,
                    s.LastMessageAt,
                    s.Id,
                })
                .IsDescending(false, true, true)
                .HasFilter("last_message_at IS NOT NULL")
                .HasDatabaseName("idx_visitor_sessions_widget_id_last_message_at");
            session
                .HasIndex(
                    s => new
                    {
                        s.ClientId,
                        s.LastMessageAt,
                        s.Id,
                    },
                    "failed"
                )
                .IsDescending(false, true, true)
                .HasFilter("last_message_at IS NOT NULL AND failed_count > 0")
                .HasDatabaseName("idx_visitor_sessions_failed");
            session
                .HasIndex(
                    s => new
                    {
                        s.ClientId,
                        s.LastMessageAt,
                        s.Id,
                    },
                    "disliked"
                )
                .IsDescending(false, true, true)
                .HasFilter("last_message_at IS NOT NULL AND down_count > 0")
                .HasDatabaseName("idx_visitor_sessions_disliked");
            session
                .HasIndex(s => new { s.ClientId, s.Id }, "tried")
                .HasFilter("kind IN ('preview', 'test')")
                .HasDatabaseName("idx_visitor_sessions_tried");
            session.HasIndex(s => s.ExpiresAt).HasDatabaseName("idx_visitor_sessions_expires_at");
            session
                .HasOne<Widget>()
                .WithMany()
                .HasForeignKey(s => new { s.WidgetId, s.ClientId })
                .HasPrincipalKey(w => new { w.Id, w.ClientId });
        }
    }
}

/// <summary>Where a conversation was held. Previews and tests never count in analytics.</summary>
public enum SessionKind
{
    Live,
    Demo,
    Preview,
    Test,
}

public static class VisitorSessions
{
    extension(IQueryable<VisitorSession> sessions)
    {
        /// <summary>Conversations with at least one message: opening the panel does not make one.</summary>
        public IQueryable<VisitorSession> WithMessages() => sessions.Where(s => s.LastMessageAt != null);

        public IQueryable<VisitorSession> FromVisitors() =>
            sessions.Where(s => s.Kind == SessionKind.Live || s.Kind == SessionKind.Demo);

        /// <summary>
        /// Those in which all these words, or words that begin with them, were said: the newest thousand, looked for
        /// once however often they are read.
        /// </summary>
        /// <param name="atMost">So many of those in which the words were said last.</param>
        public async Task<IQueryable<VisitorSession>> SayingAsync(
            PortalDb db,
            string words,
            int atMost,
            CancellationToken cancellationToken
        )
        {
            var found = await db.SearchConversations(words, atMost)
                .Select(conversation => conversation.SessionId)
                .ToArrayAsync(cancellationToken);
            return sessions.Where(s => found.Contains(s.Id));
        }

        public IQueryable<VisitorSession> NewestFirst() =>
            sessions.OrderByDescending(s => s.LastMessageAt).ThenByDescending(s => s.Id);

        public IQueryable<VisitorSession> Before(DateTimeOffset at, Guid id) =>
            sessions.Where(s =>
                EF.Functions.LessThan(
                    ValueTuple.Create(s.LastMessageAt, s.Id),
                    ValueTuple.Create((DateTimeOffset?)at, id)
                )
            );

        public IQueryable<VisitorSession> After(DateTimeOffset at, Guid id) =>
            sessions.Where(s =>
                EF.Functions.GreaterThan(
                    ValueTuple.Create(s.LastMessageAt, s.Id),
                    ValueTuple.Create((DateTimeOffset?)at, id)
                )
            );
    }
}
