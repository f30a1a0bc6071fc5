using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Portal.Model;

namespace Portal.Mail;

/// <summary>
/// What people typed, as it may stand in a mail. A mail carries our name to people who may not know whoever had it sent, so others' words in it
/// are few, and no mail program makes a link of them.
/// </summary>
public static partial class MailText
{
    /// <summary>Characters, as people count them, of a name.</summary>
    public const int NameLength = 40;

    // Not to be seen, and no part of any address.
    private const char Joint = '\u200C';

    extension(string name)
    {
        /// <summary>A name of a person, a business, a widget: shortened, on one line, without a link.</summary>
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

    /// <summary>A whole sentence. Addresses of people stay as they are: they are what some sentences are about.</summary>
    public static string WithoutLinks(string text) =>
        Words()
            .Replace(text, word =>
                EmailAddresses.IsOne(word.Value.Trim(s_marks))
                    ? word.Value
                    : Hosts().Replace(word.Value.Replace("://", $":{Joint}//", StringComparison.Ordinal), $"$0{Joint}")
            );

    private static readonly char[] s_marks = [.. ".,;:!?()\"'“”‘’"];

    // Neither what ends lines nor what turns or hides text; a joint only where a script needs one.
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

    // Also what browsers read as one in a host's name.
    [GeneratedRegex(@"[.。．｡@](?=\S)")]
    private static partial Regex Dots();

    [GeneratedRegex(@"(?<=[\p{L}\p{N}])[.。．｡](?=[\p{L}\p{N}]*\p{L})")]
    private static partial Regex Hosts();
}
