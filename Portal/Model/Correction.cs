using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Portal.Model;

/// <summary>How a question should be answered, written by somebody who saw a wrong answer.</summary>
public sealed class Correction : IOwned
{
    public const int QuestionMaxLength = 500;
    public const int AnswerMaxLength = 10_000;
    public const int ReplyMaxLength = 1000;

    public Guid Id { get; private set; } = Guid.CreateVersion7();
    public Guid ClientId { get; private set; }
    public required Guid WidgetId { get; init; }

    /// <summary>The message whose answer was wrong; null when it is gone.</summary>
    public Guid? ChatLogId { get; init; }

    public required string Question { get; init; }
    public required string Answer { get; init; }
    public CorrectionState State { get; private set; }
    public required Guid AuthorId { get; init; }

    /// <summary>As it was then.</summary>
    public required string AuthorName { get; init; }

    public DateTimeOffset CreatedAt { get; private set; }
    public string? ClosedByName { get; private set; }
    public DateTimeOffset? ClosedAt { get; private set; }

    /// <summary>The widget's version from which on it is answered rightly, where that is known.</summary>
    public int? FixedInVersion { get; private set; }

    /// <summary>To its author, from whoever closed it.</summary>
    public string? Reply { get; private set; }

    /// <summary>When its author was told, which happens once, however often it is settled.</summary>
    public DateTimeOffset? ToldAt { get; private set; }

    public void Told(DateTimeOffset now) => ToldAt = now;

    public void Fix(string by, int? version, string? reply, DateTimeOffset now)
    {
        (State, FixedInVersion) = (CorrectionState.Fixed, version);
        (ClosedByName, ClosedAt, Reply) = (by, now, reply);
    }

    public void Dismiss(string by, string? reply, DateTimeOffset now)
    {
        (State, FixedInVersion) = (CorrectionState.Dismissed, null);
        (ClosedByName, ClosedAt, Reply) = (by, now, reply);
    }

    public void Reopen()
    {
        (State, FixedInVersion) = (CorrectionState.Open, null);
        (ClosedByName, ClosedAt, Reply) = (null, null, null);
    }

    internal sealed class Mapping : IEntityTypeConfiguration<Correction>
    {
        public void Configure(EntityTypeBuilder<Correction> correction)
        {
            correction.ToTable("corrections");
            correction
                .Property(c => c.State)
                .HasConversion(
                    state => state.ToString().ToLowerInvariant(),
                    text => Enum.Parse<CorrectionState>(text, true)
                );
            correction.Property(c => c.CreatedAt).HasDefaultValueSql("now()");
            correction
                .HasIndex(c => new { c.ClientId, c.CreatedAt })
                .IsDescending(false, true)
                .HasDatabaseName("idx_corrections_client_id_created_at");
            correction.HasIndex(c => c.CreatedAt).HasFilter("state = 'open'").HasDatabaseName("idx_corrections_open");
            correction.HasIndex(c => c.WidgetId).HasDatabaseName("idx_corrections_widget_id");
            correction
                .HasIndex(c => c.ChatLogId)
                .HasFilter("chat_log_id IS NOT NULL")
                .HasDatabaseName("idx_corrections_chat_log_id");
            correction
                .HasOne<Widget>()
                .WithMany()
                .HasForeignKey(c => new { c.WidgetId, c.ClientId })
                .HasPrincipalKey(w => new { w.Id, w.ClientId });
            correction
                .HasOne<ChatLog>()
                .WithMany()
                .HasForeignKey(c => new { c.ChatLogId, c.ClientId })
                .HasPrincipalKey(l => new { l.Id, l.ClientId });
        }
    }
}

public enum CorrectionState
{
    Open,

    /// <summary>The bot answers it rightly now.</summary>
    Fixed,

    /// <summary>Nothing has to change.</summary>
    Dismissed,
}
