using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Portal.Secrets;

/// <summary>
/// The place of a secret in the database. The secret is encrypted together with it, so that it cannot be decrypted
/// elsewhere, for example in another client's row.
/// </summary>
public readonly record struct SecretContext(string Table, string Column, Guid ClientId, Guid WidgetId)
{
    internal byte[] ToAssociatedData() => Encoding.UTF8.GetBytes($"{Table}|{Column}|{ClientId:D}|{WidgetId:D}");
}

/// <summary>
/// Encrypts secrets for the database: AES-256-GCM with the place as associated data, as <c>enc1.{key id}.{base64url of
/// nonce, ciphertext, tag}</c>. A value of another form was written by hand and is taken as it is.
/// </summary>
public sealed class SecretProtector(MasterKeys keys)
{
    internal const int TagSize = 16;
    private const int NonceSize = 12;
    private const string Prefix = "enc1.";

    public static bool IsSealed(string value) => value.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>
    /// Whether the value was encrypted with the current key, so that the rotation job can leave it alone.
    /// </summary>
    public bool IsCurrent(string value) => value.StartsWith(CurrentPrefix, StringComparison.Ordinal);

    /// <summary>The beginning of a value that the current key encrypted.</summary>
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

    /// <exception cref="CryptographicException">It was sealed for another place, with a key we do not have, or it was
    /// changed.</exception>
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
