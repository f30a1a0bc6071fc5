using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;
using Portal.Limits;

namespace Portal.Chat;

/// <summary>Who calls, as far as limits know them.</summary>
/// <param name="Address">See <see cref="CallerAddress"/>.</param>
public readonly record struct Caller(string Address, Guid Widget, Guid Session)
{
    /// <summary>
    /// Messages of one visitor per minute, where the widget's owner allows fewer than the portal does.
    /// </summary>
    public int? PerMinute { get; init; }
}

/// <summary>
/// Keeps one visitor from crowding out the others, and one website from crowding out other widgets. Each replica counts
/// for itself; what has to hold over all replicas is a budget.
/// </summary>
public sealed class VisitorLimits(IOptions<LimitOptions> options) : IDisposable
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    // Null without a limit: a limiter that lets everybody through would still remember each of them.
    private readonly PartitionedRateLimiter<Caller>? _sessions = Chain(
        options.Value,
        Each(caller => caller.Address, options.Value.SessionsPerMinuteAndAddress, Minute),
        Each(caller => caller.Address, options.Value.SessionsPerHourAndAddress, Hour)
    );

    private readonly PartitionedRateLimiter<Caller>? _messages = Chain(
        options.Value,
        PartitionedRateLimiter.Create<Caller, (Guid, int)>(caller =>
            caller.PerMinute is { } limit
                ? RateLimitPartition.GetTokenBucketLimiter((caller.Session, limit), key =>
                    TokenBucket.Of(key.Item2, Minute)
                )
                : RateLimitPartition.GetNoLimiter((Guid.Empty, 0))
        ),
        Each(caller => caller.Session, options.Value.MessagesPerMinuteAndSession, Minute),
        Each(caller => caller.Session, options.Value.MessagesPerHourAndSession, Hour),
        Each(caller => caller.Address, options.Value.MessagesPerMinuteAndAddress, Minute),
        Each(caller => caller.Widget, options.Value.MessagesPerMinuteAndWidget, Minute)
    );

    private readonly PartitionedRateLimiter<Caller>? _calls = Chain(
        options.Value,
        Each(caller => caller.Address, options.Value.CallsPerMinuteAndAddress, Minute)
    );

    private readonly PartitionedRateLimiter<Caller>? _looks = Chain(
        options.Value,
        Each(caller => caller.Address, options.Value.LooksPerMinuteAndAddress, Minute)
    );

    private readonly PartitionedRateLimiter<Caller>? _callbacks = Chain(
        options.Value,
        Each(caller => caller.Address, options.Value.CallbacksPerMinuteAndAddress, Minute)
    );

    /// <summary>How long to wait before opening a conversation, or null when it may be opened now.</summary>
    public TimeSpan? Session(Caller caller) => Take(_sessions, caller);

    public TimeSpan? Message(Caller caller) => Take(_messages, caller);

    public TimeSpan? Call(Caller caller) => Take(_calls, caller);

    public TimeSpan? Look(Caller caller) => Take(_looks, caller);

    public TimeSpan? Callback(Caller caller) => Take(_callbacks, caller);

    private static TimeSpan? Take(PartitionedRateLimiter<Caller>? limiter, Caller caller)
    {
        if (limiter is null)
        {
            return null;
        }

        using var lease = limiter.AttemptAcquire(caller);
        return lease.IsAcquired ? null
            : lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) ? wait
            : TimeSpan.FromSeconds(1);
    }

    private static PartitionedRateLimiter<Caller>? Chain(
        LimitOptions options,
        params IEnumerable<PartitionedRateLimiter<Caller>?> limiters
    ) =>
        limiters.OfType<PartitionedRateLimiter<Caller>>().ToArray() is { Length: > 0 } some && !options.Off
            ? PartitionedRateLimiter.CreateChained(some)
            : null;

    private static PartitionedRateLimiter<Caller>? Each<TKey>(Func<Caller, TKey> key, int limit, TimeSpan time)
        where TKey : notnull =>
        limit == 0
            ? null
            : PartitionedRateLimiter.Create<Caller, TKey>(caller =>
                RateLimitPartition.GetTokenBucketLimiter(key(caller), _ => TokenBucket.Of(limit, time))
            );

    public void Dispose()
    {
        _sessions?.Dispose();
        _messages?.Dispose();
        _calls?.Dispose();
        _looks?.Dispose();
        _callbacks?.Dispose();
    }
}
