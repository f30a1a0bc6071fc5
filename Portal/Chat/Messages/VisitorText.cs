using Portal.Webhooks;

namespace Portal.Chat;

/// <summary>
/// Makes text from strangers safe for the database: PostgreSQL refuses U+0000, and lone surrogates cannot be encoded.
/// </summary>
public static class VisitorText
{
    public const int MessageMaxLength = 4000;

    /// <summary>Drops control characters other than line breaks and tabs, replaces lone surrogates, trims.</summary>
    public static string Clean(string? text) => string.IsNullOrWhiteSpace(text) ? "" : UpstreamText.Clean(text).Trim();

    /// <summary>At most so many UTF-16 units, never cut in the middle of a character.</summary>
    public static string Cut(string text, int length) => UpstreamText.Cut(text, length);

    /// <summary>A language tag as a browser sends it, or null.</summary>
    public static string? Locale(string? tag) => Clean(tag) is { Length: > 0 } clean ? Cut(clean, 35) : null;

    /// <summary>
    /// A page's address as it is stored: without its fragment and, unless the client wants it, its query, which may
    /// contain personal data.
    /// </summary>
    public static string? PageUrl(string? url, bool withQuery = false) =>
        Uri.TryCreate(url, UriKind.Absolute, out var page) && page.Scheme is "http" or "https" or "file"
            ? Cut(Clean(page.GetLeftPart(withQuery ? UriPartial.Query : UriPartial.Path)), 2048)
            : null;
}
