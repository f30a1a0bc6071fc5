using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;

namespace Portal.Tests;

/// <summary>
/// A portal with nothing set but what the test says, in this process, where all is compiled already: a <see cref="PortalProcess"/> takes
/// seconds to be as warm, and is for what a test kills or for what only a process has.
/// </summary>
public sealed class PlainPortal : WebApplicationFactory<Program>
{
    private readonly HeldPort _port = HeldPort.Take();
    private readonly string _environment;
    private readonly IEnumerable<(string Key, string Value)> _settings;

    private PlainPortal(string environment, IEnumerable<(string Key, string Value)> settings)
    {
        (_environment, _settings) = (environment, settings);
        Http = new HttpClient { BaseAddress = _port.Url, Timeout = Timeouts.Limit };
        UseKestrel(_port.Number);
    }

    public HttpClient Http { get; }

    public static async Task<PlainPortal> StartAsync(
        string environment,
        params IEnumerable<(string Key, string Value)> settings
    )
    {
        var portal = new PlainPortal(environment, settings);
        try
        {
            await Task.Run(portal.StartServer);
            return portal;
        }
        catch
        {
            await portal.DisposeAsync();
            throw;
        }
    }

    protected override void ConfigureWebHost(IWebHostBuilder web)
    {
        web.UseEnvironment(_environment).UseSetting("Portal:PublicUrl", _port.Url.ToString());
        foreach (var (key, value) in _settings)
        {
            web.UseSetting(key, value);
        }
    }

    public override async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await base.DisposeAsync();
        _port.Dispose();
    }
}
