using System.Collections.Concurrent;
using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;
using Polly.Timeout;
using Portal.Hosting;
using Portal.Model;

namespace Portal.Webhooks;

/// <summary>
/// Keeps one client's bot from affecting others: each widget has its own deadline, bulkhead and circuit breaker, under
/// one cap for its client and one for all. A widget whose connection is edited starts afresh; pipelines that are no
/// longer used are dropped, with their secrets.
/// </summary>
public sealed class WebhookPipelines : IDisposable
{
    // A widget has one connection, and a few more while it is edited or tested. The oldest of too many is dropped.
    private const int MaxVariants = 8;

    private readonly WebhookOptions _options;
    private readonly TimeProvider _clock;
    private readonly ConcurrencyLimiter _all;
    private readonly ConcurrentDictionary<Guid, WebhookPipeline[]> _lines = new();
    private readonly Dictionary<Guid, ConcurrencyLimiter> _clients = [];
    private readonly Lock _gate = new();
    private ITimer _forgetting = null!;

    public WebhookPipelines(IOptions<WebhookOptions> options, TimeProvider clock)
    {
        _options = options.Value;
        _clock = clock;
        _all = Bulkhead(_options.ConcurrentInAll);
        // A pipeline that was not used for so long has no call in progress, no pause and no failures that count.
        var longest =
            TimeSpan.FromTicks(
                new[] { _options.MaxTimeout, _options.MaxPause, _options.BreakWindow, _options.BreakFor }.Max(time =>
                    time.Ticks
                )
            ) + TimeSpan.FromSeconds(1);
        OwnContext.Run(() => _forgetting = clock.CreateTimer(_ => ForgetIdle(), null, longest, longest));
    }

    /// <summary>How many pipelines are kept.</summary>
    internal int Known => _lines.Values.Sum(lines => lines.Length);

    internal ResiliencePipeline<WebhookOutcome> For(WebhookTarget target) => LineOf(target).Pipeline;

    /// <summary>Pauses calls to a bot for as long as it asked, within reason.</summary>
    public void Pause(WebhookTarget target, TimeSpan wait)
    {
        if (wait > TimeSpan.Zero)
        {
            LineOf(target).PausedUntil = (
                _clock.GetUtcNow() + (wait < _options.MaxPause ? wait : _options.MaxPause)
            ).UtcTicks;
        }
    }

    public bool Paused(WebhookTarget target) =>
        LineOf(target).PausedUntil is not 0 and var until && _clock.GetUtcNow().UtcTicks < until;

    private WebhookPipeline LineOf(WebhookTarget target) => Find(target) ?? Add(target);

    private WebhookPipeline? Find(WebhookTarget target)
    {
        if (_lines.TryGetValue(target.WidgetId, out var lines))
        {
            foreach (var line in lines)
            {
                // The same object, as long as its widget is in the cache.
                if (ReferenceEquals(line.Target, target) || line.Target == target)
                {
                    line.IsUsed = true;
                    return line;
                }
            }
        }

        return null;
    }

    private WebhookPipeline Add(WebhookTarget target)
    {
        lock (_gate)
        {
            if (Find(target) is { } known)
            {
                return known;
            }

            var line = new WebhookPipeline(target, Build(target));
            var others = _lines.GetValueOrDefault(target.WidgetId) ?? [];
            _lines[target.WidgetId] = [line, .. others.Take(MaxVariants - 1)];
            return line;
        }
    }

    private ResiliencePipeline<WebhookOutcome> Build(WebhookTarget target)
    {
        if (!_clients.TryGetValue(target.ClientId, out var client))
        {
            _clients[target.ClientId] = client = Bulkhead(_options.ConcurrentPerClient);
        }

        return new ResiliencePipelineBuilder<WebhookOutcome> { TimeProvider = _clock }
            .AddTimeout(
                TimeSpan.FromTicks(
                    Math.Clamp(target.Timeout.Ticks, TimeSpan.TicksPerSecond / 100, _options.MaxTimeout.Ticks)
                )
            )
            // Before the shared caps, so that a hanging bot takes no more of them than its share.
            .AddConcurrencyLimiter(_options.ConcurrentPerWidget, _options.QueuedPerWidget)
            .AddRateLimiter(client)
            .AddRateLimiter(_all)
            .AddCircuitBreaker(
                new CircuitBreakerStrategyOptions<WebhookOutcome>
                {
                    ShouldHandle = outcome =>
                        ValueTask.FromResult(
                            outcome.Outcome.Result is WebhookOutcome.Failed { Error: var error } && IsOutage(error)
                        ),
                    FailureRatio = _options.BreakAtFailureRatio,
                    MinimumThroughput = _options.BreakAtCalls,
                    SamplingDuration = _options.BreakWindow,
                    BreakDuration = _options.BreakFor,
                }
            )
            .AddRetry(
                new RetryStrategyOptions<WebhookOutcome>
                {
                    ShouldHandle = outcome =>
                        ValueTask.FromResult(
                            outcome.Outcome.Result
                                is WebhookOutcome.Failed { Error: WebhookErrorType.Unreachable, Sent: false }
                        ),
                    MaxRetryAttempts = _options.ConnectRetries,
                    Delay = _options.ConnectRetryDelay,
                    UseJitter = true,
                }
            )
            .Build();
    }

    private void ForgetIdle()
    {
        lock (_gate)
        {
            foreach (var (widget, lines) in _lines)
            {
                var used = lines.Where(line => line.IsUsed).ToArray();
                if (used.Length == 0)
                {
                    _lines.TryRemove(widget, out _);
                }
                else
                {
                    _lines[widget] = used;
                    Array.ForEach(used, line => line.IsUsed = false);
                }
            }

            var clients = _lines.Values.SelectMany(lines => lines).Select(line => line.Target.ClientId).ToHashSet();
            foreach (var (client, _) in _clients.Where(client => !clients.Contains(client.Key)).ToList())
            {
                _clients.Remove(client);
            }
        }
    }

    private static ConcurrencyLimiter Bulkhead(int calls) =>
        new(new ConcurrencyLimiterOptions { PermitLimit = calls, QueueLimit = 0 });

    /// <summary>
    /// Whether a pause may help. A wrong address or a strange reply costs little, and a fix should take effect at once.
    /// </summary>
    private static bool IsOutage(WebhookErrorType error) =>
        error
            is WebhookErrorType.Timeout
                or WebhookErrorType.Unreachable
                or WebhookErrorType.Tls
                or WebhookErrorType.RateLimited
                or WebhookErrorType.WorkflowError
                or WebhookErrorType.Proxy
                or WebhookErrorType.Incomplete;

    public void Dispose()
    {
        _forgetting.Dispose();
        _all.Dispose();
    }

    /// <summary>One connection of one widget.</summary>
    private sealed class WebhookPipeline(WebhookTarget target, ResiliencePipeline<WebhookOutcome> pipeline)
    {
        private long _pausedUntil;

        public WebhookTarget Target => target;

        public ResiliencePipeline<WebhookOutcome> Pipeline => pipeline;

        /// <summary>Whether it was used since the last check for idle ones.</summary>
        public bool IsUsed { get; set; } = true;

        /// <summary>In ticks of UTC; 0 for never.</summary>
        public long PausedUntil
        {
            get => Volatile.Read(ref _pausedUntil);
            set => Volatile.Write(ref _pausedUntil, value);
        }
    }
}
