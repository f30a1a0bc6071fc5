using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Identity;

namespace Portal.Model;

/// <summary>
/// What an email address is, and its one normal form. Look-ups, limits and comparisons go by that, so that letters that
/// only look different, characters that nobody sees, and the two ways to write an international domain lead to the same
/// account and the same count.
/// </summary>
public static class EmailAddresses
{
    /// <summary>As much as a column holds.</summary>
    public const int MaxLength = 256;

    private const int MaxLocalBytes = 64;
    private static readonly IdnMapping s_idn = new();
    private static readonly IdnMapping s_hosts = new() { UseStd3AsciiRules = true };

    /// <summary>
    /// The form in which an address is stored and used: compatibility characters resolved (NFKC), nothing invisible.
    /// </summary>
    public static string Clean(string? typed)
    {
        var visible = new StringBuilder();
        foreach (var rune in (typed ?? "").EnumerateRunes().Where(rune => !IsInvisible(rune)))
        {
            visible.Append(rune.ToString());
        }

        // NFKC may produce invisible characters again.
        var normal = visible.ToString().Normalize(NormalizationForm.FormKC);
        return string.Concat(normal.EnumerateRunes().Where(rune => !IsInvisible(rune)).Select(rune => rune.ToString()))
            .Trim();
    }

    /// <summary>The form for look-ups and limits: clean, with the domain in ASCII, in upper case.</summary>
    public static string Normalize(string? typed)
    {
        var address = Clean(typed);
        var at = address.LastIndexOf('@');
        return (at < 0 ? address : $"{address[..at]}@{AsciiOf(address[(at + 1)..])}").ToUpperInvariant();
    }

    public static bool AreSame(string? one, string? other) => Normalize(one) == Normalize(other);

    /// <summary>
    /// Exactly one address and nothing else: no display name, no second address, no line break (the framework's own
    /// check lets <c>a@b.c, d@e.f</c> and control characters pass), and one that SMTP can carry.
    /// </summary>
    public static bool IsOne(string text) => IsMailbox(text) && text.IndexOf('.', text.IndexOf('@')) > 0;

    /// <summary>The same, at a host of one's own network too, whose name may have no dot.</summary>
    public static bool IsMailbox(string text) =>
        text.Length <= 254 && text.IndexOf('@') is > 0 and var at && IsLocal(text[..at]) && IsHost(text[(at + 1)..]);

    /// <summary>
    /// The address as SMTP takes it: some providers have given out local parts such as <c>jane0.</c> and <c>a..b</c>,
    /// which RFC 5321 carries between quotation marks only.
    /// </summary>
    public static string Quoted(string address)
    {
        var at = address.LastIndexOf('@');
        if (at < 0 || address[..at].Split('.').All(atom => atom.Length > 0 && atom.All(IsAtomic)))
        {
            return address;
        }

        var local = address[..at]
            .Replace(@"\", @"\\", StringComparison.Ordinal)
            .Replace("\"", "\\\"", StringComparison.Ordinal);
        return $"\"{local}\"{address[at..]}";
    }

    // Dots stand anywhere. What would need an escape, or another sign around it, nobody has in an address.
    private static bool IsLocal(string local) =>
        Encoding.UTF8.GetByteCount(local) <= MaxLocalBytes && local.All(letter => letter == '.' || IsAtomic(letter));

    private static bool IsAtomic(char letter) =>
        letter < 128
            ? char.IsAsciiLetterOrDigit(letter) || "!#$%&'*+-/=?^_`{|}~".Contains(letter)
            : !char.IsWhiteSpace(letter)
                && char.GetUnicodeCategory(letter)
                    is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse);

    private static bool IsHost(string host)
    {
        try
        {
            return !host.EndsWith('.') && Uri.CheckHostName(s_hosts.GetAscii(host)) == UriHostNameType.Dns;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static string AsciiOf(string domain)
    {
        try
        {
            return s_idn.GetAscii(domain.ToLowerInvariant());
        }
        catch (ArgumentException)
        {
            // An impossible domain: it stays as it is and belongs to nobody.
            return domain;
        }
    }

    // Control and format characters (zero width, directions), what EnumerateRunes makes of half a character, fillers
    // and variation selectors.
    private static bool IsInvisible(Rune rune) =>
        Rune.GetUnicodeCategory(rune)
            is UnicodeCategory.Control
                or UnicodeCategory.Format
                or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator
        || rune.Value
            is 0xFFFD
                or 0x034F
                or 0x115F
                or 0x1160
                or 0x17B4
                or 0x17B5
                or 0x3164
                or 0xFFA0
                or (>= 0x180B and <= 0x180F)
                or (>= 0xFE00 and <= 0xFE0F)
                or (>= 0xE0000 and <= 0xE0FFF);
}

/// <summary>Identity's normalizer for addresses, which are user names, too.</summary>
public sealed class EmailAddressNormalizer : ILookupNormalizer
{
    public string? NormalizeName(string? name) => name is null ? null : EmailAddresses.Normalize(name);

    public string? NormalizeEmail(string? email) => email is null ? null : EmailAddresses.Normalize(email);
}
