using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Portal.Model;

/// <summary>A visitor's message and its outcome. Written by the journal, read here.</summary>
public sealed class ChatLog : IOwned
{
    public Guid Id { get; private set; }
    public Guid ClientId { get; private set; }
    public Guid WidgetId { get; private set; }
    public Guid? SessionId { get; private set; }

    /// <summary>Created by the widget, so that a retry finds its row.</summary>
    public Guid? ClientMessageId { get; private set; }

    /// <summary>The visitor's pseudonym.</summary>
    public string? UserId { get; private set; }

    public string Message { get; private set; } = null!;

    /// <summary>
    /// Empty while pending; for a failed or empty one the fallback text that the visitor saw; for a stopped one the
    /// words that came before.
    /// </summary>
    public string Response { get; private set; } = null!;

    /// <summary>Between 0 and 1, or null when the bot did not say.</summary>
    public double? Confidence { get; private set; }

    /// <summary><c>up</c>, <c>down</c> or null.</summary>
    public string? Feedback { get; private set; }

    public string? FeedbackComment { get; private set; }
    public DateTimeOffset? FeedbackAt { get; private set; }
    public ChatStatus Status { get; private set; }
    public int Attempt { get; private set; }
    public DateTimeOffset? LeaseUntil { get; private set; }
    public DateTimeOffset? DeadlineAt { get; private set; }
    public string? PartialResponse { get; private set; }
    public DateTimeOffset? AnsweredAt { get; private set; }
    public int? LatencyMs { get; private set; }
    public string? PageUrl { get; private set; }
    public string? PageTitle { get; private set; }

    /// <summary>JSON array of strings.</summary>
    public string? Suggestions { get; private set; }

    /// <summary>JSON array of <c>{title, url}</c>.</summary>
    public string? Sources { get; private set; }

    public byte[]? CallbackHash { get; private set; }
    public DateTimeOffset? CreatedAt { get; private set; }

    /// <summary>When the row was written, whatever <see cref="CreatedAt"/> says.</summary>
    public DateTimeOffset RecordedAt { get; private set; }

    /// <summary>When it was last written, answered or rated; computed by the database.</summary>
    public DateTimeOffset? ChangedAt { get; private set; }

    /// <summary>Whether its answer failed, was disliked or had low confidence; computed by the database.</summary>
    public bool ToImprove { get; private set; }

    /// <summary>Sets the visitor's rating and comment; null removes them.</summary>
    public void Rate(string? feedback, string? comment, DateTimeOffset now)
    {
        Feedback = feedback;
        FeedbackComment = feedback is null ? null : comment;
        FeedbackAt = now;
    }

    internal sealed class Mapping : IEntityTypeConfiguration<ChatLog>
    {
        public void Configure(EntityTypeBuilder<ChatLog> log)
        {
            log.Property(l => l.Status)
                .HasConversion(
                    status => status.ToString().ToLowerInvariant(),
                    text => Enum.Parse<ChatStatus>(text, true)
                );
            log.Property(l => l.Suggestions).HasColumnType("jsonb");
            log.Property(l => l.Sources).HasColumnType("jsonb");
            log.Property(l => l.CreatedAt).HasDefaultValueSql("now()");
            log.HasAlternateKey(l => new { l.Id, l.ClientId }).HasName("chat_logs_id_client_id_key");
            log.HasIndex(l => new { l.SessionId, l.ClientMessageId })
                .IsUnique()
                .HasDatabaseName("chat_logs_session_id_client_message_id_key");
            log.HasIndex(l => l.WidgetId).HasDatabaseName("idx_chat_logs_widget_id");
            log.HasIndex(l => l.CreatedAt).HasDatabaseName("idx_chat_logs_created_at");
            log.HasIndex(l => new { l.ClientId, l.CreatedAt })
                .IsDescending(false, true)
                .HasDatabaseName("idx_chat_logs_client_id_created_at");
            log.HasIndex(l => new { l.WidgetId, l.CreatedAt })
                .IsDescending(false, true)
                .HasDatabaseName("idx_chat_logs_widget_id_created_at");
            log.Property(l => l.ChangedAt)
                .HasComputedColumnSql("greatest(recorded_at, answered_at, feedback_at)", stored: true);
            log.Property(l => l.RecordedAt).HasDefaultValueSql("now()");
            // An answer changes no B-tree index; migrations/V0007__conversations.sql explains why.
            log.HasIndex(l => l.ChangedAt).HasMethod("brin").HasDatabaseName("idx_chat_logs_changed_at");
            log.Property(l => l.ToImprove)
                .HasComputedColumnSql(
                    "status = 'failed' OR coalesce(feedback = 'down', false) OR coalesce(confidence < 0.5, false)",
                    stored: true
                );
            log.HasIndex(l => new { l.ClientId, l.CreatedAt }, "to improve")
                .IsDescending(false, true)
                .HasFilter("to_improve")
                .HasDatabaseName("idx_chat_logs_to_improve");
            log.HasOne<Widget>().WithMany().HasForeignKey(l => l.WidgetId);
            log.HasOne<VisitorSession>()
                .WithMany()
                .HasForeignKey(l => new
                {
                    l.SessionId,
                    l.WidgetId,
                    l.ClientId,
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

public enum ChatStatus
{
    Pending,
    Answered,
    Failed,

    /// <summary>The visitor stopped it. The text so far is kept; it is not a failure.</summary>
    Stopped,

    /// <summary>
    /// The workflow ran and returned nothing, like an FAQ without a match. The visitor saw the fallback message; it is
    /// not a failure.
    /// </summary>
    Empty,
}

public static class ChatLogs
{
    extension(IQueryable<ChatLog> logs)
    {
        /// <summary>
        /// Messages that count in analytics: not those of previews and tests, which came from no visitor.
        /// </summary>
        public IQueryable<ChatLog> FromVisitors(IQueryable<VisitorSession> sessions) =>
            logs.Where(log =>
                !sessions.Any(s =>
                    s.Id == log.SessionId && (s.Kind == SessionKind.Test || s.Kind == SessionKind.Preview)
                )
            );

        /// <summary>
        /// Messages whose answer failed, was disliked or had low confidence: the first ones to improve.
        /// </summary>
        public IQueryable<ChatLog> ToImprove() => logs.Where(log => log.ToImprove);

        public IQueryable<ChatLog> On(ClientDay day) =>
            logs.Where(log => log.CreatedAt >= day.From && log.CreatedAt < day.Until);
    }
}
