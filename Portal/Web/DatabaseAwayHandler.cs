using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.AspNetCore.Diagnostics;
using Portal.Data;
using Portal.Hosting;

namespace Portal.Web;

/// <summary>
/// The response while the database is unavailable: for people a page that retries, for API clients a problem with
/// Retry-After. It does not query the database itself, as the usual error page would.
/// </summary>
public sealed partial class DatabaseAwayHandler(
    PortalOptions portal,
    ILoggerFactory loggers,
    ILogger<DatabaseAwayHandler> log
) : IExceptionHandler
{
    /// <summary>Seconds until the page retries, and API clients should.</summary>
    public const int RetryAfter = 5;

    public async ValueTask<bool> TryHandleAsync(
        HttpContext context,
        Exception exception,
        CancellationToken cancellationToken
    )
    {
        if (!exception.IsDatabaseAway && exception is not JournalUnavailableException)
        {
            return false;
        }

        Away(context.Request.Path, exception.GetBaseException().Message);
        var (request, response) = (context.Request, context.Response);
        response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        response.Headers.RetryAfter = $"{RetryAfter}";
        response.Headers.CacheControl = "no-store";
        if (!IsForPeople(request))
        {
            await Problems.Unavailable.ExecuteAsync(context);
            return true;
        }

        response.ContentType = "text/html; charset=utf-8";
        if (!HttpMethods.IsHead(request.Method))
        {
            await response.WriteAsync(await PageAsync(context), cancellationToken);
        }

        return true;
    }

    private static bool IsForPeople(HttpRequest request) =>
        !request.Path.StartsWithSegments("/api")
        && request.Headers.Accept.Any(types =>
            types?.Contains("text/html", StringComparison.OrdinalIgnoreCase) == true
        );

    private async Task<string> PageAsync(HttpContext context)
    {
        await using var renderer = new HtmlRenderer(context.RequestServices, loggers);
        return await renderer.Dispatcher.InvokeAsync(async () =>
        {
            var page = await renderer.RenderComponentAsync<UnavailablePage>(
                ParameterView.FromDictionary(
                    new Dictionary<string, object?>
                    {
                        [nameof(UnavailablePage.Portal)] = portal.Name,
                        [nameof(UnavailablePage.Theme)] = context.Request.Theme ?? "auto",
                        // A form is never submitted again automatically.
                        [nameof(UnavailablePage.Reloads)] = HttpMethods.IsGet(context.Request.Method),
                    }
                )
            );
            return $"<!DOCTYPE html>\n{page.ToHtmlString()}";
        });
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "The database is unavailable, so {Path} could not be served: {Why}"
    )]
    private partial void Away(string path, string why);
}
