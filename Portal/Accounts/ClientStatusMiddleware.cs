using Htmx;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Portal.Model;
using Portal.Web;

namespace Portal.Accounts;

/// <summary>
/// Restricts the people of a client by its status: when it is suspended, owners can only read and export; when it is
/// being deleted, nobody stays signed in.
/// </summary>
public static class ClientStatusMiddleware
{
    // The person's own account and sign-out remain available.
    private static readonly PathString[] s_own = ["/account", "/admin"];

    extension(HttpContext context)
    {
        /// <summary>Whether the entered client is suspended.</summary>
        public bool IsSuspended => context.Items.ContainsKey(typeof(ClientStatusMiddleware));
    }

    extension(IApplicationBuilder app)
    {
        /// <summary>Must run after authorization, so that only pages of a client's people are checked.</summary>
        public IApplicationBuilder UseStanding() =>
            app.Use(
                async (context, next) =>
                {
                    if (
                        context.User.ClientId is not null
                        && context.GetEndpoint()?.Metadata is { } endpoint
                        && endpoint.GetMetadata<PageActionDescriptor>() is not null
                        && endpoint.GetMetadata<NamesItsClient>() is null
                    )
                    {
                        var current = context.RequestServices.GetRequiredService<CurrentClient>();
                        var client = await current.FindAsync(context.RequestAborted);
                        if (client is null or { IsLeaving: true })
                        {
                            await LeaveAsync(context);
                            return;
                        }

                        if (client.IsSuspended)
                        {
                            context.Items[typeof(ClientStatusMiddleware)] = true;
                            if (!MayPass(context))
                            {
                                context.Response.StatusCode = StatusCodes.Status403Forbidden;
                                return;
                            }
                        }
                    }

                    await next(context);
                }
            );
    }

    private static bool MayPass(HttpContext context) =>
        s_own.Any(own => context.Request.Path.StartsWithSegments(own))
        || context.Request.Path.StartsWithSegments("/error")
        || (
            context.User.Manages
            && (HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method))
        );

    private static async Task LeaveAsync(HttpContext context)
    {
        var target = AccessPolicies.SignInPath;
        if (context.User.IsViewing)
        {
            await context.RequestServices.GetRequiredService<Impersonation>().EndAsync(context);
            target = "/admin/clients";
        }
        else
        {
            await context.SignOutAsync(IdentityConstants.ApplicationScheme);
        }

        if (context.Request.IsHtmx())
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            context.Response.Headers["HX-Redirect"] = target;
        }
        else
        {
            context.Response.Redirect(target);
        }
    }
}
