using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;

namespace Portal.Tests;

/// <summary>A second portal beside another, on the same database, as they stand behind a proxy.</summary>
public sealed class Replica : WebApplicationFactory<Program>
{
    private readonly PortalApp _first;
    private readonly (string Key, string Value)[] _settings;

    private readonly HeldPort _port = HeldPort.Take();

    private Replica(PortalApp first, (string, string)[] settings) => (_first, _settings) = (first, settings);

    public HttpClient Http { get; private set; } = null!;

    /// <param name="settings">In which it differs from the first.</param>
    public static Replica Of(PortalApp first, params (string Key, string Value)[] settings)
    {
        var replica = new Replica(first, settings);
        replica.UseKestrel(replica._port.Number);
        replica.StartServer();
        replica.Http = new HttpClient { BaseAddress = replica._port.Url, Timeout = Timeouts.Limit };
        return replica;
    }

    protected override void ConfigureWebHost(IWebHostBuilder web)
    {
        web.UseEnvironment("Testing");
        foreach (var (key, value) in _first.Settings)
        {
            web.UseSetting(key, value);
        }

        foreach (var (key, value) in _settings)
        {
            web.UseSetting(key, value);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Http.Dispose();
        }

        base.Dispose(disposing);
        _port.Dispose();
    }
}
