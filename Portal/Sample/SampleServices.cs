using Microsoft.Extensions.Options;

namespace Portal.Sample;

public static class SampleServices
{
    public static IServiceCollection AddSample(this IServiceCollection services)
    {
        services.AddOptions<SampleOptions>().BindConfiguration("Portal:Sample").ValidateDataAnnotations().ValidateOnStart();
        return services
            .AddSingleton(provider => provider.GetRequiredService<IOptions<SampleOptions>>().Value)
            .AddHostedService<SampleBot>()
            .AddHostedService<SampleSite>()
            .AddScoped<DemoSeed>();
    }
}
