using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Portal.Model;

namespace Portal.Accounts;

/// <summary>
/// Codes of authenticator apps (RFC 6238: SHA-1, six digits, 30 seconds). One step of drift either way is accepted. A
/// code works once, on whichever replica, and so does not work after a newer one was used.
/// </summary>
public sealed class AuthenticatorCodes(IDbContextFactory<AccountsDb> accounts, TimeProvider clock)
{
    private const int Drift = 1;
    private const int StepSeconds = 30;
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    /// <summary>Whether the code is correct and unused. If so, it counts as used from now on.</summary>
    public async Task<bool> RedeemAsync(User person, string key, string code, CancellationToken cancellationToken)
    {
        var digits = Digits(code);
        var now = clock.GetUtcNow().ToUnixTimeSeconds() / StepSeconds;
        long? fits = null;
        for (var step = now - Drift; step <= now + Drift; step++)
        {
            if (
                CryptographicOperations.FixedTimeEquals(
                    Encoding.ASCII.GetBytes(CodeAt(key, step)),
                    Encoding.ASCII.GetBytes(digits)
                )
            )
            {
                fits = step;
            }
        }

        return fits is { } at && await TakeAsync(person, at, cancellationToken);
    }

    /// <summary>The app has a new key, so the last used step of the old one does not matter.</summary>
    public async Task ForgetAsync(User person, CancellationToken cancellationToken)
    {
        await using var db = await accounts.CreateDbContextAsync(cancellationToken);
        await db.Database.ExecuteSqlAsync(
            $"DELETE FROM authenticator_uses WHERE user_id = {person.Id}",
            cancellationToken
        );
    }

    // One statement, so that only one of several concurrent requests succeeds.
    private async Task<bool> TakeAsync(User person, long step, CancellationToken cancellationToken)
    {
        await using var db = await accounts.CreateDbContextAsync(cancellationToken);
        return await db.Database.ExecuteSqlAsync(
                $"""
                INSERT INTO authenticator_uses AS used (user_id, step) VALUES ({person.Id}, {step})
                ON CONFLICT (user_id) DO UPDATE SET step = excluded.step WHERE used.step < excluded.step
                """,
                cancellationToken
            ) == 1;
    }

    // Accepts codes as people type them: in groups, or with the digits of their own script.
    private static string Digits(string code) =>
        string.Concat(
            code.Where(char.IsDigit)
                .Select(digit => ((int)char.GetNumericValue(digit)).ToString(CultureInfo.InvariantCulture))
        );

    private static string CodeAt(string key, long step)
    {
        Span<byte> counter = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(counter, step);
#pragma warning disable CA5350 // The algorithm of the standard, which is what the apps know.
        var hash = HMACSHA1.HashData(BytesOf(key), counter);
#pragma warning restore CA5350
        var number = BinaryPrimitives.ReadInt32BigEndian(hash.AsSpan(hash[^1] & 15, 4)) & int.MaxValue;
        return (number % 1_000_000).ToString("000000", CultureInfo.InvariantCulture);
    }

    private static byte[] BytesOf(string key)
    {
        var bytes = new List<byte>(key.Length * 5 / 8);
        var (buffer, bits) = (0, 0);
        foreach (var letter in key.TrimEnd('='))
        {
            buffer = (buffer << 5) | Alphabet.IndexOf(char.ToUpperInvariant(letter), StringComparison.Ordinal);
            bits += 5;
            if (bits >= 8)
            {
                bits -= 8;
                bytes.Add((byte)(buffer >> bits));
                buffer &= (1 << bits) - 1;
            }
        }

        return [.. bytes];
    }
}
