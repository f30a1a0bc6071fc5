using System.Text;
using Microsoft.AspNetCore.WebUtilities;

namespace Portal.Accounts;

/// <summary>Identity's tokens as they appear in links.</summary>
internal static class TokenText
{
    public static string Encode(string token) => WebEncoders.Base64UrlEncode(Encoding.UTF8.GetBytes(token));

    /// <summary>Null when it cannot be one of our tokens.</summary>
    public static string? Decode(string? text)
    {
        try
        {
            return text is null ? null : Encoding.UTF8.GetString(WebEncoders.Base64UrlDecode(text));
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
