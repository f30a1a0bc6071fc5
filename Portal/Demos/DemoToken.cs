using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.DataProtection;
using Portal.Secrets;
using Portal.Web;

namespace Portal.Demos;

/// <summary>
/// The token of a browser that the page behind a demo's link has admitted. Conversations start only with it, so knowing
/// the widget's id bypasses neither page nor passcode.
/// </summary>
public sealed class DemoToken(IDataProtectionProvider protection, PortalCookies cookies, TimeProvider clock)
{
    private readonly IDataProtector _protector = protection.CreateProtector("demos.ticket");

    public void Give(HttpResponse response, Guid widget, Guid link, string? passcodeHash) =>
        cookies.Append(
            response.HttpContext,
            NameFor(widget),
            _protector.Protect(Worth(link, passcodeHash)),
            sameSite: SameSiteMode.Strict
        );

    /// <summary>Whether this browser views the demo for the first time today.</summary>
    public bool IsFirstToday(HttpContext context, Guid widget)
    {
        var today = clock.GetUtcNow().ToString("yyyyMMdd", System.Globalization.CultureInfo.InvariantCulture);
        if (cookies.Read(context, SeenFor(widget)) == today)
        {
            return false;
        }

        cookies.Append(context, SeenFor(widget), today, TimeSpan.FromDays(1), SameSiteMode.Strict);
        return true;
    }

    private static string SeenFor(Guid widget) => $"seen-{widget:N}";

    /// <summary>Whether the browser was let in, by the passcode that holds now.</summary>
    public bool IsGood(HttpRequest request, Guid widget, Guid link, string? passcodeHash) =>
        cookies.Read(request.HttpContext, NameFor(widget)) is { Length: > 0 and < 1000 } ticket
        && _protector.Open(ticket) == Worth(link, passcodeHash);

    private static string NameFor(Guid widget) => $"demo-{widget:N}";

    private static string Worth(Guid link, string? passcodeHash) =>
        $"{link:N}{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(passcodeHash ?? "")).AsSpan(0, 8))}";
}
