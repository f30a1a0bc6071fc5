using Microsoft.Extensions.Options;
using Portal.Hosting;

namespace Portal.Web;

/// <summary>
/// The portal's address is <c>Portal:PublicUrl</c>. TLS ends at a proxy, so requests arrive over plain http although
/// browsers see https, and anybody can send any Host header: neither header nor connection can claim another address.
/// </summary>
public static partial class PublicAddress
{
    private static readonly PathString s_health = "/health";

    /// <summary>
    /// Gives each request the portal's own scheme and host. In Production a request for another host is refused.
    /// </summary>
    public static IApplicationBuilder UsePublicAddress(this IApplicationBuilder app)
    {
        var portal = app.ApplicationServices.GetRequiredService<PortalOptions>();
        var log = app.ApplicationServices.GetRequiredService<ILogger<PortalOptions>>();
        var (scheme, host) = (portal.PublicUrl.Scheme, HostString.FromUriComponent(portal.PublicUrl));
        var known = app.ApplicationServices.GetRequiredService<IHostEnvironment>().IsProduction()
            ? portal.OtherHosts.Append(host.Host).ToHashSet(StringComparer.OrdinalIgnoreCase)
            : null;
        var isTold = false;
        return app.Use(
            (context, next) =>
            {
                // Health probes and Prometheus use each replica's IP address, from inside.
                if (
                    known?.Contains(context.Request.Host.Host) == false
                    && !context.Request.Path.StartsWithSegments(s_health)
                    && !context.Request.Path.StartsWithSegments(Metrics.Path)
                )
                {
                    if (!isTold)
                    {
                        isTold = true;
                        Refused(log, context.Request.Host.Value ?? "", host.Host);
                    }

                    context.Response.StatusCode = StatusCodes.Status400BadRequest;
                    context.Response.ContentType = "text/plain; charset=utf-8";
                    return context.Response.WriteAsync(
                        "This server is not known under that host name.\n",
                        context.RequestAborted
                    );
                }

                context.Request.Scheme = scheme;
                context.Request.Host = host;
                return next(context);
            }
        );
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "A request for the host {Asked} was refused: the portal is {Own} (Portal:PublicUrl). If browsers do reach it there, name it in Portal:OtherHosts; a proxy in front must pass the Host header on."
    )]
    private static partial void Refused(ILogger log, string asked, string own);
}
