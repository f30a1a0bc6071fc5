using System.Security.Claims;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Portal.Model;
using Portal.Web;

namespace Portal.Accounts;

/// <summary>
/// View as client: for this session and some hours an admin counts as the client's owner. The view is stored in the
/// session's row and ends with it, with the admin's role or factor, and with the client. The cookie only says that the
/// row should be checked.
/// </summary>
public sealed class Impersonation(PortalCookies cookies, IOptions<FactorOptions> factors, TimeProvider clock)
{
    private const string CookieName = "view";
    private static readonly TimeSpan s_life = TimeSpan.FromHours(4);

    public async Task StartAsync(HttpContext context, Guid client)
    {
        await WriteAsync(context, client, clock.GetUtcNow() + s_life);
        cookies.Append(context, CookieName, client.ToString("N"));
    }

    public async Task EndAsync(HttpContext context)
    {
        await WriteAsync(context, null, null);
        cookies.Delete(context, CookieName);
    }

    /// <summary>Enters the client that the admin of this request is viewing.</summary>
    public async Task EnterAsync(HttpContext context)
    {
        if (
            context.User is { ClientId: null, IsAdmin: true, SessionId: { } session } admin
            && Guid.TryParse(cookies.Read(context, CookieName), out var client)
            && factors.Value.IsProvedEnough(admin)
            && await IsViewingAsync(context, session, admin.PersonId, client)
        )
        {
            // Only for this request: the cookie's own principal must not contain the client when it is renewed.
            context.User = new([
                .. context.User.Identities,
                new ClaimsIdentity([
                    new(Person.ClientClaim, $"{client}"),
                    new(ClaimTypes.Role, nameof(UserRole.Owner)),
                ]),
            ]);
        }
    }

    private Task<bool> IsViewingAsync(HttpContext context, Guid session, Guid admin, Guid client)
    {
        var now = clock.GetUtcNow();
        return Sessions(context)
            .AnyAsync(
                row =>
                    row.Id == session
                    && row.UserId == admin
                    && row.EndedAt == null
                    && row.ViewingClientId == client
                    && row.ViewingUntil > now,
                context.RequestAborted
            );
    }

    private static Task<int> WriteAsync(HttpContext context, Guid? client, DateTimeOffset? until)
    {
        var id = context.User.SessionId;
        return Sessions(context)
            .Where(row => row.Id == id && row.EndedAt == null)
            .ExecuteUpdateAsync(
                set => set.SetProperty(row => row.ViewingClientId, client).SetProperty(row => row.ViewingUntil, until),
                context.RequestAborted
            );
    }

    private static DbSet<UserSession> Sessions(HttpContext context) =>
        context.RequestServices.GetRequiredService<AccountsDb>().Sessions;
}
