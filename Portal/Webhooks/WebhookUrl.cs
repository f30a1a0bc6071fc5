using System.Diagnostics.CodeAnalysis;
using System.Net;
using Microsoft.Extensions.Options;

namespace Portal.Webhooks;

/// <summary>The rules for a webhook's address. Names are judged here; where they lead is judged when connecting.</summary>
public sealed class WebhookUrl(IOptions<WebhookOptions> options, AddressPolicy addresses)
{
    public const int MaxLength = 2048;

    private const string NotPublic = "This address is not on the public internet, so the portal can't call it.";

    private static readonly string[] PrivateSuffixes = [".local", ".internal", ".localhost", ".arpa"];

    /// <summary>A sentence for the form's field, or null when the address may be saved.</summary>
    public string? Refusal(string? text)
    {
        if (!MayCall(text, out var url, out var refusal))
        {
            return refusal;
        }

        if (url.AbsolutePath.Contains("/webhook-test/", StringComparison.OrdinalIgnoreCase))
        {
            return "This is n8n's test address: it answers one call while the editor listens. Publish the workflow and paste the production URL, the one with /webhook/.";
        }

        return url.AbsolutePath.StartsWith("/workflow/", StringComparison.OrdinalIgnoreCase)
            ? "This is the workflow's page in n8n's editor. Open its first node and paste the production URL, the one with /webhook/."
            : null;
    }

    /// <summary>What holds for every call, also of an address that was saved under other rules.</summary>
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
            return "Enter the webhook's address.";
        }

        if (text.Length > MaxLength)
        {
            return $"This address is longer than {MaxLength} characters.";
        }

        // Uri repairs backslashes and drops some control characters: what was typed is not what would be called.
        if (text.Any(c => c == '\\' || char.IsControl(c) || char.IsWhiteSpace(c))
            || !Uri.TryCreate(text, UriKind.Absolute, out url)
            || url.Scheme is not ("https" or "http"))
        {
            return "Enter a full address that begins with https://.";
        }

        if (url.UserInfo.Length > 0)
        {
            return "Leave the user name and password out of the address; choose Basic under Authentication.";
        }

        return text.Contains('#', StringComparison.Ordinal) ? "Leave out the # and what follows it." : null;
    }

    private string? Place(Uri url)
    {
        // IdnHost, because circled and fullwidth digits become an address only there.
        var host = Endpoint.Normal(url.IdnHost);
        if (addresses.IsOpened(host, url.Port))
        {
            return null;
        }

        if (url.Scheme != Uri.UriSchemeHttps && !options.Value.AllowHttp)
        {
            return "The address must begin with https://.";
        }

        if (url.Port != 443 && !(url.Port == 80 && options.Value.AllowHttp) && !options.Value.AllowedPorts.Contains(url.Port))
        {
            return $"The portal doesn't call port {url.Port}. Use port 443, or ask who runs the portal to open it.";
        }

        if (options.Value.PublicUrl is { } own && host == Endpoint.Normal(own.IdnHost) && url.Port == own.Port)
        {
            return "This is the portal's own address. Paste the address of your n8n webhook.";
        }

        return Leads(host.TrimEnd('.'), addresses.Allows) ? null : NotPublic;
    }

    /// <summary>Whether a client's n8n could call this address, as far as its name tells: the portal's own, for one.</summary>
    public bool IsPublic(Uri? url) => url is not null && Leads(Endpoint.Normal(url.IdnHost).TrimEnd('.'), address => addresses.IsPublic(address) || addresses.Allows(address));

    private static bool Leads(string name, Func<IPAddress, bool> isFine) => IPAddress.TryParse(name, out var address)
        ? isFine(address)
        : name.Contains('.', StringComparison.Ordinal) && !PrivateSuffixes.Any(suffix => name.EndsWith(suffix, StringComparison.Ordinal));
}
