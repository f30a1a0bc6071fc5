using System.Diagnostics.CodeAnalysis;
using System.Net;
using Microsoft.Extensions.Options;

namespace Portal.Webhooks;

/// <summary>
/// The rules for a webhook's URL. The host name is checked here; its addresses are checked when connecting.
/// </summary>
public sealed class WebhookUrl(IOptions<WebhookOptions> options, AddressPolicy addresses)
{
    public const int MaxLength = 2048;

    private const string NotPublic = "This address is not on the public internet, so the portal can't call it.";

    private const string OwnAddress = "This is the portal's own address. Paste your n8n webhook URL.";

    private static readonly string[] PrivateSuffixes = [".local", ".internal", ".localhost", ".arpa"];

    /// <summary>An error message for the form's field, or null when the URL may be saved.</summary>
    public string? Refusal(string? text)
    {
        if (!MayCall(text, out var url, out var refusal))
        {
            return refusal;
        }

        return Misread(url);
    }

    /// <summary>
    /// The intended URL, where that is certain: n8n shows two addresses beside each other, and copying picks up
    /// slashes. Empty for nothing.
    /// </summary>
    public string Corrected(string? text)
    {
        text = text?.Trim() ?? "";
        if (
            !Uri.TryCreate(text, UriKind.Absolute, out var url)
            || url.Scheme is not ("https" or "http")
            || url.UserInfo.Length > 0
        )
        {
            return text;
        }

        var path = url.AbsolutePath;
        if (
            !path.Contains("/webhook", StringComparison.OrdinalIgnoreCase)
            || !path.Contains("//", StringComparison.Ordinal)
        )
        {
            return text;
        }

        while (path.Contains("//", StringComparison.Ordinal))
        {
            path = path.Replace("//", "/", StringComparison.Ordinal);
        }

        return $"{url.GetLeftPart(UriPartial.Authority)}{path}{url.Query}{url.Fragment}";
    }

    /// <summary>
    /// Whether this may be a Chat Trigger's URL that lost its end. Its path is a UUID, like that of a Webhook node
    /// without a path of its own, so this is only a hint.
    /// </summary>
    public static bool MayLackChat(string? text) =>
        Uri.TryCreate(text?.Trim(), UriKind.Absolute, out var url)
        && url.AbsolutePath.TrimEnd('/').Split('/') is [.., "webhook", var id]
        && Guid.TryParseExact(id, "D", out _);

    /// <summary>
    /// The setting that would let the portal call this URL, as <c>name=value</c>; null when none is needed, or none
    /// helps.
    /// </summary>
    public string? SettingThatOpens(string? text) =>
        Shape(text?.Trim(), out var url) is null && Place(url!) is { } refusal && refusal != OwnAddress
            ? $"Portal__Webhooks__AllowedTargets__0={Endpoint.Normal(url!.IdnHost)}:{url.Port}"
            : null;

    // Addresses of n8n that are not webhooks: each has a page from which to copy the right one.
    private static string? Misread(Uri url)
    {
        var path = url.AbsolutePath.TrimEnd('/');
        bool Begins(params ReadOnlySpan<string> names)
        {
            foreach (var name in names)
            {
                if (
                    path.Equals(name, StringComparison.OrdinalIgnoreCase)
                    || path.StartsWith($"{name}/", StringComparison.OrdinalIgnoreCase)
                )
                {
                    return true;
                }
            }

            return false;
        }

        return path.Contains("/webhook-test/", StringComparison.OrdinalIgnoreCase)
            || path.EndsWith("/webhook-test", StringComparison.OrdinalIgnoreCase)
                ? "This is n8n's test URL: it works for one call while the editor listens. Publish the workflow and paste the Production URL, the one with /webhook/."
            : Begins(
                "/workflow",
                "/workflows",
                "/home/workflows",
                "/home/credentials",
                "/home/executions",
                "/projects",
                "/executions",
                "/signin",
                "/setup"
            )
                ? "This is a page of n8n's editor. Open the workflow's first node and paste its Production URL or Chat URL, the one with /webhook/."
            : Begins("/form", "/form-test", "/form-waiting")
                ? "This is the address of a form. Start the workflow with a Webhook node or a Chat Trigger instead, and paste its URL."
            : Begins("/webhook-waiting")
                ? "This address belongs to a single run that waits. Paste the URL of the workflow's first node, the one with /webhook/."
            : path.Length == 0 || path.EndsWith("/webhook", StringComparison.OrdinalIgnoreCase)
                ? "The path of the webhook is missing. Paste the whole Production URL or Chat URL from the workflow's first node, such as https://n8n.example.com/webhook/shop."
            : null;
    }

    /// <summary>Applies to every call, also of a URL that was saved under other rules.</summary>
    public bool MayCall(string? text, [NotNullWhen(true)] out Uri? url, [NotNullWhen(false)] out string? refusal)
    {
        url = null;
        refusal = Shape(text?.Trim(), out var parsed) ?? Place(parsed!);
        if (refusal is not null)
        {
            return false;
        }

        url = parsed!;
        return true;
    }

    private static string? Shape(string? text, out Uri? url)
    {
        url = null;
        if (string.IsNullOrEmpty(text))
        {
            return "Enter the webhook URL.";
        }

        if (text.Length > MaxLength)
        {
            return $"The URL can have up to {MaxLength:N0} characters.";
        }

        // Uri repairs backslashes and drops some control characters, so it would call something other than what was
        // typed.
        if (
            text.Any(c => c == '\\' || char.IsControl(c) || char.IsWhiteSpace(c))
            || !Uri.TryCreate(text, UriKind.Absolute, out url)
            || url.Scheme is not ("https" or "http")
        )
        {
            return "Enter a full URL that starts with https://.";
        }

        if (url.UserInfo.Length > 0)
        {
            return "Leave the user name and password out of the URL; choose Basic auth under Authentication.";
        }

        return text.Contains('#', StringComparison.Ordinal) ? "Remove the # and everything after it." : null;
    }

    private string? Place(Uri url)
    {
        // IdnHost, because only there do circled and fullwidth digits become an address.
        var host = Endpoint.Normal(url.IdnHost);
        if (addresses.IsOpened(host, url.Port))
        {
            return null;
        }

        if (!Leads(host.TrimEnd('.'), addresses.Allows))
        {
            return NotPublic;
        }

        if (url.Scheme != Uri.UriSchemeHttps && !options.Value.AllowHttp)
        {
            return "The URL must start with https://.";
        }

        if (
            url.Port != 443
            && !(url.Port == 80 && options.Value.AllowHttp)
            && !options.Value.AllowedPorts.Contains(url.Port)
        )
        {
            return $"The portal doesn't call port {url.Port}. Use port 443, or ask your portal administrator to open it.";
        }

        return options.Value.PublicUrl is { } own && host == Endpoint.Normal(own.IdnHost) && url.Port == own.Port
            ? OwnAddress
            : null;
    }

    /// <summary>
    /// Whether a client's n8n could call this address, as far as its name tells: for example the portal's own.
    /// </summary>
    public bool IsPublic(Uri? url) =>
        url is not null
        && Leads(Endpoint.Normal(url.IdnHost).TrimEnd('.'), address =>
            addresses.IsPublic(address) || addresses.Allows(address)
        );

    private static bool Leads(string name, Func<IPAddress, bool> isFine) =>
        IPAddress.TryParse(name, out var address)
            ? isFine(address)
            : name.Contains('.', StringComparison.Ordinal)
                && !PrivateSuffixes.Any(suffix => name.EndsWith(suffix, StringComparison.Ordinal));
}
