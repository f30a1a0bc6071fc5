using Portal.Model;
using Portal.Web;

namespace Portal.Accounts;

public static class TenancyMiddleware
{
    extension(IApplicationBuilder app)
    {
        /// <summary>Enters the signed-in person's client. Must run after authentication and before authorization.</summary>
        public IApplicationBuilder UseTenancy() =>
            app.Use(
                async (context, next) =>
                {
                    await context.RequestServices.GetRequiredService<Impersonation>().EnterAsync(context);
                    if (
                        context.User.ClientId is { } client
                        && context.GetEndpoint()?.Metadata.GetMetadata<NamesItsClient>() is null
                    )
                    {
                        context.RequestServices.GetRequiredService<Tenant>().Enter(client);
                    }

                    await next(context);
                }
            );
    }
}
