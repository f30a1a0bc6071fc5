using Microsoft.Extensions.Options;
using Portal.Infrastructure;
using Portal.Webhooks;

namespace Portal.Sample;

public static class SampleServices
{
    public static IServiceCollection AddSample(this IServiceCollection services)
    {
        services.AddSettings<SampleOptions>("Portal:Sample");
        // This one host and port, never a network.
        services.AddOptions<WebhookOptions>().PostConfigure<IOptions<SampleOptions>>((webhooks, sample) =>
        {
            if (sample.Value.BotPort is { } port)
            {
                webhooks.AllowedTargets = [.. webhooks.AllowedTargets, $"127.0.0.1:{port}"];
            }
        });
        return services
            .AddSingleton(provider => provider.GetRequiredService<IOptions<SampleOptions>>().Value)
            .AddHostedService<SampleBot>()
            .AddHostedService<SampleSite>()
            .AddScoped<DemoSeed>();
    }
}
