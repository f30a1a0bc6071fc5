using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.WebUtilities;
using Portal.Model;

namespace Portal.Accounts;

/// <summary>
/// Tokens of one-time links. A token is generated once, with its row, and stored encrypted, so the same link can be shown or sent again
/// until it was used, was revoked or has expired.
/// </summary>
public sealed class LinkTokens(IDataProtectionProvider protection)
{
    private readonly IDataProtector _seal = protection.CreateProtector("links");

    public LinkToken Mint()
    {
        var token = RandomNumberGenerator.GetBytes(32);
        return new(SHA256.HashData(token), _seal.Protect(WebEncoders.Base64UrlEncode(token)));
    }

    /// <summary>The token as it appears in the link; null if it was never encrypted, or the key is missing.</summary>
    public string? Open(string? value)
    {
        try
        {
            return value is null ? null : _seal.Unprotect(value);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}
