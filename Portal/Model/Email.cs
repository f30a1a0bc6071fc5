using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Portal.Model;

/// <summary>A queued email: what it is about, never its text. Added in the transaction of its cause.</summary>
public sealed class Email
{
    public Guid Id { get; private set; } = Guid.CreateVersion7();

    /// <summary>Null: an email to an admin.</summary>
    public Guid? ClientId { get; init; }

    public required string Template { get; init; }
    public required string ToAddress { get; init; }
    public string? ToName { get; init; }

    /// <summary>The person it is about or for.</summary>
    public Guid? UserId { get; init; }

    /// <summary>The id of what it is about, for its template.</summary>
    public Guid? About { get; init; }

    /// <summary>A few words for the template. Never a secret, because the table keeps them.</summary>
    public string? Detail { get; init; }

    /// <summary>Prevents duplicates: one email for each event, whoever notices it.</summary>
    public string? DedupeKey { get; init; }

    public EmailStatus Status { get; private set; }
    public int Attempts { get; private set; }
    public DateTimeOffset NextAttemptAt { get; private set; }
    public DateTimeOffset? LeaseUntil { get; private set; }
    public string? LastError { get; private set; }
    public DateTimeOffset CreatedAt { get; private set; }
    public DateTimeOffset? SentAt { get; private set; }

    /// <summary>Sends it again, or sooner than planned.</summary>
    public void Requeue(DateTimeOffset now)
    {
        Status = EmailStatus.Queued;
        Attempts = 0;
        NextAttemptAt = now;
        SentAt = null;
    }

    public sealed class Mapping : IEntityTypeConfiguration<Email>
    {
        public void Configure(EntityTypeBuilder<Email> email)
        {
            email.ToTable("emails");
            email
                .Property(e => e.Status)
                .HasConversion(
                    status => status.ToString().ToLowerInvariant(),
                    text => Enum.Parse<EmailStatus>(text, true)
                );
            email.Property(e => e.NextAttemptAt).HasDefaultValueSql("now()");
            email.Property(e => e.CreatedAt).HasDefaultValueSql("now()");
            email.HasIndex(e => e.DedupeKey).IsUnique().HasDatabaseName("emails_dedupe_key_key");
            email.HasIndex(e => e.NextAttemptAt).HasFilter("status = 'queued'").HasDatabaseName("idx_emails_due");
            email.HasIndex(e => e.CreatedAt).IsDescending().HasDatabaseName("idx_emails_created_at");
            email.HasIndex(e => e.ClientId).HasDatabaseName("idx_emails_client_id");
            email.HasIndex(e => e.UserId).HasDatabaseName("idx_emails_user_id");
        }
    }
}

public enum EmailStatus
{
    Queued,
    Sent,

    /// <summary>Permanently refused, or too old.</summary>
    Failed,

    /// <summary>Its subject no longer exists or is settled.</summary>
    Obsolete,
}
