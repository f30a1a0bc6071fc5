using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text;

namespace Portal.Model;

/// <summary>
/// Exactly one email address and nothing else: no display name, no second address, no line break (the framework's own check accepts
/// <c>a@b.c, d@e.f</c> and control characters), and one that SMTP can carry.
/// </summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public sealed class MailAddressAttribute() : ValidationAttribute("Enter a valid email address.")
{
    private const int MaxLocalBytes = 64;
    private static readonly IdnMapping s_hosts = new() { UseStd3AsciiRules = true };

    public override bool IsValid(object? value) =>
        value is not string text || text.Length == 0 || IsOne(EmailAddresses.Clean(text));

    public static bool IsOne(string text) => IsMailbox(text) && text.IndexOf('.', text.IndexOf('@')) > 0;

    /// <summary>The same, but the host may be one in a private network, whose name has no dot.</summary>
    public static bool IsMailbox(string text) =>
        text.Length <= 254 && text.IndexOf('@') is > 0 and var at && IsLocal(text[..at]) && IsHost(text[(at + 1)..]);

    /// <summary>
    /// The address as SMTP takes it: some providers have given out local parts such as <c>jane0.</c> and <c>a..b</c>, which RFC 5321 carries
    /// between quotation marks only.
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

    // Dots may be anywhere. Characters that would need escaping are refused, because nobody has them in an address.
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
}
