using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Identity;

namespace Portal.Model;

/// <summary>
/// The normal form of email addresses for look-ups, limits and comparisons. Look-alike letters, invisible characters and the two spellings
/// of an international domain lead to the same account and the same limit.
/// </summary>
public static class EmailAddresses
{
    private static readonly IdnMapping s_idn = new();

    /// <summary>The form in which an address is stored and used: compatibility characters resolved (NFKC), nothing invisible.</summary>
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

    // Control and format characters (zero width, directions), what EnumerateRunes makes of half a character, fillers and variation selectors.
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
