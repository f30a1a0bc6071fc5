using System.Collections.Concurrent;
using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;
using Polly;
using Polly.CircuitBreaker;
using Polly.Registry;
using Polly.Retry;
using Polly.Timeout;

namespace Portal.Webhooks;

/// <summary>
/// Keeps one client's bot from hurting another's: each widget has its own deadline, bulkhead and circuit breaker, under one cap for
/// all. A widget whose connection is edited starts afresh.
/// </summary>
public sealed class WebhookPipelines : IDisposable
{
    private readonly WebhookOptions _options;
    private readonly ConcurrencyLimiter _all;
    private readonly ResiliencePipelineRegistry<WebhookTarget> _pipelines;
    private readonly ConcurrentDictionary<WebhookTarget, DateTimeOffset> _pauses = new();
    private readonly TimeProvider _clock;

    public WebhookPipelines(IOptions<WebhookOptions> options, TimeProvider clock)
    {
        _options = options.Value;
        _clock = clock;
        _all = new ConcurrencyLimiter(new ConcurrencyLimiterOptions { PermitLimit = _options.ConcurrentInAll, QueueLimit = 0 });
        _pipelines = new ResiliencePipelineRegistry<WebhookTarget>();
    }

    internal ResiliencePipeline<WebhookOutcome> For(WebhookTarget target) =>
        _pipelines.GetOrAddPipeline<WebhookOutcome>(target, pipeline =>
        {
            pipeline.TimeProvider = _clock;
            pipeline
                .AddTimeout(TimeSpan.FromTicks(Math.Clamp(target.Timeout.Ticks, TimeSpan.TicksPerSecond / 100, _options.MaxTimeout.Ticks)))
                // Before the cap for all, so that a hanging bot takes no more of it than its share.
                .AddConcurrencyLimiter(_options.ConcurrentPerWidget, _options.QueuedPerWidget)
                .AddRateLimiter(_all)
                .AddCircuitBreaker(new CircuitBreakerStrategyOptions<WebhookOutcome>
                {
                    ShouldHandle = outcome => ValueTask.FromResult(outcome.Outcome.Result is WebhookOutcome.Failed { Error: var error } && IsOutage(error)),
                    FailureRatio = _options.BreakAtFailureRatio,
                    MinimumThroughput = _options.BreakAtCalls,
                    SamplingDuration = _options.BreakWindow,
                    BreakDuration = _options.BreakFor,
                })
                .AddRetry(new RetryStrategyOptions<WebhookOutcome>
                {
                    ShouldHandle = outcome => ValueTask.FromResult(outcome.Outcome.Result is WebhookOutcome.Failed { Error: WebhookErrorType.Unreachable, Sent: false }),
                    MaxRetryAttempts = _options.ConnectRetries,
                    Delay = _options.ConnectRetryDelay,
                    UseJitter = true,
                });
        });

    /// <summary>Leaves a bot alone for as long as it asked for, within reason.</summary>
    public void Pause(WebhookTarget target, TimeSpan wait)
    {
        if (wait > TimeSpan.Zero)
        {
            _pauses[target] = _clock.GetUtcNow() + (wait < _options.MaxPause ? wait : _options.MaxPause);
        }
    }

    public bool Paused(WebhookTarget target)
    {
        if (!_pauses.TryGetValue(target, out var until))
        {
            return false;
        }

        if (_clock.GetUtcNow() < until)
        {
            return true;
        }

        _pauses.TryRemove(new(target, until));
        return false;
    }

    /// <summary>Whether waiting may help. A wrong address or an odd answer costs little, and its mending should show at once.</summary>
    private static bool IsOutage(WebhookErrorType error) => error
        is WebhookErrorType.Timeout or WebhookErrorType.Unreachable or WebhookErrorType.Tls or WebhookErrorType.RateLimited
        or WebhookErrorType.WorkflowError or WebhookErrorType.Proxy or WebhookErrorType.Incomplete;

    public void Dispose()
    {
        _pipelines.Dispose();
        _all.Dispose();
    }
}
