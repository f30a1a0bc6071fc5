using System.Globalization;
using System.Text.RegularExpressions;

namespace Portal.Model;

/// <summary>
/// Converts the websites that a client typed, one per line, into the origins that browsers send: scheme, host in lower case and punycode,
/// and port unless it is the scheme's default. A leading <c>*.</c> stands for any subdomain.
/// </summary>
public static partial class AllowedOrigins
{
    public const int MaxCount = 50;

    private static readonly IdnMapping Idn = new();

    [GeneratedRegex(@"^(?!-)[a-z0-9-]{1,63}(?<!-)\z")]
    private static partial Regex Label { get; }

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
