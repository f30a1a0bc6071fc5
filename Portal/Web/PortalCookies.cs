using Portal.Hosting;

namespace Portal.Web;

/// <summary>
/// Names and attributes of all our cookies. Over https each has the __Host- prefix, with which browsers accept it from
/// this very host only, and none is sent without TLS.
/// </summary>
public sealed class PortalCookies(PortalOptions portal)
{
    public bool IsSecure => portal.PublicUrl.Scheme == Uri.UriSchemeHttps;

    /// <param name="name">Without prefix; empty for the one that signs in.</param>
    public string NameOf(string name) => (IsSecure ? "__Host-portal" : "portal") + (name.Length == 0 ? "" : $"-{name}");

    public string? Read(HttpContext context, string name) => context.Request.Cookies[NameOf(name)];

    public void Append(
        HttpContext context,
        string name,
        string value,
        TimeSpan? maxAge = null,
        SameSiteMode sameSite = SameSiteMode.Lax
    ) => context.Response.Cookies.Append(NameOf(name), value, Options(maxAge, sameSite));

    public void Delete(HttpContext context, string name) =>
        context.Response.Cookies.Delete(NameOf(name), Options(null, SameSiteMode.Lax));

    /// <summary>The same for a cookie of the framework.</summary>
    public void Apply(CookieBuilder cookie, string name)
    {
        cookie.Name = NameOf(name);
        cookie.Path = "/";
        cookie.HttpOnly = true;
        cookie.SecurePolicy = IsSecure ? CookieSecurePolicy.Always : CookieSecurePolicy.SameAsRequest;
    }

    private CookieOptions Options(TimeSpan? maxAge, SameSiteMode sameSite) =>
        new()
        {
            HttpOnly = true,
            Secure = IsSecure,
            SameSite = sameSite,
            Path = "/",
            MaxAge = maxAge,
            IsEssential = true,
        };
}
