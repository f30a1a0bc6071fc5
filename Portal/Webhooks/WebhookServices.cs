using System.ComponentModel.DataAnnotations;
using System.Net;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Portal.Hosting;

namespace Portal.Webhooks;

public static class WebhookServices
{
    /// <summary>The calls to clients' n8n, and the portal's only outgoing HTTP.</summary>
    public static IServiceCollection AddWebhooks(this IServiceCollection services)
    {
        services
            .AddSettings<WebhookOptions>("Portal:Webhooks")
            .Configure<IOptions<PortalOptions>>((options, portal) => options.PublicUrl ??= portal.Value.PublicUrl);
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<ResolveHost>(System.Net.Dns.GetHostAddressesAsync);
        services
            .AddSingleton<SelfAddressBlocklist>()
            .AddHostedService(provider => provider.GetRequiredService<SelfAddressBlocklist>());
        services.AddSingleton<AddressPolicy>();
        services.AddSingleton<WebhookUrl>();
        services.AddSingleton<GuardedHttpClient>();
        services.AddSingleton<WebhookPipelines>();
        services.AddSingleton<WebhookClient>();
        return services;
    }
}
