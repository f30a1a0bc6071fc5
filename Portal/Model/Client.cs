using System.ComponentModel.DataAnnotations;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Portal.Model;

/// <summary>A business whose websites show our widgets: the tenant.</summary>
public sealed class Client(string name)
{
    public const int NameMaxLength = 100;

    public Guid Id { get; private set; } = Guid.CreateVersion7();
    public string Name { get; private set; } = name;
    public string? ContactEmail { get; set; }
    public string? CompanyName { get; set; }

    /// <summary>IANA name of the time zone in which this client's days begin.</summary>
    public string TimeZone { get; private set; } = "UTC";

    /// <summary>Messages per month, over all widgets; null means the operator's default.</summary>
    public int? MonthlyBudget { get; set; }

    public DateTimeOffset? SuspendedAt { get; private set; }

    /// <summary>Set when an admin deletes the client; a job then deletes its rows.</summary>
    public DateTimeOffset? DeletionRequestedAt { get; private set; }

    public DateTimeOffset? CreatedAt { get; private set; }
    public DateTimeOffset? UpdatedAt { get; private set; }

    /// <summary>The name of the business for people and visitors.</summary>
    public string Business => string.IsNullOrWhiteSpace(CompanyName) ? Name : CompanyName;

    public bool IsSuspended => SuspendedAt is not null;

    public bool IsLeaving => DeletionRequestedAt is not null;

    public void Rename(string name, DateTimeOffset now)
    {
        Name = name;
        UpdatedAt = now;
    }

    /// <summary>Takes its widgets offline and makes the portal read-only for its people.</summary>
    public void Suspend(DateTimeOffset now) => SuspendedAt ??= now;

    public void Resume()
    {
        if (!IsLeaving)
        {
            SuspendedAt = null;
        }
    }

    /// <summary>Takes it offline for good; a job deletes its rows. This cannot be undone.</summary>
    public void Delete(DateTimeOffset now)
    {
        Suspend(now);
        DeletionRequestedAt ??= now;
    }

    public void MoveTo(TimeZoneInfo zone) =>
        TimeZone = zone.HasIanaId ? zone.Id : throw new ValidationException($"{zone.Id} is not an IANA zone.");

    internal sealed class Mapping : IEntityTypeConfiguration<Client>
    {
        public void Configure(EntityTypeBuilder<Client> client)
        {
            client.ToTable("clients");
            client.Ignore(c => c.Business);
            client.Ignore(c => c.IsSuspended);
            client.Ignore(c => c.IsLeaving);
            client.Property(c => c.CreatedAt).HasDefaultValueSql("now()");
            client.Property(c => c.UpdatedAt).HasDefaultValueSql("now()");
        }
    }
}
