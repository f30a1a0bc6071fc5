using System.Reflection;
using Htmx;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using Portal.Model;

namespace Portal.Accounts;

/// <summary>
/// On a page's handler, or on a page for all of them: asks for a proof of the last ten minutes
/// (<see cref="SessionProof.ProvedRecently"/>), for what changes how somebody signs in or cannot be undone.
/// </summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
public sealed class RequireRecentProofAttribute : Attribute;

/// <summary>Part of a policy: this session was proved with a passkey, an authenticator's code or a recovery code.</summary>
public sealed class FactorRequirement : IAuthorizationRequirement;

/// <summary>Where <c>Portal:AdminsNeedSecondFactor</c> is off, any session of an admin will do.</summary>
public sealed class FactorRequirementHandler(IOptions<FactorOptions> options) : AuthorizationHandler<FactorRequirement>
{
    protected override Task HandleRequirementAsync(AuthorizationHandlerContext context, FactorRequirement requirement)
    {
        if (options.Value.IsProvedEnough(context.User))
        {
            context.Succeed(requirement);
        }

        return Task.CompletedTask;
    }
}

/// <summary>Sends whom only a factor keeps out to where they prove one, instead of refusing them.</summary>
public sealed class StepUpResultHandler : IAuthorizationMiddlewareResultHandler
{
    private readonly AuthorizationMiddlewareResultHandler _others = new();

    public Task HandleAsync(
        RequestDelegate next,
        HttpContext context,
        AuthorizationPolicy policy,
        PolicyAuthorizationResult result
    )
    {
        if (
            result is { Forbidden: true, AuthorizationFailure: { FailCalled: false } failure }
            && failure.FailedRequirements.All(one => one is FactorRequirement)
        )
        {
            StepUp.Ask(context);
            return Task.CompletedTask;
        }

        return _others.HandleAsync(next, context, policy, result);
    }
}

/// <summary>Keeps <see cref="RequireRecentProofAttribute"/>. It runs after the form's token was checked, so no other site leads anybody here.</summary>
public sealed class RecentProofFilter(TimeProvider clock) : IAsyncPageFilter
{
    public Task OnPageHandlerSelectionAsync(PageHandlerSelectedContext context) => Task.CompletedTask;

    public async Task OnPageHandlerExecutionAsync(
        PageHandlerExecutingContext context,
        PageHandlerExecutionDelegate next
    )
    {
        var isAsked =
            context.HandlerMethod?.MethodInfo.IsDefined(typeof(RequireRecentProofAttribute)) == true
            || context.HandlerInstance.GetType().IsDefined(typeof(RequireRecentProofAttribute));
        if (isAsked && !context.HttpContext.User.ProvedRecently(clock.GetUtcNow()))
        {
            StepUp.Ask(context.HttpContext);
            context.Result = new Microsoft.AspNetCore.Mvc.EmptyResult();
            return;
        }

        await next();
    }
}

/// <summary>The way to the page that asks for a proof, and back.</summary>
public static class StepUp
{
    public const string Path = "/account/confirm";

    /// <summary>
    /// Sends a request to where its sender proves who they are. A form goes along as it is, by a redirect that keeps its method, and comes
    /// back the same way.
    /// </summary>
    public static void Ask(HttpContext context)
    {
        var request = context.Request;
        var to = Target(context);
        if (request.IsHtmx())
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            context.Response.Headers["HX-Redirect"] = to;
        }
        else if (WantsJson(request))
        {
            // A script, which sends the form itself instead.
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            context.Response.Headers.WWWAuthenticate = "Proof";
        }
        else
        {
            context.Response.StatusCode = HttpMethods.IsPost(request.Method)
                ? StatusCodes.Status307TemporaryRedirect
                : StatusCodes.Status302Found;
            context.Response.Headers.Location = to;
        }
    }

    private static string Target(HttpContext context)
    {
        // Who has no factor yet gets one; there is nothing to ask for.
        if (
            context.User.IsAdmin
            && !context.User.HasFactor
            && context.RequestServices.GetRequiredService<IOptions<FactorOptions>>().Value.AdminsNeedSecondFactor
        )
        {
            return TwoFactor.Path;
        }

        var request = context.Request;
        var page = request.IsHtmx() ? PageOf(request) : request.PathBase + request.Path + request.QueryString;
        return $"{request.PathBase}{Path}{QueryString.Create("returnUrl", page)}";
    }

    // A fragment is no page to come back to; htmx says on which one it was asked for.
    private static string PageOf(HttpRequest request) =>
        Uri.TryCreate(request.Headers["HX-Current-URL"], UriKind.Absolute, out var page) ? page.PathAndQuery : "/";

    private static bool WantsJson(HttpRequest request) =>
        request.Headers.Accept.ToString().StartsWith("application/json", StringComparison.Ordinal);
}
