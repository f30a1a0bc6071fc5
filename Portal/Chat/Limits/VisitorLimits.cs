using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;

namespace Portal.Chat;

/// <summary>Who calls, as far as limits know them.</summary>
/// <param name="Address">See <see cref="CallerAddress"/>.</param>
public readonly record struct Caller(string Address, Guid Widget, Guid Session)
{
    /// <summary>Messages of one visitor in a minute, where the widget's owner allows fewer than the portal does.</summary>
    public int? PerMinute { get; init; }
}

/// <summary>
/// Keeps one visitor from crowding out the others, and one website from crowding out the other widgets. Each replica counts for itself:
/// what has to hold over all of them is a budget.
/// </summary>
public sealed class VisitorLimits(IOptions<LimitOptions> options) : IDisposable
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private readonly bool _off = options.Value.Off;

    private readonly PartitionedRateLimiter<Caller> _sessions = PartitionedRateLimiter.CreateChained(
        Each(caller => caller.Address, options.Value.SessionsPerMinuteAndAddress, Minute),
        Each(caller => caller.Address, options.Value.SessionsPerHourAndAddress, Hour));

    private readonly PartitionedRateLimiter<Caller> _messages = PartitionedRateLimiter.CreateChained(
        PartitionedRateLimiter.Create<Caller, (Guid, int)>(caller => caller.PerMinute is { } limit
            ? RateLimitPartition.GetTokenBucketLimiter((caller.Session, limit), key => Bucket(key.Item2, Minute))
            : RateLimitPartition.GetNoLimiter((Guid.Empty, 0))),
        Each(caller => caller.Session, options.Value.MessagesPerMinuteAndSession, Minute),
        Each(caller => caller.Session, options.Value.MessagesPerHourAndSession, Hour),
        Each(caller => caller.Address, options.Value.MessagesPerMinuteAndAddress, Minute),
        Each(caller => caller.Widget, options.Value.MessagesPerMinuteAndWidget, Minute));

    private readonly PartitionedRateLimiter<Caller> _calls = PartitionedRateLimiter.CreateChained(
        Each(caller => caller.Address, options.Value.CallsPerMinuteAndAddress, Minute));

    private readonly PartitionedRateLimiter<Caller> _callbacks = PartitionedRateLimiter.CreateChained(
        Each(caller => caller.Address, options.Value.CallbacksPerMinuteAndAddress, Minute));

    /// <summary>How long to wait before opening a conversation, or null when it may be opened now.</summary>
    public TimeSpan? Session(Caller caller) => Take(_sessions, caller);

    public TimeSpan? Message(Caller caller) => Take(_messages, caller);

    public TimeSpan? Call(Caller caller) => Take(_calls, caller);

    public TimeSpan? Callback(Caller caller) => Take(_callbacks, caller);

    private TimeSpan? Take(PartitionedRateLimiter<Caller> limiter, Caller caller)
    {
        if (_off)
        {
            return null;
        }

        using var lease = limiter.AttemptAcquire(caller);
        return lease.IsAcquired ? null : lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) ? wait : TimeSpan.FromSeconds(1);
    }

    private static PartitionedRateLimiter<Caller> Each<TKey>(Func<Caller, TKey> key, int limit, TimeSpan time) where TKey : notnull =>
        PartitionedRateLimiter.Create<Caller, TKey>(caller => limit == 0
            ? RateLimitPartition.GetNoLimiter(key(caller))
            : RateLimitPartition.GetTokenBucketLimiter(key(caller), _ => Bucket(limit, time)));

    // Fills evenly: a full minute's worth at once, then one after the other.
    private static TokenBucketRateLimiterOptions Bucket(int limit, TimeSpan time)
    {
        var perSecond = limit / time.TotalSeconds;
        return new()
        {
            TokenLimit = limit,
            TokensPerPeriod = Math.Max(1, (int)perSecond),
            ReplenishmentPeriod = perSecond >= 1 ? TimeSpan.FromSeconds(1) : time / limit,
            QueueLimit = 0,
        };
    }

    public void Dispose()
    {
        _sessions.Dispose();
        _messages.Dispose();
        _calls.Dispose();
        _callbacks.Dispose();
    }
}
