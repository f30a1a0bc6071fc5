using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Portal.Chat;

/// <summary>
/// What a visitor's widget proves itself with: <c>vs1.&lt;payload&gt;.&lt;mac&gt;</c>, both base64url. The MAC is
/// HMAC-SHA-256 with the widget's secret, so checking it costs no query, and a new secret ends every conversation of
/// the widget at once.
/// </summary>
/// <param name="SessionId">The conversation.</param>
/// <param name="Generation">Grows at each resume; the journal compares it with the row.</param>
/// <param name="Origin">The website it was issued for, <c>scheme://host[:port]</c>, or <c>null</c> as browsers say
/// it.</param>
/// <param name="IssuedAt">To the second.</param>
public sealed record SessionToken(Guid WidgetId, Guid SessionId, int Generation, string Origin, DateTimeOffset IssuedAt)
{
    private const string Prefix = "vs1.";
    private const int FixedLength = 16 + 16 + 4 + 8;
    private const int MaxLength = 1024;

    /// <summary>
    /// How long it can send messages. After that its conversation can be resumed until the session row expires.
    /// </summary>
    public static readonly TimeSpan SendingLifetime = TimeSpan.FromMinutes(30);

    // Clocks of replicas differ a little.
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(60);

    public DateTimeOffset ExpiresAt => IssuedAt + SendingLifetime;

    public bool MaySend(DateTimeOffset now) => now < ExpiresAt + Tolerance && IssuedAt <= now + Tolerance;

    public string Sign(ReadOnlySpan<byte> widgetSecret)
    {
        var payload = new byte[FixedLength + Encoding.UTF8.GetByteCount(Origin)];
        WidgetId.TryWriteBytes(payload.AsSpan(0, 16), bigEndian: true, out _);
        SessionId.TryWriteBytes(payload.AsSpan(16, 16), bigEndian: true, out _);
        BinaryPrimitives.WriteInt32BigEndian(payload.AsSpan(32, 4), Generation);
        BinaryPrimitives.WriteInt64BigEndian(payload.AsSpan(36, 8), IssuedAt.ToUnixTimeSeconds());
        Encoding.UTF8.GetBytes(Origin, payload.AsSpan(FixedLength));

        return $"{Prefix}{Base64Url.EncodeToString(payload)}.{Base64Url.EncodeToString(Mac(payload, widgetSecret))}";
    }

    /// <summary>
    /// Reads a token of this widget; null when it is not one: another widget's, forged, truncated, too long.
    /// </summary>
    public static SessionToken? Read(string? text, Guid widgetId, ReadOnlySpan<byte> widgetSecret)
    {
        if (text is null || text.Length > MaxLength || !text.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return null;
        }

        var dot = text.LastIndexOf('.');
        if (
            dot <= Prefix.Length
            || !TryDecode(text.AsSpan(Prefix.Length, dot - Prefix.Length), out var payload)
            || !TryDecode(text.AsSpan(dot + 1), out var mac)
            || payload.Length < FixedLength
            || !CryptographicOperations.FixedTimeEquals(mac, Mac(payload, widgetSecret))
        )
        {
            return null;
        }

        var token = new SessionToken(
            new Guid(payload.AsSpan(0, 16), bigEndian: true),
            new Guid(payload.AsSpan(16, 16), bigEndian: true),
            BinaryPrimitives.ReadInt32BigEndian(payload.AsSpan(32, 4)),
            Encoding.UTF8.GetString(payload.AsSpan(FixedLength)),
            DateTimeOffset.FromUnixTimeSeconds(BinaryPrimitives.ReadInt64BigEndian(payload.AsSpan(36, 8)))
        );
        return token.WidgetId == widgetId ? token : null;
    }

    private static byte[] Mac(ReadOnlySpan<byte> payload, ReadOnlySpan<byte> secret) =>
        HMACSHA256.HashData(secret, payload);

    private static bool TryDecode(ReadOnlySpan<char> text, out byte[] bytes)
    {
        bytes = new byte[Base64Url.GetMaxDecodedLength(text.Length)];
        if (!Base64Url.IsValid(text) || !Base64Url.TryDecodeFromChars(text, bytes, out var length))
        {
            return false;
        }

        Array.Resize(ref bytes, length);
        return true;
    }
}
