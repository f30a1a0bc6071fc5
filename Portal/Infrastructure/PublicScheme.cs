namespace Portal.Infrastructure;

/// <summary>TLS ends at a proxy, so requests arrive over plain http although browsers see https. <c>Portal:PublicUrl</c> says which it is, and no header can claim otherwise.</summary>
public static class PublicScheme
{
    public static IApplicationBuilder UsePublicScheme(this IApplicationBuilder app)
    {
        var scheme = app.ApplicationServices.GetRequiredService<PortalOptions>().PublicUrl.Scheme;
        return scheme == Uri.UriSchemeHttps
            ? app.Use((context, next) =>
            {
                context.Request.Scheme = scheme;
                return next(context);
            })
            : app;
    }
}
