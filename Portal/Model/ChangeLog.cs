using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Portal.Model;

/// <summary>
/// An entry of the audit log: who did what, from where, and what it was before. Written once, never changed.
/// </summary>
public sealed class ChangeLog
{
    public Guid Id { get; init; } = Guid.CreateVersion7();
    public DateTimeOffset OccurredAt { get; init; }

    /// <summary>The client whose data it was about; null for the platform itself.</summary>
    public Guid? ClientId { get; init; }

    /// <summary>The actor's user id; null for a job or the command line.</summary>
    public Guid? ActorId { get; init; }

    public required string ActorName { get; init; }
    public ActorRole ActorRole { get; init; }

    /// <summary>Done by an admin who was viewing as the client.</summary>
    public bool AsClient { get; init; }

    /// <summary>Name of an <see cref="Audit.AuditAction"/>.</summary>
    public required string Action { get; init; }

    public Guid? SubjectId { get; init; }

    /// <summary>The subject's name at that time.</summary>
    public string? SubjectName { get; init; }

    /// <summary>JSON object of the fields that changed.</summary>
    public string? Before { get; init; }

    public string? After { get; init; }
    public IPAddress? Address { get; init; }
    public string? Browser { get; init; }

    internal sealed class Mapping : IEntityTypeConfiguration<ChangeLog>
    {
        public void Configure(EntityTypeBuilder<ChangeLog> log)
        {
            log.ToTable("change_logs");
            log.Property(l => l.ActorRole).HasConversion<string>();
            log.Property(l => l.AsClient).HasDefaultValue(false);
            log.Property(l => l.Before).HasColumnType("jsonb");
            log.Property(l => l.After).HasColumnType("jsonb");
            log.HasIndex(l => new
                {
                    l.ClientId,
                    l.OccurredAt,
                    l.Id,
                })
                .IsDescending(false, true, true)
                .HasDatabaseName("idx_change_logs_client_id_occurred_at");
            log.HasIndex(l => new { l.OccurredAt, l.Id })
                .IsDescending(true, true)
                .HasDatabaseName("idx_change_logs_occurred_at");
            log.HasIndex(l => l.ActorId).HasDatabaseName("idx_change_logs_actor_id");
        }
    }
}

public enum ActorRole
{
    Admin,
    Owner,
    Member,

    /// <summary>A job, or the operator at the command line.</summary>
    System,

    /// <summary>A person who is not signed in.</summary>
    Unknown,
}
