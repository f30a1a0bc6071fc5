using Portal.Hosting;

namespace Portal.Web;

/// <summary>
/// The security headers of our pages. There are no inline scripts or styles, so no nonces either. Headers are written
/// when the response starts, so that errors carry them too.
/// </summary>
public static class SecurityHeaders
{
    private static string Policy(string frames, string framed) =>
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
        + $"form-action 'self'; base-uri 'none'; object-src 'none'; frame-src {frames}; frame-ancestors {framed}";

    private const string Nobody = "'none'";
    private const string Ourselves = "'self'";

    private static readonly string s_plainPolicy = Policy(Nobody, Nobody);

    private static readonly object s_frames = new();
    private static readonly object s_framed = new();

    extension(HttpResponse response)
    {
        /// <summary>Lets this page embed frames of our own pages.</summary>
        public void MayHoldFrames() => response.HttpContext.Items[s_frames] = Ourselves;

        /// <summary>Lets our own pages embed this one in a frame.</summary>
        public void MayBeFramed() => response.HttpContext.Items[s_framed] = Ourselves;

        /// <summary>For API responses: a browser need only know that it may do nothing with it as a page.</summary>
        public void IsNoPage() => response.Headers.ContentSecurityPolicy = "default-src 'none'; frame-ancestors 'none'";

        /// <summary>Keeps an address that contains a token from being sent to other sites.</summary>
        public void KeepAddressSecret() => response.Headers["Referrer-Policy"] = "no-referrer";
    }

    public static IApplicationBuilder UseSecurityHeaders(this IApplicationBuilder app)
    {
        var portal = app.ApplicationServices.GetRequiredService<PortalOptions>();
        var isHttps =
            portal.PublicUrl.Scheme == Uri.UriSchemeHttps
            && !app.ApplicationServices.GetRequiredService<IHostEnvironment>().IsDevelopment();

        return app.Use(
            (context, next) =>
            {
                context.Response.OnStarting(() =>
                {
                    Write(context, isHttps);
                    return Task.CompletedTask;
                });
                return next(context);
            }
        );
    }

    private static void Write(HttpContext context, bool isHttps)
    {
        var headers = context.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        if (context.GetEndpoint()?.Metadata.GetMetadata<ConversationCall>() is not null)
        {
            context.Response.IsNoPage();
            return;
        }

        if (isHttps)
        {
            headers.StrictTransportSecurity = "max-age=31536000";
        }

        if (headers.ContentSecurityPolicy.Count > 0)
        {
            return;
        }

        headers.ContentSecurityPolicy =
            context.Items.Count == 0
                ? s_plainPolicy
                : Policy((string?)context.Items[s_frames] ?? Nobody, (string?)context.Items[s_framed] ?? Nobody);
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";
        headers.TryAdd("Referrer-Policy", "strict-origin-when-cross-origin");

        if (context.User.Identity?.IsAuthenticated == true)
        {
            headers.TryAdd("Cache-Control", "no-store");
        }
    }
}
