using System.Security.Claims;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Portal.Model;

namespace Portal.Infrastructure;

/// <summary>
/// An admin looking through a client's eyes: for this browser and for some hours they count as its owner too. It hangs on the admin's
/// own sign-in, and ends with it, with their role, and with the client.
/// </summary>
public sealed class ViewAs(IDataProtectionProvider protection, PortalOptions portal)
{
    private static readonly TimeSpan s_life = TimeSpan.FromHours(4);
    private readonly ITimeLimitedDataProtector _views = protection.CreateProtector("view-as").ToTimeLimitedDataProtector();

    private string CookieName => portal.PublicUrl.Scheme == Uri.UriSchemeHttps ? "__Host-portal-view" : "portal-view";

    public void Start(HttpContext context, Guid client) => context.Response.Cookies.Append(
        CookieName, _views.Protect(JsonSerializer.Serialize(new View(AdminOf(context.User)!.Value, client)), s_life), Options());

    public void End(HttpContext context) => context.Response.Cookies.Delete(CookieName, Options());

    /// <summary>Gives the admin of this request the client they are looking at.</summary>
    public void Enter(HttpContext context)
    {
        if (context.User.ClientId is null && context.User.IsAdmin && AdminOf(context.User) is { } admin
            && context.Request.Cookies[CookieName] is { Length: > 0 } text && Read(text) is { } view && view.Admin == admin)
        {
            // A person of this request only: the cookie's own must not come to carry it when it is renewed.
            context.User = new(
            [
                .. context.User.Identities,
                new ClaimsIdentity([new(Tenancy.ClientClaim, view.Client.ToString()), new(ClaimTypes.Role, nameof(UserRole.Owner))]),
            ]);
        }
    }

    private View? Read(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<View>(_views.Unprotect(text));
        }
        catch (Exception broken) when (broken is CryptographicException or JsonException)
        {
            return null;
        }
    }

    private static Guid? AdminOf(ClaimsPrincipal user) => Guid.TryParse(user.FindFirstValue(ClaimTypes.NameIdentifier), out var id) ? id : null;

    private CookieOptions Options() => new()
    {
        HttpOnly = true,
        Secure = portal.PublicUrl.Scheme == Uri.UriSchemeHttps,
        SameSite = SameSiteMode.Lax,
        Path = "/",
        IsEssential = true,
    };

    private sealed record View(Guid Admin, Guid Client);
}

public static class Viewing
{
    extension(ClaimsPrincipal user)
    {
        /// <summary>An admin who looks through a client's eyes.</summary>
        public bool IsViewing => user.IsAdmin && user.ClientId is not null;
    }
}

/// <summary>The bar over every page that an admin sees through a client's eyes.</summary>
public sealed class ViewingViewComponent(PortalDb db) : Microsoft.AspNetCore.Mvc.ViewComponent
{
    public sealed record Shown(Guid Id, string Business);

    public async Task<Microsoft.AspNetCore.Mvc.IViewComponentResult> InvokeAsync() =>
        await db.Clients.AsNoTracking().SingleOrDefaultAsync(HttpContext.RequestAborted) is { } client
            ? View(new Shown(client.Id, client.Business))
            : Content("");
}
