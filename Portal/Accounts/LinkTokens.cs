using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.WebUtilities;
using Portal.Model;

namespace Portal.Accounts;

/// <summary>
/// Tokens of one-time links. Each is minted once, with its row, and sealed: a link that was shown or sent stays good until it was used,
/// taken back or is too old, however often it is shown or sent again.
/// </summary>
public sealed class LinkTokens(IDataProtectionProvider protection)
{
    private readonly IDataProtector _seal = protection.CreateProtector("links");

    public LinkToken Mint()
    {
        var token = RandomNumberGenerator.GetBytes(32);
        return new(SHA256.HashData(token), _seal.Protect(WebEncoders.Base64UrlEncode(token)));
    }

    /// <summary>The token as it stands in the link; null where it was never sealed, or with keys that are gone.</summary>
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
