using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Portal.Model;

/// <summary>A pending change of a person's email address. It takes effect once both addresses have confirmed.</summary>
public sealed class EmailChange
{
    public static readonly TimeSpan Life = TimeSpan.FromDays(1);

    public Guid Id { get; private set; } = Guid.CreateVersion7();
    public required Guid UserId { get; init; }
    public required string Email { get; init; }

    /// <summary>SHA-256 of the token in the old address's link.</summary>
    public byte[]? OldTokenHash { get; private set; }

    public byte[]? NewTokenHash { get; private set; }

    /// <summary>The same token, encrypted, for the email and for resending it.</summary>
    public string? OldTokenSealed { get; private set; }

    public string? NewTokenSealed { get; private set; }
    public DateTimeOffset? OldConfirmedAt { get; private set; }
    public DateTimeOffset? NewConfirmedAt { get; private set; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }

    public bool IsConfirmed => OldConfirmedAt is not null && NewConfirmedAt is not null;

    public bool IsOpen(DateTimeOffset now) => ExpiresAt > now;

    /// <summary>Generates a link for each address.</summary>
    public void Keep(LinkToken forOld, LinkToken forNew) =>
        (OldTokenHash, OldTokenSealed, NewTokenHash, NewTokenSealed) = (
            forOld.Hash,
            forOld.Sealed,
            forNew.Hash,
            forNew.Sealed
        );

    public bool IsForNew(byte[] hash) =>
        NewTokenHash is { } mine && CryptographicOperations.FixedTimeEquals(mine, hash);

    public void Confirm(bool byNew, DateTimeOffset now)
    {
        if (byNew)
        {
            NewConfirmedAt ??= now;
        }
        else
        {
            OldConfirmedAt ??= now;
        }
    }

    internal sealed class Mapping : IEntityTypeConfiguration<EmailChange>
    {
        public void Configure(EntityTypeBuilder<EmailChange> change)
        {
            change.ToTable("email_changes");
            change.Ignore(c => c.IsConfirmed);
            change.Property(c => c.Email).HasMaxLength(256);
            change.HasIndex(c => c.UserId).IsUnique().HasDatabaseName("idx_email_changes_user_id");
            change.HasIndex(c => c.OldTokenHash).IsUnique().HasDatabaseName("idx_email_changes_old_token_hash");
            change.HasIndex(c => c.NewTokenHash).IsUnique().HasDatabaseName("idx_email_changes_new_token_hash");
        }
    }
}
