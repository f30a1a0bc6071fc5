using System.Security.Claims;
using Portal.Model;

namespace Portal.Inbox;

/// <summary>Somebody of the client, or an admin.</summary>
public sealed record Member(Guid Id, string Name)
{
    /// <summary>Who is signed in.</summary>
    public static Member Of(ClaimsPrincipal user) => new(user.PersonId, user.DisplayName);
}
