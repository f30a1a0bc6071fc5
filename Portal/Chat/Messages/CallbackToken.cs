using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Portal.Hosting;

namespace Portal.Chat;

/// <summary>
/// The one-time token in the callback URL that a workflow gets: the message's id and 128 random bits. The database
/// stores only its SHA-256, so reading the log is not enough to answer. Base64url, 43 characters.
/// </summary>
public sealed record CallbackToken(Guid MessageId, ReadOnlyMemory<byte> Secret)
{
    public const int Length = 43;

    private const int IdBytes = 16;
    private const int SecretBytes = 16;

    public byte[] Hash => HashOf(Secret.Span);

    public static byte[] NewSecret() => RandomNumberGenerator.GetBytes(SecretBytes);

    public static byte[] HashOf(ReadOnlySpan<byte> secret) => SHA256.HashData(secret);

    public static bool TryParse(string text, [NotNullWhen(true)] out CallbackToken? token)
    {
        var bytes = new byte[IdBytes + SecretBytes];
        token =
            text.Length == Length
            && Base64Url.IsValid(text)
            && Base64Url.TryDecodeFromChars(text, bytes, out var written)
            && written == bytes.Length
                ? new(new Guid(bytes.AsSpan(0, IdBytes), bigEndian: true), bytes.AsMemory(IdBytes))
                : null;
        return token is not null;
    }

    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[IdBytes + SecretBytes];
        MessageId.TryWriteBytes(bytes, bigEndian: true, out _);
        Secret.Span.CopyTo(bytes[IdBytes..]);
        return Base64Url.EncodeToString(bytes);
    }

    public Uri Url(PortalOptions portal) => portal.Link($"/api/callbacks/{this}");
}
