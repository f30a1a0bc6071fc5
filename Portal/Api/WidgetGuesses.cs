using Microsoft.AspNetCore.Http.HttpResults;
using Portal.Chat;
using Portal.Limits;
using Portal.Web;

namespace Portal.Api;

/// <summary>Whoever tries out widgets' ids waits.</summary>
internal static class WidgetGuesses
{
    /// <summary>Endpoint filter: the database is not asked about each id that somebody makes up.</summary>
    public static async ValueTask<object?> GuardAsync(
        EndpointFilterInvocationContext context,
        EndpointFilterDelegate next
    )
    {
        var http = context.HttpContext;
        var misses = http.RequestServices.GetRequiredService<NotFoundRateLimiter>();
        if (misses.AreTooMany && misses.Wait(AddressOf(http)) is { } shut && !IsKnown(http))
        {
            return Problems.RateLimited(http.Response, shut);
        }

        var result = await next(context);
        return IsMiss(result) && misses.Count(AddressOf(http)) is { } wait
            ? Problems.RateLimited(http.Response, wait)
            : result;
    }

    private static bool IsMiss(object? result) =>
        result is NotFound
        || (
            result is ProblemHttpResult problem && problem.Is(Problems.WidgetNotFoundCode, Problems.SessionRequiredCode)
        );

    // Who talks to a widget behind the same address goes on.
    private static bool IsKnown(HttpContext http) =>
        Guid.TryParse(http.Request.RouteValues["id"] as string, out var id)
        && http.RequestServices.GetRequiredService<WidgetDirectory>().Knows(id);

    private static string AddressOf(HttpContext http) => CallerAddress.Of(http.Connection.RemoteIpAddress);
}
