using Microsoft.AspNetCore.Http.HttpResults;
using Portal.Chat;
using Portal.Limits;
using Portal.Web;

namespace Portal.Api;

/// <summary>Keeps the database from being asked about each id, and each token, that somebody makes up.</summary>
public sealed class WidgetGuesses(NotFoundRateLimiter misses, WidgetDirectory widgets)
{
    /// <summary>Endpoint filter.</summary>
    public static async ValueTask<object?> LimitAsync(
        EndpointFilterInvocationContext context,
        EndpointFilterDelegate next
    )
    {
        var http = context.HttpContext;
        var guesses = http.RequestServices.GetRequiredService<WidgetGuesses>();
        if (guesses.Refuse(http) is { } refusal)
        {
            return refusal;
        }

        var result = await next(context);
        return IsMiss(result) && guesses.Count(http) is { } wait ? wait : result;
    }

    /// <summary>What an address that has guessed too often is told, or null.</summary>
    public IResult? Refuse(HttpContext http) =>
        misses.AreTooMany && misses.Wait(AddressOf(http)) is { } wait && !IsKnown(http)
            ? Problems.RateLimited(http.Response, wait)
            : null;

    /// <summary>
    /// Counts a refusal that a guess brings, and says what to answer instead when there were too many.
    /// </summary>
    public IResult? Count(HttpContext http) =>
        misses.Count(AddressOf(http)) is { } wait ? Problems.RateLimited(http.Response, wait) : null;

    public static bool IsMiss(object? result) =>
        result is NotFound
        || (
            result is ProblemHttpResult problem && problem.Is(Problems.WidgetNotFoundCode, Problems.SessionRequiredCode)
        );

    // Who talks to a widget behind the same address goes on.
    private bool IsKnown(HttpContext http) =>
        Guid.TryParse(http.Request.RouteValues["id"] as string, out var id) && widgets.Knows(id);

    private static string AddressOf(HttpContext http) => CallerAddress.Of(http.Connection.RemoteIpAddress);
}
