using Microsoft.AspNetCore.Identity;

namespace Portal.Model;

/// <summary>A person who signs in to the portal.</summary>
public sealed class User : IdentityUser<Guid>
{
    public const int NameMaxLength = 100;

    public User() => Id = Guid.CreateVersion7();

    /// <summary>The client they belong to; null for an admin.</summary>
    public Guid? ClientId { get; init; }

    public UserRole Role { get; set; }
    public required string DisplayName { get; set; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? LastSignInAt { get; set; }

    /// <summary>Since when an admin has disabled the account; null: it is enabled.</summary>
    public DateTimeOffset? DisabledAt { get; set; }
}

public enum UserRole
{
    /// <summary>The agency: runs all clients, belongs to none.</summary>
    Admin,

    /// <summary>Manages a client's team and settings.</summary>
    Owner,

    /// <summary>Works on a client's widgets and reads its data.</summary>
    Member,
}
