using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Portal.Secrets;

/// <summary>Where a secret stands. It is sealed together with its place, so that it does not open anywhere else, in another client's row for one.</summary>
public readonly record struct SecretContext(string Table, string Column, Guid ClientId, Guid WidgetId)
{
    internal byte[] ToAssociatedData() => Encoding.UTF8.GetBytes($"{Table}|{Column}|{ClientId:D}|{WidgetId:D}");
}

/// <summary>
/// Seals secrets for the database: AES-256-GCM with the place as associated data, written <c>enc1.{key id}.{base64url of nonce, ciphertext, tag}</c>.
/// A value of another form is one that somebody wrote by hand; it is what it says.
/// </summary>
public sealed class SecretProtector(MasterKeys keys)
{
    internal const int TagSize = 16;
    private const int NonceSize = 12;
    private const string Prefix = "enc1.";

    public static bool IsSealed(string value) => value.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>Whether the value was sealed with the key in use, so that a re-sealing job can leave it alone.</summary>
    public bool IsCurrent(string value) => value.StartsWith(CurrentPrefix, StringComparison.Ordinal);

    /// <summary>How a value begins that the key in use has sealed.</summary>
    internal string CurrentPrefix => PrefixOf(keys.Current.Id);

    internal static string PrefixOf(string key) => $"{Prefix}{key}.";

    public string Seal(string plain, SecretContext place)
    {
        var text = Encoding.UTF8.GetBytes(plain);
        var box = new byte[NonceSize + text.Length + TagSize];
        var nonce = box.AsSpan(..NonceSize);
        RandomNumberGenerator.Fill(nonce);

        using var cipher = keys.Current.Cipher();
        cipher.Encrypt(
            nonce,
            text,
            box.AsSpan(NonceSize, text.Length),
            box.AsSpan(^TagSize..),
            place.ToAssociatedData()
        );
        return $"{Prefix}{keys.Current.Id}.{Base64Url.EncodeToString(box)}";
    }

    /// <exception cref="CryptographicException">It was sealed for another place, with a key we do not have, or it was changed.</exception>
    public string Open(string value, SecretContext place)
    {
        if (!IsSealed(value))
        {
            return value;
        }

        if (
            value[Prefix.Length..].Split('.') is not [var id, var body]
            || !Base64Url.IsValid(body)
            || Base64Url.DecodeFromChars(body) is not { Length: >= NonceSize + TagSize } box
        )
        {
            throw new CryptographicException("An encrypted secret is malformed.");
        }

        var key = keys.Find(id)
            ?? throw new CryptographicException(
                $"A secret was encrypted with master key {id}, which this portal does not have."
            );
        var text = new byte[box.Length - NonceSize - TagSize];

        using var cipher = key.Cipher();
        cipher.Decrypt(
            box.AsSpan(..NonceSize),
            box.AsSpan(NonceSize, text.Length),
            box.AsSpan(^TagSize..),
            text,
            place.ToAssociatedData()
        );
        return Encoding.UTF8.GetString(text);
    }
}
