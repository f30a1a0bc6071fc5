using System.Buffers.Text;
using System.Security.Cryptography;
using Microsoft.AspNetCore.WebUtilities;

namespace Portal.Model;

/// <summary>
/// Random bytes that nobody guesses, in a link, a cookie or a header. The database keeps their SHA-256, so whoever
/// reads it cannot use them.
/// </summary>
/// <param name="Text">Base64url without padding.</param>
/// <param name="Hash">SHA-256 of the bytes.</param>
public sealed record SecretToken(string Text, byte[] Hash)
{
    public static SecretToken Create(int bytes)
    {
        var secret = RandomNumberGenerator.GetBytes(bytes);
        return new(WebEncoders.Base64UrlEncode(secret), SHA256.HashData(secret));
    }

    /// <summary>Null where it cannot be a token of so many bytes.</summary>
    public static SecretToken? Read(string? text, int bytes)
    {
        if (text?.Length != Base64Url.GetEncodedLength(bytes))
        {
            return null;
        }

        try
        {
            return WebEncoders.Base64UrlDecode(text) is { } secret && secret.Length == bytes
                ? new(text, SHA256.HashData(secret))
                : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
