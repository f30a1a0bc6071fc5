using System.Globalization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;

namespace Portal.Limits;

/// <summary>
/// Turns a page's exceeded limit, wherever in its work it was met, into a 429 that says how long to wait.
/// </summary>
public sealed class LimitPageFilter : IAsyncPageFilter
{
    public Task OnPageHandlerSelectionAsync(PageHandlerSelectedContext context) => Task.CompletedTask;

    public async Task OnPageHandlerExecutionAsync(
        PageHandlerExecutingContext context,
        PageHandlerExecutionDelegate next
    )
    {
        var executed = await next();
        if (executed is { ExceptionHandled: false, Exception: LimitExceededException exceeded })
        {
            executed.ExceptionHandled = true;
            context.HttpContext.Response.RetryAfter(exceeded.Wait);
            executed.Result = new StatusCodeResult(StatusCodes.Status429TooManyRequests);
        }
    }
}

public static class RetryLater
{
    extension(HttpResponse response)
    {
        /// <summary>When to come back.</summary>
        /// <returns>The seconds, at least one.</returns>
        public int RetryAfter(TimeSpan wait)
        {
            var seconds = Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds));
            response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
            return seconds;
        }
    }
}
