using System.ComponentModel.DataAnnotations;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Portal.Model;

/// <summary>A business whose websites carry our widgets: the tenant.</summary>
public sealed class Client(string name)
{
    public const int NameMaxLength = 100;

    public Guid Id { get; private set; } = Guid.CreateVersion7();
    public string Name { get; private set; } = name;
    public string? ContactEmail { get; set; }
    public string? CompanyName { get; set; }

    /// <summary>IANA name of the zone whose midnights part this client's days.</summary>
    public string TimeZone { get; private set; } = "UTC";

    /// <summary>Messages in a month, over all widgets; null means the operator's default.</summary>
    public int? MonthlyBudget { get; set; }

    public DateTimeOffset? SuspendedAt { get; private set; }

    /// <summary>Set when an admin deletes the client; a job takes its rows away afterwards.</summary>
    public DateTimeOffset? DeletionRequestedAt { get; private set; }

    public DateTimeOffset? CreatedAt { get; private set; }
    public DateTimeOffset? UpdatedAt { get; private set; }

    /// <summary>What people and visitors call the business.</summary>
    public string Business => string.IsNullOrWhiteSpace(CompanyName) ? Name : CompanyName;

    public bool IsSuspended => SuspendedAt is not null;

    public bool IsLeaving => DeletionRequestedAt is not null;

    public void Rename(string name, DateTimeOffset now)
    {
        Name = name;
        UpdatedAt = now;
    }

    /// <summary>Its widgets are silent, its people may only look.</summary>
    public void Suspend(DateTimeOffset now) => SuspendedAt ??= now;

    public void Resume()
    {
        if (!IsLeaving)
        {
            SuspendedAt = null;
        }
    }

    /// <summary>Silent from now on, and gone once a job has taken its rows away. There is no way back.</summary>
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
