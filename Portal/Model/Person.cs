using System.Security.Claims;

namespace Portal.Model;

/// <summary>The signed-in person, as pages see them.</summary>
public static class Person
{
    public const string DisplayNameClaim = "display_name";

    /// <summary>The client a person belongs to.</summary>
    public const string ClientClaim = "client";

    extension(ClaimsPrincipal user)
    {
        /// <summary>Of the signed-in person.</summary>
        public Guid PersonId => Guid.Parse(user.FindFirstValue(ClaimTypes.NameIdentifier)!);

        public string DisplayName => user.FindFirstValue(DisplayNameClaim) ?? user.Identity?.Name ?? "";

        public string RoleName => user.FindFirstValue(ClaimTypes.Role) ?? "";

        /// <summary>The client this person belongs to, or null for admins and signed-out people.</summary>
        public Guid? ClientId => Guid.TryParse(user.FindFirstValue(ClientClaim), out var id) ? id : null;

        /// <summary>Whether they are an owner of the client, or view as it.</summary>
        public bool Manages => user.ClientId is not null && user.IsInRole(nameof(UserRole.Owner));

        /// <summary>An admin who is viewing as a client.</summary>
        public bool IsViewing => user.IsAdmin && user.ClientId is not null;

        public bool IsAdmin => user.IsInRole(nameof(UserRole.Admin));

        public string Initials
        {
            get
            {
                var words = user.DisplayName.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                return words is [] ? "?"
                    : words.Length == 1 ? words[0].Mark
                    : words[0].Mark + words[^1].Mark;
            }
        }
    }
}
