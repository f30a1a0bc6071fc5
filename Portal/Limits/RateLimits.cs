using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Portal.Model;

namespace Portal.Limits;

/// <summary>
/// Rate limits over all replicas. A used-up share refills evenly, one at a time. Keys are stored as hashes: the table
/// contains neither addresses nor people.
/// </summary>
public sealed class RateLimits(IDbContextFactory<AccountsDb> accounts)
{
    /// <summary>
    /// Takes one from each share. When one of them is used up, what was taken from the others stays taken: attempts are
    /// not free.
    /// </summary>
    public async Task<RateLease> TakeAsync(IEnumerable<RateShare> shares, CancellationToken cancellationToken)
    {
        var taken = new List<RateShare>();
        foreach (var share in shares.Where(share => share.Count > 0))
        {
            if (await WaitAsync(share, cancellationToken) is { } wait)
            {
                return new(wait, this, taken);
            }

            taken.Add(share);
        }

        return new(null, this, taken);
    }

    internal async Task GiveBackAsync(IReadOnlyList<RateShare> shares)
    {
        await using var db = await accounts.CreateDbContextAsync();
        foreach (var share in shares)
        {
            await db.Database.ExecuteSqlAsync(
                $"UPDATE sign_in_limits SET used_until = used_until - {share.Each} WHERE key = {share.Key}"
            );
        }
    }

    // One statement, so that of many concurrent attempts no more succeed than are left.
    private async Task<TimeSpan?> WaitAsync(RateShare share, CancellationToken cancellationToken)
    {
        var (each, all) = (share.Each, share.Each * share.Count);
        await using var db = await accounts.CreateDbContextAsync(cancellationToken);
        var waits = await db
            .Database.SqlQuery<TimeSpan?>(
                $"""
                WITH taken AS (
                    INSERT INTO sign_in_limits AS l (key, used_until) VALUES ({share.Key}, now() + {each})
                    ON CONFLICT (key) DO UPDATE SET used_until = greatest(l.used_until, now()) + {each}
                        WHERE greatest(l.used_until, now()) + {each} <= now() + {all}
                    RETURNING 1)
                SELECT CASE WHEN NOT EXISTS (SELECT FROM taken)
                    THEN coalesce((SELECT used_until + {each} - now() - {all} FROM sign_in_limits WHERE key = {share.Key}), {each}) END AS "Value"
                """
            )
            .ToListAsync(cancellationToken);
        return waits.Single();
    }
}

/// <summary>What was taken from a share, or how long to wait.</summary>
public sealed class RateLease(TimeSpan? wait, RateLimits limits, IReadOnlyList<RateShare> taken)
{
    public TimeSpan? Wait => wait;

    /// <summary>It came to nothing, or was not a guess, so it does not count.</summary>
    public Task GiveBackAsync() => limits.GiveBackAsync(taken);

    /// <exception cref="LimitExceededException">When there is a time to wait.</exception>
    public RateLease OrThrow() => wait is { } pause ? throw new LimitExceededException(pause) : this;
}

/// <summary>A share of something that one key may use.</summary>
/// <param name="Count">At once, from full. 0 is without limit.</param>
/// <param name="Each">In which one more comes back.</param>
public sealed record RateShare(byte[] Key, int Count, TimeSpan Each)
{
    /// <param name="what">Which limit.</param>
    /// <param name="whom">Whose share of it.</param>
    public static RateShare Of(string what, string whom, int count, TimeSpan period) =>
        new(SHA256.HashData(Encoding.UTF8.GetBytes($"{what}|{whom}")), count, period / Math.Max(count, 1));
}

/// <summary>Somebody exceeded a limit. Pages turn it into a 429 that says how long to wait.</summary>
public sealed class LimitExceededException(TimeSpan wait) : Exception("A limit was exceeded.")
{
    public TimeSpan Wait => wait;
}
