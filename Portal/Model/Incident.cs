using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Portal.Model;

/// <summary>The downtime of a widget, from its first failure until it recovered for good.</summary>
public sealed class Incident : IOwned
{
    public Guid Id { get; private set; }
    public Guid ClientId { get; private set; }
    public Guid WidgetId { get; private set; }
    public string? ErrorType { get; private set; }

    /// <summary>Its first failure.</summary>
    public DateTimeOffset OpenedAt { get; private set; }

    public DateTimeOffset LastFailureAt { get; private set; }
    public int Failures { get; private set; }
    public int Visitors { get; private set; }
    public DateTimeOffset NoticedAt { get; private set; }
    public DateTimeOffset? EndedAt { get; private set; }
    public IncidentOutcome? Outcome { get; private set; }

    /// <summary>When it was over: after a time without failures. Until then another failure reopens it.</summary>
    public DateTimeOffset? SettledAt { get; private set; }

    /// <summary>The message of its newest failure, for the advice; filled in by <see cref="Incidents"/>.</summary>
    public string? Cause { get; set; }

    public int? CauseStatus { get; set; }

    public WebhookAdvice? Advice => WebhookDiagnosis.Of(ErrorType, CauseStatus, Cause);

    internal sealed class Mapping : IEntityTypeConfiguration<Incident>
    {
        public void Configure(EntityTypeBuilder<Incident> incident)
        {
            incident.Ignore(i => i.Advice);
            incident.Ignore(i => i.Cause);
            incident.Ignore(i => i.CauseStatus);
            incident.Property(i => i.Id).HasDefaultValueSql("gen_random_uuid()");
            incident.Property(i => i.NoticedAt).HasDefaultValueSql("now()");
            incident
                .Property(i => i.Outcome)
                .HasConversion(
                    outcome => outcome.ToString()!.ToLowerInvariant(),
                    text => Enum.Parse<IncidentOutcome>(text, true)
                );
            incident.HasIndex(i => i.WidgetId).HasDatabaseName("idx_incidents_widget_id");
            incident
                .HasIndex([nameof(WidgetId)], "open")
                .IsUnique()
                .HasFilter("settled_at IS NULL")
                .HasDatabaseName("idx_incidents_open");
            incident
                .HasIndex(i => new { i.ClientId, i.OpenedAt })
                .IsDescending(false, true)
                .HasDatabaseName("idx_incidents_client_id_opened_at");
            incident
                .HasOne<Widget>()
                .WithMany()
                .HasForeignKey(i => new { i.WidgetId, i.ClientId })
                .HasPrincipalKey(w => new { w.Id, w.ClientId });
        }
    }
}

public static class Incidents
{
    extension(IReadOnlyList<Incident> incidents)
    {
        /// <summary>Adds to each the message of its newest failure of that kind.</summary>
        /// <param name="errors">Those that may be read here.</param>
        public async Task<IReadOnlyList<Incident>> WithCausesAsync(
            IQueryable<Incident> source,
            IQueryable<WebhookError> errors,
            CancellationToken cancellationToken
        )
        {
            var ids = incidents.Select(incident => incident.Id).ToList();
            var causes = await source
                .Where(i => ids.Contains(i.Id))
                .Select(i => new
                {
                    i.Id,
                    Cause = errors
                        .Where(e =>
                            e.WidgetId == i.WidgetId && e.ErrorType == i.ErrorType && e.OccurredAt <= i.LastFailureAt
                        )
                        .OrderByDescending(e => e.OccurredAt)
                        .Select(e => new { e.ErrorMessage, e.StatusCode })
                        .FirstOrDefault(),
                })
                .ToDictionaryAsync(row => row.Id, row => row.Cause, cancellationToken);
            foreach (var incident in incidents)
            {
                (incident.Cause, incident.CauseStatus) = causes.GetValueOrDefault(incident.Id) is { } cause
                    ? (cause.ErrorMessage, cause.StatusCode)
                    : default;
            }

            return incidents;
        }
    }
}

/// <summary>How an incident ended.</summary>
public enum IncidentOutcome
{
    Answered,

    /// <summary>No further traffic.</summary>
    Quiet,
}

/// <summary>An address that gets a client's alerts.</summary>
public sealed class AlertRecipient(string email) : IOwned
{
    public const int Most = 10;

    public Guid Id { get; private set; } = Guid.CreateVersion7();
    public Guid ClientId { get; private set; }
    public string Email { get; private set; } = email;

    /// <summary>When the owner of the mailbox confirmed; nothing is sent before.</summary>
    public DateTimeOffset? ConfirmedAt { get; private set; }

    public DateTimeOffset CreatedAt { get; private set; }

    public void Confirm(DateTimeOffset now) => ConfirmedAt ??= now;

    internal sealed class Mapping : IEntityTypeConfiguration<AlertRecipient>
    {
        public void Configure(EntityTypeBuilder<AlertRecipient> recipient)
        {
            recipient.ToTable("alert_recipients");
            recipient.Property(r => r.CreatedAt).HasDefaultValueSql("now()");
            recipient
                .HasIndex(r => new { r.ClientId, r.Email })
                .IsUnique()
                .HasDatabaseName("alert_recipients_client_id_email_key");
        }
    }
}

/// <summary>An admin who subscribed to every client's alerts.</summary>
public sealed class AdminAlert(Guid userId)
{
    public Guid UserId { get; private set; } = userId;
    public DateTimeOffset CreatedAt { get; private set; }

    public sealed class Mapping : IEntityTypeConfiguration<AdminAlert>
    {
        public void Configure(EntityTypeBuilder<AdminAlert> alert)
        {
            alert.ToTable("admin_alerts").HasKey(a => a.UserId);
            alert.Property(a => a.CreatedAt).HasDefaultValueSql("now()");
        }
    }
}
