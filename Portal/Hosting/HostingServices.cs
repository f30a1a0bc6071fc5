namespace Portal.Hosting;

public static class HostingServices
{
    /// <summary>What the portal is called and where it is, the proxies before it, how it goes down, and what it tells a collector.</summary>
    public static IServiceCollection AddHosting(this IServiceCollection services, IConfiguration settings) =>
        services.AddSingleton(TimeProvider.System).AddPortalOptions().AddProxies().AddDraining().AddTelemetry(settings);
}
