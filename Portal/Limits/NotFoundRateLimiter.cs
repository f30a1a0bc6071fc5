using System.Collections.Concurrent;
using System.Threading.RateLimiting;

namespace Portal.Limits;

/// <summary>
/// Keeps callers who guess widgets and tokens from querying the database with each guess. Only addresses that guessed
/// too often are checked: everybody else's calls cost nothing more.
/// </summary>
/// <param name="perMinute">From one address; 0 is without limit.</param>
public class NotFoundRateLimiter(int perMinute, TimeProvider clock) : IDisposable
{
    // How many addresses are remembered before expired ones are removed.
    private const int Many = 1_000;

    private readonly PartitionedRateLimiter<string>? _limiter =
        perMinute == 0
            ? null
            : PartitionedRateLimiter.Create<string, string>(address =>
                RateLimitPartition.GetTokenBucketLimiter(address, _ =>
                    TokenBucket.Of(perMinute, TimeSpan.FromMinutes(1))
                )
            );

    private readonly ConcurrentDictionary<string, DateTimeOffset> _shut = new();

    /// <summary>Whether any address has guessed too often recently.</summary>
    public bool AreTooMany => !_shut.IsEmpty;

    /// <summary>How long this address has to wait before it may guess again, or null when it may.</summary>
    public TimeSpan? Wait(string address)
    {
        if (!_shut.TryGetValue(address, out var until))
        {
            return null;
        }

        if (until - clock.GetUtcNow() is var wait && wait > TimeSpan.Zero)
        {
            return wait;
        }

        _shut.TryRemove(new(address, until));
        return null;
    }

    /// <summary>Counts a wrong guess. Returns how long to wait if it was one too many.</summary>
    public TimeSpan? Count(string address)
    {
        using var lease = _limiter?.AttemptAcquire(address);
        if (lease is null or { IsAcquired: true })
        {
            return null;
        }

        var now = clock.GetUtcNow();
        if (_shut.Count >= Many)
        {
            foreach (var over in _shut.Where(shut => shut.Value <= now))
            {
                _shut.TryRemove(over);
            }
        }

        var wait = lease.TryGetMetadata(MetadataName.RetryAfter, out var time) ? time : TimeSpan.FromSeconds(1);
        _shut[address] = now + wait;
        return wait;
    }

    public void Dispose()
    {
        _limiter?.Dispose();
        GC.SuppressFinalize(this);
    }
}
