using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Portal.Web;

/// <summary>
/// Two people who save the same thing in the same moment: the database lets one, and the other reads a sentence instead
/// of an error.
/// </summary>
public sealed class UniqueViolationFilter : IAsyncPageFilter
{
    public Task OnPageHandlerSelectionAsync(PageHandlerSelectedContext context) => Task.CompletedTask;

    public async Task OnPageHandlerExecutionAsync(
        PageHandlerExecutingContext context,
        PageHandlerExecutionDelegate next
    )
    {
        var executed = await next();
        if (
            executed
                is {
                    ExceptionHandled: false,
                    Exception: DbUpdateException
                    {
                        InnerException: PostgresException { SqlState: PostgresErrorCodes.UniqueViolation }
                    }
                }
            && context.HandlerInstance is PageModel page
        )
        {
            executed.ExceptionHandled = true;
            page.Toast("Someone saved the same thing a moment ago. Check it, then try again.");
            executed.Result = page.Request.WantsFragment
                ? new StatusCodeResult(StatusCodes.Status409Conflict)
                : page.LocalRedirect(page.Request.PathBase + page.Request.Path);
        }
    }
}
