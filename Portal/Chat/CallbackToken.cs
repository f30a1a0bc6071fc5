using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Portal.Infrastructure;

namespace Portal.Chat;

/// <summary>
/// The one-time key of a late answer: 256 random bits in the callback address that a workflow gets. The database holds only its
/// SHA-256, so that who reads the log cannot answer.
/// </summary>
public sealed record CallbackToken(string Text)
{
    public byte[] Hash => SHA256.HashData(Encoding.ASCII.GetBytes(Text));

    public static CallbackToken Create() => new(Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32)));

    public Uri Url(PortalOptions portal) => portal.Link($"/api/callbacks/{Text}");
}
