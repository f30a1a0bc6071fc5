using System.ComponentModel.DataAnnotations;
using System.Net;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Options;
using IPNetwork = System.Net.IPNetwork;

namespace Portal.Hosting;

/// <summary>The proxies between browsers and the portal (<c>Portal:…</c>).</summary>
public sealed class ProxyOptions : IValidatableObject
{
    /// <summary>
    /// Addresses (<c>10.0.0.5</c>) and networks (<c>10.0.0.0/24</c>) of the proxies whose X-Forwarded-For is trusted.
    /// </summary>
    public string[] Proxies { get; set; } = [];

    /// <summary>How many of them a request passes.</summary>
    [Range(1, 10)]
    public int ProxyHops { get; set; } = 1;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) =>
        Proxies
            .Where(proxy => Network(proxy) is null)
            .Select(proxy => new ValidationResult(
                $"'{proxy}' is neither an address nor a network such as 10.0.0.0/24 (Portal:Proxies)."
            ));

    internal static IPNetwork? Network(string text) =>
        IPNetwork.TryParse(text, out var network) ? network
        : IPAddress.TryParse(text, out var address)
            ? new IPNetwork(address, address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork ? 32 : 128)
        : null;
}

public static partial class Proxies
{
    public static IServiceCollection AddProxies(this IServiceCollection services)
    {
        services.AddSettings<ProxyOptions>("Portal");
        return services;
    }

    /// <summary>
    /// Takes the visitor's address from X-Forwarded-For if a known proxy sends it. Host and scheme are never taken from
    /// headers: the operator sets them (<c>Portal:PublicUrl</c>). Without known proxies no header is trusted.
    /// </summary>
    public static IApplicationBuilder UseProxies(this IApplicationBuilder app)
    {
        var options = app.ApplicationServices.GetRequiredService<IOptions<ProxyOptions>>().Value;
        if (options.Proxies.Length == 0)
        {
            return app.Use(WarnAsync(app.ApplicationServices.GetRequiredService<ILogger<ProxyOptions>>()));
        }

        var headers = new ForwardedHeadersOptions
        {
            ForwardedHeaders = ForwardedHeaders.XForwardedFor,
            ForwardLimit = options.ProxyHops,
        };
        // By default these contain loopback. Only named proxies are trusted.
        headers.KnownIPNetworks.Clear();
        headers.KnownProxies.Clear();
        foreach (var network in options.Proxies.Select(ProxyOptions.Network).OfType<IPNetwork>())
        {
            headers.KnownIPNetworks.Add(network);
        }

        return app.UseForwardedHeaders(headers);
    }

    // All visitors would share the proxy's limits.
    private static Func<HttpContext, RequestDelegate, Task> WarnAsync(ILogger log)
    {
        var isTold = false;
        return (context, next) =>
        {
            if (!isTold && context.Request.Headers.ContainsKey("X-Forwarded-For"))
            {
                isTold = true;
                Unknown(log, context.Connection.RemoteIpAddress);
            }

            return next(context);
        };
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "A request came with X-Forwarded-For from {Address}. If that is your proxy, name it in Portal:Proxies, or all visitors share one address and its limits."
    )]
    private static partial void Unknown(ILogger log, IPAddress? address);
}
