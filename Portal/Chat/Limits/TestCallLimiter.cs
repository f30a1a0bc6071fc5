using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;
using Portal.Limits;

namespace Portal.Chat;

/// <summary>
/// Limits the test messages of a client's people: enough to set up a workflow, too few to scan a network.
/// </summary>
public sealed class TestCallLimiter(IOptions<LimitOptions> options) : IDisposable
{
    private readonly PartitionedRateLimiter<Guid>? _clients =
        options.Value.Off || options.Value.TestCallsPerHourAndClient == 0
            ? null
            : PartitionedRateLimiter.Create<Guid, Guid>(client =>
                RateLimitPartition.GetTokenBucketLimiter(client, _ =>
                    TokenBucket.Of(options.Value.TestCallsPerHourAndClient, TimeSpan.FromHours(1))
                )
            );

    /// <summary>How long to wait before the next one, or null when it may be sent now.</summary>
    public TimeSpan? Take(Guid client)
    {
        using var lease = _clients?.AttemptAcquire(client);
        return lease is null or { IsAcquired: true } ? null
            : lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) ? wait
            : TimeSpan.FromMinutes(1);
    }

    public void Dispose() => _clients?.Dispose();
}
