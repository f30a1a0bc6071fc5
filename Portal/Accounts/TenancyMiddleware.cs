using Portal.Hosting;
using Portal.Model;
using Portal.Web;

namespace Portal.Accounts;

public static class TenancyMiddleware
{
    extension(IApplicationBuilder app)
    {
        /// <summary>
        /// Enters the signed-in person's client. Must run after authentication and before authorization.
        /// </summary>
        public IApplicationBuilder UseTenancy()
        {
            var log = app.ApplicationServices.GetRequiredService<ILogger<Tenant>>();
            return app.Use(
                async (context, next) =>
                {
                    await context.RequestServices.GetRequiredService<Impersonation>().EnterAsync(context);
                    if (
                        context.User.ClientId is { } client
                        && context.GetEndpoint()?.Metadata.GetMetadata<NamesItsClient>() is null
                    )
                    {
                        context.RequestServices.GetRequiredService<Tenant>().Enter(client);
                        using var ids = log.BeginScope(new LogIds(client));
                        await next(context);
                        return;
                    }

                    await next(context);
                }
            );
        }
    }
}
