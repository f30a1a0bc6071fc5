using Microsoft.AspNetCore.DataProtection;
using Portal.Model;
using Portal.Secrets;

namespace Portal.Accounts;

/// <summary>
/// Tokens of one-time links. A token is generated once, with its row, and stored encrypted, so the same link can be
/// shown or sent again until it was used, was revoked or has expired.
/// </summary>
public sealed class LinkTokens(IDataProtectionProvider protection)
{
    private readonly IDataProtector _seal = protection.CreateProtector("links");

    public LinkToken Mint()
    {
        var token = SecretToken.Create(LinkToken.Bytes);
        return new(token.Hash, _seal.Protect(token.Text));
    }

    /// <summary>
    /// The token as it stands in the link; null where it was never sealed, or with keys that are gone.
    /// </summary>
    public string? Open(string? value) => _seal.Open(value);
}
