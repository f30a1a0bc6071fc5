namespace Portal.Hosting;

public static class HostingServices
{
    /// <summary>The portal's options, proxies, shutdown, logs and telemetry.</summary>
    public static IServiceCollection AddHosting(this IServiceCollection services, IConfiguration settings) =>
        services
            .AddSingleton(TimeProvider.System)
            .AddPortalOptions()
            .AddProxies()
            .AddDraining()
            .AddLogs()
            .AddTelemetry(settings);
}
