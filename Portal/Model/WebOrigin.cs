using System.Buffers;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Portal.Model;

/// <summary>
/// A website as browsers name it: scheme, host in lower case and punycode, port unless it is the scheme's own. Which
/// one a call comes from, which ones a client typed in, and whether the one is among the others.
/// </summary>
public static partial class WebOrigin
{
    public const int MaxCount = 50;

    private static readonly IdnMapping Idn = new();

    private static readonly SearchValues<char> s_plainHost = SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyz0123456789-."
    );

    [GeneratedRegex(@"^(?!-)[a-z0-9-]{1,63}(?<!-)\z")]
    private static partial Regex Label { get; }

    /// <summary>
    /// The calling page's origin. Same-origin GETs carry no Origin header, so those are known by Sec-Fetch-Site.
    /// A caller that is no browser has none and gets <c>""</c>.
    /// </summary>
    public static string Of(HttpRequest request, Uri publicUrl)
    {
        var origin = request.Headers.Origin.ToString();
        if (origin.Length > 0)
        {
            return Normalize(origin) ?? "null";
        }

        return request.Headers["Sec-Fetch-Site"] == "same-origin" ? publicUrl.GetLeftPart(UriPartial.Authority) : "";
    }

    /// <summary>
    /// Scheme, host and port in lower case and punycode, the default port left out; null when it is no origin.
    /// </summary>
    public static string? Normalize(string origin) =>
        IsPlain(origin) ? origin
        : Uri.TryCreate(origin, UriKind.Absolute, out var url)
        && url.Scheme is "http" or "https"
        && url.IdnHost.Length > 0
            ? url.IsDefaultPort ? $"{url.Scheme}://{url.IdnHost.ToLowerInvariant()}"
                : $"{url.Scheme}://{url.IdnHost.ToLowerInvariant()}:{url.Port}"
        : null;

    // https and a name of small letters that no number can be meant by, as nearly every browser sends it: that is its
    // normal form already.
    private static bool IsPlain(ReadOnlySpan<char> origin)
    {
        const string Https = "https://";
        if (!origin.StartsWith(Https, StringComparison.Ordinal) || origin.Length > 200)
        {
            return false;
        }

        var host = origin[Https.Length..];
        var last = host[(host.LastIndexOf('.') + 1)..];
        return last.Length > 1
            && char.IsAsciiLetterLower(last[0])
            && !host.ContainsAnyExcept(s_plainHost)
            && host[0] is not ('.' or '-')
            && !host.Contains("..", StringComparison.Ordinal)
            && !host.Contains("xn--", StringComparison.Ordinal);
    }

    /// <summary>
    /// True for an exact match, or for an entry <c>https://*.example.com</c> that stands for any host below
    /// example.com. An empty list allows every website; a list never allows the opaque origin <c>null</c>.
    /// </summary>
    public static bool Allow(IReadOnlyList<string> list, string origin) =>
        list.Count == 0 || list.Any(entry => Matches(entry, origin));

    private static bool Matches(string entry, string origin)
    {
        if (entry.Split("://*.", 2) is not [var scheme, var parent])
        {
            return origin == Normalize(entry);
        }

        // The dot before the parent keeps evil-example.com out.
        return Normalize($"{scheme}://{parent}") is { } normal
            && origin.StartsWith($"{scheme}://", StringComparison.Ordinal)
            && origin.EndsWith($".{normal[(scheme.Length + 3)..]}", StringComparison.Ordinal);
    }

    /// <summary>
    /// Reads what a client typed in, one website a line. One <c>*.</c> on the left stands for any subdomain.
    /// </summary>
    /// <returns>The origins without repeats, and a sentence about the first line that is none.</returns>
    public static (IReadOnlyList<string> Origins, string? Error) Parse(string? lines)
    {
        var origins = new List<string>();
        foreach (
            var line in (lines ?? "").Split(
                '\n',
                StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries
            )
        )
        {
            var (origin, error) = ParseLine(line);
            if (error is not null)
            {
                return ([], error);
            }

            if (!origins.Contains(origin!))
            {
                origins.Add(origin!);
            }
        }

        return origins.Count > MaxCount
            ? ([], $"Add up to {MaxCount} domains. Use https://*.example.com for all subdomains.")
            : (origins, null);
    }

    private static (string? Origin, string? Error) ParseLine(string line)
    {
        if (line is "*" or "https://*" or "http://*")
        {
            return (null, "Leave this empty to allow any website.");
        }

        var address = line.Contains("://", StringComparison.Ordinal) ? line : $"https://{line}";
        var (scheme, rest) = (
            address[..address.IndexOf("://", StringComparison.Ordinal)].ToLowerInvariant(),
            address[(address.IndexOf("://", StringComparison.Ordinal) + 3)..]
        );
        if (scheme is not ("https" or "http"))
        {
            return (null, $"“{line}” must start with https:// or http://.");
        }

        var any = rest.StartsWith("*.", StringComparison.Ordinal);
        var host = any ? rest[2..] : rest;
        if (host.Contains('*', StringComparison.Ordinal))
        {
            return (null, $"In “{line}”, the * can only replace the first part: https://*.example.com.");
        }

        if (
            host.Contains('@', StringComparison.Ordinal)
            || !Uri.TryCreate($"{scheme}://{host}", UriKind.Absolute, out var url)
            || Host(url) is not { } name
        )
        {
            return (null, $"“{line}” isn’t a valid website address. Enter one such as https://www.example.com.");
        }

        if (any && (url.HostNameType != UriHostNameType.Dns || !name.Contains('.', StringComparison.Ordinal)))
        {
            return (null, $"“{line}” is too broad. Use your own domain: https://*.example.com.");
        }

        return ($"{scheme}://{(any ? "*." : "")}{name}{(url.IsDefaultPort ? "" : $":{url.Port}")}", null);
    }

    private static string? Host(Uri url)
    {
        if (url.HostNameType is UriHostNameType.IPv4 or UriHostNameType.IPv6)
        {
            return url.Host;
        }

        try
        {
            var name = Idn.GetAscii(url.Host).ToLowerInvariant();
            return name.Length <= 253 && name.Split('.').All(label => Label.IsMatch(label)) ? name : null;
        }
        catch (ArgumentException)
        {
            return null;
        }
    }
}
