using System.Net;
using Portal.Model;
using Portal.Web;

namespace Portal.Accounts;

/// <summary>
/// Recognizes browsers in which a person signed in before. The cookie signs nobody in; stealing it only prevents a
/// notification email.
/// </summary>
public sealed class KnownDeviceCookie(PortalCookies cookies)
{
    private const int Bytes = 16;
    private static readonly TimeSpan s_life = TimeSpan.FromDays(400);

    private const string CookieName = "device";

    /// <summary>What we keep of this browser, or null when it has never signed anybody in.</summary>
    public byte[]? Known(HttpContext context) => Read(context)?.Hash;

    /// <summary>The same at sign-in: sets the cookie if the browser has none.</summary>
    public byte[] Remember(HttpContext context)
    {
        var token = Read(context) ?? SecretToken.Create(Bytes);
        cookies.Append(context, CookieName, token.Text, s_life);
        return token.Hash;
    }

    /// <summary>A readable name, such as <c>Firefox on Windows</c>.</summary>
    public static string NameOf(string? agent)
    {
        if (string.IsNullOrWhiteSpace(agent))
        {
            return "Unknown browser";
        }

        // Most browsers also claim to be one of those further down.
        var browser = First(
            agent,
            ("Edg", "Edge"),
            ("OPR/", "Opera"),
            ("SamsungBrowser", "Samsung Internet"),
            ("Firefox", "Firefox"),
            ("FxiOS", "Firefox"),
            ("CriOS", "Chrome"),
            ("Chrome", "Chrome"),
            ("Safari", "Safari")
        ) ?? "Browser";
        var system = First(
            agent,
            ("iPhone", "iPhone"),
            ("iPad", "iPad"),
            ("Android", "Android"),
            ("Windows", "Windows"),
            ("Mac OS", "Mac"),
            ("CrOS", "ChromeOS"),
            ("Linux", "Linux")
        );
        return system is null ? browser : $"{browser} on {system}";
    }

    /// <summary>As people write it: an IPv4 address that arrived as IPv6 is shown as IPv4.</summary>
    public static string? AddressOf(IPAddress? address) =>
        (address is { IsIPv4MappedToIPv6: true } ? address.MapToIPv4() : address)?.ToString();

    /// <summary>Whether it is a mobile device, for the icon beside it.</summary>
    public static bool IsPhone(string? agent) =>
        agent is not null && First(agent, ("iPhone", ""), ("Android", ""), ("Mobile", "")) is not null;

    private static string? First(string agent, params ReadOnlySpan<(string Part, string Name)> names)
    {
        foreach (var (part, name) in names)
        {
            if (agent.Contains(part, StringComparison.Ordinal))
            {
                return name;
            }
        }

        return null;
    }

    private SecretToken? Read(HttpContext context) => SecretToken.Read(cookies.Read(context, CookieName), Bytes);
}
