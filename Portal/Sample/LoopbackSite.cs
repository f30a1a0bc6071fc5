using System.Net;

namespace Portal.Sample;

/// <summary>A small website on its own loopback port, inside the portal's process.</summary>
public abstract class LoopbackSite(int? port) : IHostedService
{
    private WebApplication? _site;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (port is not { } number)
        {
            return;
        }

        // The empty builder, so that the portal's own addresses and settings do not apply to it.
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, number));
        builder.Services.AddRoutingCore();
        _site = builder.Build();
        Configure(_site);
        await _site.StartAsync(cancellationToken);
    }

    protected abstract void Configure(WebApplication site);

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_site is not null)
        {
            await _site.StopAsync(cancellationToken);
            await _site.DisposeAsync();
        }
    }
}
