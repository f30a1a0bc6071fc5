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
/// On a page or one of its handlers: requires an authentication within the last ten minutes (<see
/// cref="SessionProof.ProvedRecently"/>), for changes to sign-in methods and for what cannot be undone.
/// </summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
public sealed class RequireRecentProofAttribute : Attribute;

/// <summary>
/// A policy requirement: this session used a passkey, an authenticator app's code or a recovery code.
/// </summary>
public sealed class FactorRequirement : IAuthorizationRequirement;

/// <summary>If <c>Portal:AdminsNeedSecondFactor</c> is off, any session of an admin is enough.</summary>
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

/// <summary>Redirects people who only lack a factor to the page that asks for it, instead of refusing them.</summary>
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

/// <summary>
/// Enforces <see cref="RequireRecentProofAttribute"/>. It runs after the antiforgery check, so other sites cannot
/// trigger it.
/// </summary>
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

/// <summary>The redirect to the page that asks for authentication, and back.</summary>
public static class StepUp
{
    public const string Path = "/account/confirm";

    /// <summary>
    /// Sends a request to the page that asks for authentication. A form's fields are passed on by a redirect that keeps
    /// the method, and come back the same way.
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
            // A script, which submits the form itself instead.
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
        // A person without a factor sets one up first; there is nothing to ask for.
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

    // A fragment is not a page to return to; htmx sends the address of the page that requested it.
    private static string PageOf(HttpRequest request) =>
        Uri.TryCreate(request.Headers["HX-Current-URL"], UriKind.Absolute, out var page) ? page.PathAndQuery : "/";

    private static bool WantsJson(HttpRequest request) =>
        request.Headers.Accept.ToString().StartsWith("application/json", StringComparison.Ordinal);
}
