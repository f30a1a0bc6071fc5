using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Identity;
using Portal.Model;

namespace Portal.Accounts;

/// <summary>
/// Codes that replace a lost factor, once each: 16 letters and digits without those that look alike, 80 bits. The table
/// stores the first two characters, to find the code, and a hash of the whole, as for a password.
/// </summary>
public static class RecoveryCodes
{
    public const int Count = 10;

    private const int Length = 16;
    private const int SelectorLength = 2;

    // Crockford's base 32.
    private const string Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    /// <summary>As people write them, <c>7K2M-…</c>.</summary>
    public static string New() =>
        string.Join('-', RandomNumberGenerator.GetString(Alphabet, Length).Chunk(4).Select(four => new string(four)));

    /// <summary>
    /// Normalizes what was typed: lower case, spaces, any kind of dash, full-width letters. Null when it cannot be a
    /// code.
    /// </summary>
    public static string? Normalize(string typed)
    {
        if (typed.Length > 200)
        {
            return null;
        }

        var code = new StringBuilder(Length);
        foreach (
            var letter in typed
                .Normalize(NormalizationForm.FormKC)
                .Where(char.IsLetterOrDigit)
                .Select(char.ToUpperInvariant)
        )
        {
            code.Append(
                letter switch
                {
                    'O' => '0',
                    'I' or 'L' => '1',
                    _ => letter,
                }
            );
        }

        return code.Length == Length && code.ToString() is var text && text.All(Alphabet.Contains) ? text : null;
    }

    /// <summary>What the table stores for a code.</summary>
    public static string Store(IPasswordHasher<User> hasher, User person, string code)
    {
        var normal = Normalize(code)!;
        return $"{normal[..SelectorLength]}:{hasher.HashPassword(person, normal)}";
    }

    /// <summary>The stored code that matches, or null.</summary>
    public static string? Find(IPasswordHasher<User> hasher, User person, IEnumerable<string> kept, string typed) =>
        Normalize(typed) is { } code
            ? kept.Where(entry => entry.StartsWith($"{code[..SelectorLength]}:", StringComparison.Ordinal))
                .FirstOrDefault(entry =>
                    hasher.VerifyHashedPassword(person, entry[(SelectorLength + 1)..], code)
                    != PasswordVerificationResult.Failed
                )
            : null;
}
