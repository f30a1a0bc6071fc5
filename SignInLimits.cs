using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Npgsql;
using Portal.Chat;
using Portal.Infrastructure;
using Portal.Model;

namespace Portal.SignIn;

/// <summary>How often strangers may try (<c>Portal:SignInLimits:…</c>). 0 means without limit.</summary>
public sealed class SignInLimitOptions
{
    /// <summary>Wrong passwords from one address at once; then one in each fifth of five minutes, and so on in proportion.</summary>
    [Range(0, 1000)]
    public int FailuresPerAddress { get; set; } = 5;

    /// <summary>Wrong passwords for one account in a quarter of an hour, from browsers that it was never used in.</summary>
    [Range(0, 1000)]
    public int FailuresPerAccount { get; set; } = 10;

    /// <summary>Wrong codes at the second step, and wrong passwords where a signed-in person confirms with theirs, in a quarter of an hour.</summary>
    [Range(0, 1000)]
    public int CodesPerAccount { get; set; } = 5;

    /// <summary>Mails that somebody not signed in asks for, in half an hour.</summary>
    [Range(0, 1000)]
    public int MailsPerAddress { get; set; } = 5;

    /// <summary>The same to one mail address, in an hour.</summary>
    [Range(0, 1000)]
    public int MailsPerAccount { get; set; } = 5;
}

/// <summary>
/// Slows down who guesses, over all replicas, and locks nobody out: a share that was used up fills again evenly, a try at a time. A
/// stranger can use up an account's share, so a browser that the account was used in before has a share of its own.
/// </summary>
public sealed class SignInLimits(Databases databases, AccountsDb db, Devices devices, IOptions<SignInLimitOptions> options)
{
    private readonly SignInLimitOptions _limits = options.Value;

    /// <summary>Before a password is looked at. A right one is given back.</summary>
    public async Task<Tries> PasswordAsync(HttpContext context, string email, CancellationToken abort)
    {
        var account = email.ToUpperInvariant();
        if (devices.Known(context) is { } device
            && await db.Sessions.AnyAsync(session => session.Device == device && db.Users.Any(user => user.Id == session.UserId && user.NormalizedEmail == account), abort))
        {
            return await TakeAsync([Share.Of("device", $"{Convert.ToHexString(device)} {account}", Math.Max(_limits.FailuresPerAddress, 5), TimeSpan.FromMinutes(5))], abort);
        }

        return await TakeAsync(
            [
                Share.Of("address", CallerAddress.Of(context.Connection.RemoteIpAddress), _limits.FailuresPerAddress, TimeSpan.FromMinutes(5)),
                Share.Of("account", account, _limits.FailuresPerAccount, TimeSpan.FromMinutes(15)),
            ],
            abort);
    }

    /// <summary>Before a passkey's answer is looked at.</summary>
    public Task<Tries> PasskeyAsync(HttpContext context, CancellationToken abort) =>
        TakeAsync([Share.Of("address", CallerAddress.Of(context.Connection.RemoteIpAddress), _limits.FailuresPerAddress, TimeSpan.FromMinutes(5))], abort);

    /// <summary>Before a code of the second step is looked at, or the password with which a signed-in person confirms something.</summary>
    public Task<Tries> CodeAsync(User person, CancellationToken abort) =>
        TakeAsync([Share.Of("code", $"{person.Id}", _limits.CodesPerAccount, TimeSpan.FromMinutes(15))], abort);

    /// <summary>Before a mail is sent that somebody asks for who is not signed in. Nothing is given back.</summary>
    public Task<Tries> MailAsync(HttpContext context, string email, CancellationToken abort) => TakeAsync(
        [
            Share.Of("mail-from", CallerAddress.Of(context.Connection.RemoteIpAddress), _limits.MailsPerAddress, TimeSpan.FromMinutes(30)),
            Share.Of("mail-to", email.ToUpperInvariant(), _limits.MailsPerAccount, TimeSpan.FromHours(1)),
        ],
        abort);

    private async Task<Tries> TakeAsync(IEnumerable<Share> shares, CancellationToken abort)
    {
        var taken = new List<Share>();
        foreach (var share in shares.Where(share => share.Count > 0))
        {
            if (await WaitAsync(share, abort) is { } wait)
            {
                // What was taken stays taken: trying on is not free.
                return new(wait, this, taken);
            }

            taken.Add(share);
        }

        return new(null, this, taken);
    }

    // One statement, so that of many tries at once no more pass than there are left.
    private async Task<TimeSpan?> WaitAsync(Share share, CancellationToken abort)
    {
        await using var command = databases.Accounts.CreateCommand(
            """
            WITH taken AS (
                INSERT INTO sign_in_limits AS l (key, used_until) VALUES ($1, now() + $2)
                ON CONFLICT (key) DO UPDATE SET used_until = greatest(l.used_until, now()) + $2
                    WHERE greatest(l.used_until, now()) + $2 <= now() + $3
                RETURNING 1)
            SELECT CASE WHEN NOT EXISTS (SELECT FROM taken) THEN coalesce((SELECT used_until + $2 - now() - $3 FROM sign_in_limits WHERE key = $1), $2) END
            """);
        command.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = share.Key });
        command.Parameters.Add(new NpgsqlParameter<TimeSpan> { TypedValue = share.Each });
        command.Parameters.Add(new NpgsqlParameter<TimeSpan> { TypedValue = share.Each * share.Count });
        return await command.ExecuteScalarAsync(abort) is TimeSpan wait ? wait : null;
    }

    private async Task GiveBackAsync(IReadOnlyList<Share> shares)
    {
        foreach (var share in shares)
        {
            await using var command = databases.Accounts.CreateCommand("UPDATE sign_in_limits SET used_until = used_until - $2 WHERE key = $1");
            command.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = share.Key });
            command.Parameters.Add(new NpgsqlParameter<TimeSpan> { TypedValue = share.Each });
            await command.ExecuteNonQueryAsync();
        }
    }

    /// <summary>What was taken of somebody's share, or how long they have to wait.</summary>
    public sealed class Tries(TimeSpan? wait, SignInLimits limits, IReadOnlyList<Share> taken)
    {
        public TimeSpan? Wait => wait;

        /// <summary>It was no guess.</summary>
        public Task GiveBackAsync() => limits.GiveBackAsync(taken);
    }

    /// <param name="Count">At once, from full.</param>
    /// <param name="Each">In which one more comes back.</param>
    public sealed record Share(byte[] Key, int Count, TimeSpan Each)
    {
        internal static Share Of(string what, string whom, int count, TimeSpan time) =>
            new(SHA256.HashData(Encoding.UTF8.GetBytes($"{what}|{whom}")), count, time / Math.Max(count, 1));
    }
}
