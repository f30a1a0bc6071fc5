using Microsoft.AspNetCore.DataProtection;
using Portal.Model;
using Portal.Secrets;

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
        var token = SecretToken.Create(LinkToken.Bytes);
        return new(token.Hash, _seal.Protect(token.Text));
    }

    /// <summary>The token as it stands in the link; null where it was never sealed, or with keys that are gone.</summary>
    public string? Open(string? value) => _seal.Open(value);
}
