using System.Threading.RateLimiting;

namespace Portal.Limits;

/// <summary>How the limits that each process keeps for itself refill.</summary>
public static class TokenBucket
{
    // How often the framework's limiters check the clock.
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// Refills evenly: a full period's worth at once, then one after the other; for a large limit several at a time, as
    /// often as the limiter's own clock ticks.
    /// </summary>
    public static TokenBucketRateLimiterOptions Of(int limit, TimeSpan period)
    {
        var atATime = (int)Math.Max(1, limit * s_tick.Ticks / period.Ticks);
        return new()
        {
            TokenLimit = limit,
            TokensPerPeriod = atATime,
            ReplenishmentPeriod = period * atATime / limit,
            QueueLimit = 0,
        };
    }
}
