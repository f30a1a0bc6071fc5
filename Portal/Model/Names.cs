using System.Globalization;
using System.Text;

namespace Portal.Model;

/// <summary>Normalizes names of people, businesses and things.</summary>
public static class Names
{
    // Letters and marks without a visible shape: Hangul and Khmer fillers, the Braille blank, the grapheme joiner.
    private const string Blank = "\u034F\u115F\u1160\u17B4\u17B5\u2800\u3164\uFFA0";

    /// <summary>
    /// Trimmed, in NFC, each run of spaces reduced to one, and without invisible characters, except where they join
    /// letters or emoji. Empty when nothing visible is left.
    /// </summary>
    public static string Clean(string? name)
    {
        if (string.IsNullOrEmpty(name))
        {
            return "";
        }

        var runes = Normalized(name, NormalizationForm.FormC).EnumerateRunes().ToList();
        var clean = new StringBuilder(name.Length);
        var isVisible = false;
        for (var n = 0; n < runes.Count; n++)
        {
            var rune = runes[n];
            if (Rune.IsWhiteSpace(rune))
            {
                if (clean.Length > 0 && clean[^1] != ' ')
                {
                    clean.Append(' ');
                }
            }
            else if (!IsHidden(rune) || Joins(runes, n))
            {
                clean.Append(rune);
                isVisible |= Shows(rune);
            }
        }

        return isVisible ? clean.ToString().Trim() : "";
    }

    /// <summary>
    /// Whether two names read the same: spaces, quotation marks, dashes, Unicode form and invisible characters do not
    /// matter.
    /// </summary>
    public static bool ReadAlike(string? typed, string name) => Folded(typed) == Folded(name);

    /// <summary>The text to type to confirm that this very thing is meant. For an unreadable name, a word.</summary>
    public static string ToConfirm(string name) => Folded(name).Length == 0 ? "delete" : Clean(name);

    private static string Folded(string? name)
    {
        var folded = new StringBuilder();
        foreach (
            var rune in Normalized(Clean(name), NormalizationForm.FormKC)
                .EnumerateRunes()
                .Where(rune => !IsHidden(rune))
        )
        {
            folded.Append(
                rune.Value switch
                {
                    0x2018 or 0x2019 or 0x201A or 0x201B or 0x2032 or 0x02BC or 0x02B9 or 0x0060 or 0x00B4 => "'",
                    0x201C or 0x201D or 0x201E or 0x201F or 0x2033 or 0x00AB or 0x00BB => "\"",
                    (>= 0x2010 and <= 0x2015) or 0x2212 => "-",
                    _ => rune.ToString(),
                }
            );
        }

        return string.Join(' ', folded.ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }

    // A lone surrogate has no normal form; it is replaced first.
    private static string Normalized(string text, NormalizationForm form) =>
        string.Concat(text.EnumerateRunes().Select(rune => rune.ToString())).Normalize(form);

    private static bool IsHidden(Rune rune) =>
        Rune.GetUnicodeCategory(rune)
            is UnicodeCategory.Format
                or UnicodeCategory.Control
                or UnicodeCategory.PrivateUse
                or UnicodeCategory.OtherNotAssigned
        || IsVariation(rune)
        || (rune.IsBmp && Blank.Contains((char)rune.Value, StringComparison.Ordinal));

    private static bool IsVariation(Rune rune) =>
        rune.Value is (>= 0xFE00 and <= 0xFE0F) or (>= 0xE0100 and <= 0xE01EF) or (>= 0x180B and <= 0x180F);

    private static bool Shows(Rune rune) =>
        !IsHidden(rune)
        && Rune.GetUnicodeCategory(rune)
            is not (
                UnicodeCategory.NonSpacingMark
                or UnicodeCategory.EnclosingMark
                or UnicodeCategory.SpacingCombiningMark
            );

    // Joiners in Persian, in Indian scripts and between emoji, and the variation selector of emoji.
    private static bool Joins(List<Rune> runes, int n) =>
        (
            runes[n].Value is 0x200C or 0x200D
            && n > 0
            && n + 1 < runes.Count
            && IsJoined(runes[n - 1])
            && IsJoined(runes[n + 1])
        )
        || (
            runes[n].Value is 0xFE0F
            && n > 0
            && Rune.GetUnicodeCategory(runes[n - 1]) is UnicodeCategory.OtherSymbol or UnicodeCategory.MathSymbol
        );

    private static bool IsJoined(Rune rune) =>
        rune.Value > 0x2FF && !Rune.IsWhiteSpace(rune) && (!IsHidden(rune) || rune.Value is 0xFE0F);
}
