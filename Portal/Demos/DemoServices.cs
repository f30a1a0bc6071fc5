using Portal.Hosting;
using Portal.Jobs;

namespace Portal.Demos;

/// <summary>Demos: their pages, limits and expiry.</summary>
public static class DemoServices
{
    public static IServiceCollection AddDemos(this IServiceCollection services)
    {
        services.AddSettings<DemoOptions>("Portal:Demos");
        services
            .AddSingleton<DemoToken>()
            .AddSingleton<DemoAccess>()
            .AddScoped<DemoService>()
            .AddScoped<DemoConversion>();
        services.AddJob<DemoExpiryJob>(
            "demo-expiry",
            "Expired demos",
            "Deletes demo widgets some days after they expired, with their conversations, analytics and errors.",
            TimeSpan.FromHours(1)
        );
        return services;
    }
}
