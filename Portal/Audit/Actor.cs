using System.Net;
using System.Security.Claims;
using Portal.Model;

namespace Portal.Audit;

/// <summary>The person or job that does something, and from where.</summary>
/// <param name="AsClient">An admin who views as the client.</param>
public sealed record Actor(
    Guid? Id,
    string Name,
    ActorRole Role,
    bool AsClient = false,
    IPAddress? Address = null,
    string? Browser = null
)
{
    private const int BrowserMaxLength = 300;

    /// <summary>A job, or the operator at the command line: <c>Actor.System("clean-up")</c>.</summary>
    public static Actor System(string name) => new(null, name, ActorRole.System);

    /// <summary>The sender of the request.</summary>
    public static Actor Of(HttpContext? request) =>
        request is null
            ? System("portal")
            : From(request.User) with
            {
                Address = request.Connection.RemoteIpAddress,
                Browser = BrowserOf(request),
            };

    /// <summary>This person, in a request that began without a signed-in person, such as a sign-in.</summary>
    public static Actor Of(User user, HttpContext? request) =>
        new(
            user.Id,
            user.DisplayName,
            Enum.Parse<ActorRole>(user.Role.ToString()),
            AsClient: false,
            request?.Connection.RemoteIpAddress,
            request is null ? null : BrowserOf(request)
        );

    private static Actor From(ClaimsPrincipal user)
    {
        if (
            user.Identity?.IsAuthenticated != true
            || !Guid.TryParse(user.FindFirstValue(ClaimTypes.NameIdentifier), out var id)
        )
        {
            return new(null, "Someone", ActorRole.Unknown);
        }

        var role =
            user.IsAdmin ? ActorRole.Admin
            : user.IsInRole(nameof(UserRole.Owner)) ? ActorRole.Owner
            : ActorRole.Member;
        return new(id, user.DisplayName, role, AsClient: user.IsAdmin && user.ClientId is not null);
    }

    private static string? BrowserOf(HttpContext request) =>
        AuditChange.Tidy(request.Request.Headers.UserAgent.ToString()) is { Length: > 0 } browser
            ? browser[..Math.Min(browser.Length, BrowserMaxLength)]
            : null;
}
