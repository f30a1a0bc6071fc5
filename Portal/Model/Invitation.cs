using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Portal.Model;

/// <summary>
/// A one-time link with which a person gets an account. Without a client it is a sign-up: opening the link creates the
/// client.
/// </summary>
public sealed class Invitation
{
    public static readonly TimeSpan Life = TimeSpan.FromDays(7);

    public Guid Id { get; private set; } = Guid.CreateVersion7();
    public Guid? ClientId { get; private set; }

    /// <summary>The name of the client that a sign-up creates.</summary>
    public string? Business { get; private set; }

    public string Email { get; private set; } = null!;
    public string NormalizedEmail { get; private set; } = null!;
    public string DisplayName { get; private set; } = null!;
    public UserRole Role { get; private set; }
    public Guid? InvitedBy { get; private set; }
    public string InvitedByName { get; private set; } = null!;

    /// <summary>SHA-256 of the token in its link, by which an opened link finds it.</summary>
    public byte[]? TokenHash { get; private set; }

    /// <summary>The token, encrypted, so that the same link can be shown and sent again.</summary>
    public string? TokenSealed { get; private set; }

    /// <summary>
    /// Whether its link was shown to the inviter: opening it then does not prove who owns the mailbox.
    /// </summary>
    public bool HandedOver { get; private set; }

    public DateTimeOffset CreatedAt { get; private set; }
    public DateTimeOffset? SentAt { get; private set; }
    public DateTimeOffset ExpiresAt { get; private set; }
    public DateTimeOffset? AcceptedAt { get; private set; }
    public DateTimeOffset? RevokedAt { get; private set; }

    private Invitation() { }

    public static Invitation To(
        Guid client,
        string email,
        string name,
        UserRole role,
        Guid by,
        string byName,
        DateTimeOffset now
    ) =>
        new()
        {
            ClientId = client,
            Email = EmailAddresses.Clean(email),
            NormalizedEmail = EmailAddresses.Normalize(email),
            DisplayName = name,
            Role = role,
            InvitedBy = by,
            InvitedByName = byName,
            CreatedAt = now,
            ExpiresAt = now + Life,
        };

    public static Invitation SignUp(string business, string email, string name, DateTimeOffset now) =>
        new()
        {
            Business = business,
            Email = EmailAddresses.Clean(email),
            NormalizedEmail = EmailAddresses.Normalize(email),
            DisplayName = name,
            Role = UserRole.Owner,
            InvitedByName = name,
            CreatedAt = now,
            ExpiresAt = now + Life,
        };

    public bool IsSignUp => ClientId is null;

    public bool IsOpen(DateTimeOffset now) => AcceptedAt is null && RevokedAt is null && ExpiresAt > now;

    /// <summary>Sets its link, which never changes.</summary>
    public void Keep(LinkToken token) => (TokenHash, TokenSealed) = (token.Hash, token.Sealed);

    /// <summary>Its link was handed over or sent.</summary>
    public void Sent(DateTimeOffset now) => SentAt = now;

    /// <summary>Its link is shown, to be handed over.</summary>
    public void HandOver() => HandedOver = true;

    /// <summary>Makes the link valid for another week.</summary>
    public void Renew(DateTimeOffset now) => ExpiresAt = now + Life;

    public void Accept(DateTimeOffset now)
    {
        AcceptedAt = now;
        (TokenHash, TokenSealed) = (null, null);
    }

    public void Revoke(DateTimeOffset now)
    {
        RevokedAt ??= now;
        (TokenHash, TokenSealed) = (null, null);
    }

    internal sealed class Mapping : IEntityTypeConfiguration<Invitation>
    {
        public void Configure(EntityTypeBuilder<Invitation> invitation)
        {
            invitation.ToTable("invitations");
            invitation.Ignore(i => i.IsSignUp);
            invitation.Property(i => i.Email).HasMaxLength(256);
            invitation.Property(i => i.NormalizedEmail).HasMaxLength(256);
            invitation.Property(i => i.Role).HasConversion<string>();
            invitation.HasIndex(i => i.ClientId).HasDatabaseName("idx_invitations_client_id");
            invitation.HasIndex(i => i.TokenHash).IsUnique().HasDatabaseName("idx_invitations_token_hash");
            invitation
                .HasIndex(i => new { i.ClientId, i.NormalizedEmail })
                .IsUnique()
                .HasFilter("accepted_at IS NULL AND revoked_at IS NULL")
                .HasDatabaseName("idx_invitations_open");
        }
    }
}

public static class Invitations
{
    extension(IQueryable<Invitation> invitations)
    {
        public IQueryable<Invitation> Of(Guid client) => invitations.Where(i => i.ClientId == client);

        /// <summary>Neither accepted nor revoked; it may have expired.</summary>
        public IQueryable<Invitation> Pending() => invitations.Where(i => i.AcceptedAt == null && i.RevokedAt == null);
    }
}
