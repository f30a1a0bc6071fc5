using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using Portal.Model;

namespace Portal.Limits;

/// <summary>
/// For the page where people add and remove factors: each change sends an email, and each attempt costs a check of a
/// code.
/// </summary>
public sealed class FactorLimitFilter(ActionLimits limits) : IAsyncPageFilter
{
    // A challenge for the browser's authenticator, which changes nothing.
    private const string Options = "PasskeyOptions";

    public Task OnPageHandlerSelectionAsync(PageHandlerSelectedContext context) => Task.CompletedTask;

    public async Task OnPageHandlerExecutionAsync(
        PageHandlerExecutingContext context,
        PageHandlerExecutionDelegate next
    )
    {
        var http = context.HttpContext;
        if (
            HttpMethods.IsPost(http.Request.Method)
            && context.HandlerMethod?.Name != Options
            && (await limits.FactorAsync(http.User.PersonId, http.RequestAborted)).Wait is { } wait
        )
        {
            http.Response.RetryAfter(wait);
            context.Result = new StatusCodeResult(StatusCodes.Status429TooManyRequests);
            return;
        }

        await next();
    }
}
