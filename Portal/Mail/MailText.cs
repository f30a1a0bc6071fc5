using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Portal.Model;

namespace Portal.Mail;

/// <summary>
/// Makes text that people typed safe for emails. An email carries our name to people who may not know its sender, so
/// typed text is kept short, and no email program turns it into a link.
/// </summary>
public static partial class MailText
{
    /// <summary>The length of a name, in characters as people count them.</summary>
    public const int NameLength = 40;

    // Invisible, and never part of an address.
    private const char Joint = '\u200C';

    extension(string name)
    {
        /// <summary>A name of a person, business or widget: shortened, on one line, without a link.</summary>
        public string InMail
        {
            get
            {
                var plain = Spaces().Replace(string.Concat(name.Where(IsSeen)), " ").Trim();
                var text = new StringInfo(plain);
                var cut =
                    text.LengthInTextElements <= NameLength
                        ? plain
                        : text.SubstringByTextElements(0, NameLength - 1).TrimEnd() + "…";
                return Dots().Replace(cut.Replace("://", ": ", StringComparison.Ordinal), $"$0{Joint}");
            }
        }
    }

    /// <summary>
    /// A whole sentence. Email addresses are left as they are, because some sentences are about them.
    /// </summary>
    public static string WithoutLinks(string text) =>
        Words()
            .Replace(text, word =>
                EmailAddresses.IsOne(word.Value.Trim(s_marks))
                    ? word.Value
                    : Hosts().Replace(word.Value.Replace("://", $":{Joint}//", StringComparison.Ordinal), $"$0{Joint}")
            );

    private static readonly char[] s_marks = [.. ".,;:!?()\"'“”‘’"];

    // Drops control and format characters, which may hide or reverse text; keeps whitespace, and joiners, which some
    // scripts need.
    private static bool IsSeen(char letter) =>
        char.GetUnicodeCategory(letter) switch
        {
            UnicodeCategory.Control => char.IsWhiteSpace(letter),
            UnicodeCategory.Format => letter is '\u200C' or '\u200D',
            _ => true,
        };

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();

    [GeneratedRegex(@"\S+")]
    private static partial Regex Words();

    // Includes the characters that browsers read as dots in a host name.
    [GeneratedRegex(@"[.。．｡@](?=\S)")]
    private static partial Regex Dots();

    [GeneratedRegex(@"(?<=[\p{L}\p{N}])[.。．｡](?=[\p{L}\p{N}]*\p{L})")]
    private static partial Regex Hosts();
}
