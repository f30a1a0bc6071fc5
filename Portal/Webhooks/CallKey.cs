using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;

namespace Portal.Webhooks;

/// <summary>
/// A widget's own signing key. One for each widget, because n8n checks neither audience nor issuer: with a shared key,
/// one client could replay a call to another client's n8n.
/// </summary>
public static class CallKey
{
    /// <summary>n8n allows no clock tolerance, so there is no nbf and a generous expiry.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);

    /// <summary>A new private key (PKCS#8 PEM), to be encrypted.</summary>
    public static string Create()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return key.ExportPkcs8PrivateKeyPem();
    }

    /// <summary>What the client pastes into n8n's JWT credential.</summary>
    public static string PublicPem(string privatePem)
    {
        using var key = Open(privatePem);
        return key.ExportSubjectPublicKeyInfoPem();
    }

    /// <summary>
    /// A JWT (ES256) for one call. <c>bh</c> is the SHA-256 of the body, base64url. Null when the key cannot be read.
    /// </summary>
    internal static string? Sign(
        string privatePem,
        string? issuer,
        Guid widget,
        string url,
        Guid message,
        ReadOnlySpan<byte> body,
        DateTimeOffset now
    )
    {
        using var key = TryOpen(privatePem);
        if (key is null)
        {
            return null;
        }

        var header = new
        {
            alg = "ES256",
            typ = "JWT",
            kid = KeyId(key),
        };
        var claims = new
        {
            iss = issuer,
            sub = widget,
            aud = url,
            jti = message,
            iat = now.ToUnixTimeSeconds(),
            exp = (now + Lifetime).ToUnixTimeSeconds(),
            bh = Base64Url.EncodeToString(SHA256.HashData(body)),
        };
        var signed = $"{Encode(header)}.{Encode(claims)}";

        // .NET signs as r‖s, the format that JOSE requires.
        return $"{signed}.{Base64Url.EncodeToString(key.SignData(System.Text.Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256))}";
    }

    internal static string KeyId(ECDsa key) =>
        Base64Url.EncodeToString(SHA256.HashData(key.ExportSubjectPublicKeyInfo()))[..16];

    private static string Encode<T>(T part) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(part));

    private static ECDsa? TryOpen(string privatePem)
    {
        try
        {
            return Open(privatePem);
        }
        catch (Exception unreadable) when (unreadable is ArgumentException or CryptographicException)
        {
            return null;
        }
    }

    private static ECDsa Open(string privatePem)
    {
        var key = ECDsa.Create();
        key.ImportFromPem(privatePem);
        return key;
    }
}
