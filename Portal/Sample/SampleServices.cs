using Microsoft.Extensions.Options;
using Portal.Chat;
using Portal.Hosting;
using Portal.Webhooks;

namespace Portal.Sample;

public static class SampleServices
{
    public static IServiceCollection AddSample(this IServiceCollection services)
    {
        services.AddSettings<SampleOptions>("Portal:Sample");
        // This one host and port, never a network.
        services
            .AddOptions<WebhookOptions>()
            .PostConfigure<IOptions<SampleOptions>>(
                (webhooks, sample) =>
                {
                    if (sample.Value.BotPort is { } port)
                    {
                        webhooks.AllowedTargets = [.. webhooks.AllowedTargets, $"127.0.0.1:{port}"];
                    }
                }
            );
        services
            .AddOptions<PreviewOptions>()
            .Configure<IOptions<SampleOptions>>(
                (previews, sample) => previews.SampleBotUrl = sample.Value.BotPort is null ? null : sample.Value.BotUrl
            );
        return services
            .AddSingleton(provider => provider.GetRequiredService<IOptions<SampleOptions>>().Value)
            .AddHostedService<SampleBot>()
            .AddHostedService<SampleSite>()
            .AddScoped<DemoSeed>()
            .AddStartupStep<DemoSeedStep>()
            .AddScoped<IBannerLine, SampleSiteLine>()
            .AddScoped<IBannerLine, DemoOwnerLine>();
    }
}

/// <summary>In development, a newcomer finds a client with a widget that answers.</summary>
internal sealed class DemoSeedStep(IHostEnvironment environment, SampleOptions sample, DemoSeed seed) : IStartupStep
{
    public Task RunAsync(CancellationToken cancellationToken) =>
        environment.IsDevelopment() && sample.BotPort is not null
            ? seed.EnsureAsync(cancellationToken)
            : Task.CompletedTask;
}

internal sealed class SampleSiteLine(SampleOptions sample) : IBannerLine
{
    public string? Text => sample.SitePort is null ? null : $"A sample shop with the widget:  {sample.SiteUrl}";
}

internal sealed class DemoOwnerLine(IHostEnvironment environment, DemoSeed seed) : IBannerLine
{
    public string? Text =>
        environment.IsDevelopment() && seed.SignIn() is var (email, password)
            ? $"Sign in as the shop's owner:    {email}  {password}"
            : null;
}
