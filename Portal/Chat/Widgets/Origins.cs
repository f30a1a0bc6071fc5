namespace Portal.Chat;

/// <summary>Which websites a call comes from, and whether they may show a widget.</summary>
public static class Origins
{
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

    // https and a lower-case name that cannot mean a number, as nearly every browser sends it, is already in normal form.
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

    private static readonly System.Buffers.SearchValues<char> s_plainHost = System.Buffers.SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyz0123456789-."
    );

    /// <summary>
    /// True for an exact match, or for an entry <c>https://*.example.com</c> that stands for any host below example.com.
    /// An empty list allows every website; a list never allows the opaque origin <c>null</c>.
    /// </summary>
    public static bool Allow(IReadOnlyList<string> list, string origin) =>
        list.Count == 0 || list.Any(entry => Matches(entry, origin));

    private static bool Matches(string entry, string origin)
    {
        if (entry.Split("://*.", 2) is not [var scheme, var parent])
        {
            return origin == Normalize(entry);
        }

        // The dot before the parent domain excludes evil-example.com.
        return Normalize($"{scheme}://{parent}") is { } normal
            && origin.StartsWith($"{scheme}://", StringComparison.Ordinal)
            && origin.EndsWith($".{normal[(scheme.Length + 3)..]}", StringComparison.Ordinal);
    }
}
