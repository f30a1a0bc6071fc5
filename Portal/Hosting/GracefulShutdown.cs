using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Portal.Hosting;

/// <summary>Settings of the shutdown (<c>Portal:…</c>).</summary>
public sealed class DrainOptions
{
    /// <summary>
    /// After SIGTERM the portal reports that it is not ready and continues to serve for this long, until the proxy has
    /// noticed.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:05:00")]
    public TimeSpan DrainDelay { get; set; } = TimeSpan.Zero;

    /// <summary>Then it accepts no new connections, and answers in progress have this long to finish.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan DrainTime { get; set; } = TimeSpan.FromSeconds(30);
}

/// <summary>
/// Shuts down without interrupting anybody: first not ready, then no new connections, then the answers in progress
/// finish.
/// </summary>
public sealed class GracefulShutdown(IOptions<DrainOptions> options, TimeProvider clock)
    : IHostedLifecycleService,
        IHealthCheck
{
    private volatile bool _isDraining;

    public Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context,
        CancellationToken cancellationToken = default
    ) =>
        Task.FromResult(
            _isDraining ? HealthCheckResult.Unhealthy("The portal is shutting down.") : HealthCheckResult.Healthy()
        );

    /// <summary>Runs before anything else stops.</summary>
    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        _isDraining = true;
        return Task.Delay(options.Value.DrainDelay, clock, cancellationToken);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

public static class DrainServices
{
    public static IServiceCollection AddDraining(this IServiceCollection services)
    {
        services.AddSettings<DrainOptions>("Portal");
        services
            .AddOptions<HostOptions>()
            .Configure<IOptions<DrainOptions>>(
                (host, drain) => host.ShutdownTimeout = drain.Value.DrainDelay + drain.Value.DrainTime
            );
        services
            .AddSingleton<GracefulShutdown>()
            .AddHostedService(provider => provider.GetRequiredService<GracefulShutdown>());
        services.AddHealthChecks().AddCheck<GracefulShutdown>("draining", tags: ["ready"]);
        return services;
    }
}
