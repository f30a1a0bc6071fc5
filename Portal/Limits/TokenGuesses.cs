using Microsoft.Extensions.Options;
using Portal.Web;

namespace Portal.Limits;

/// <summary>
/// Endpoint metadata: callers send a token, in the address or as a bearer token, and the response tells whether it is
/// valid.
/// </summary>
public sealed class TakesToken;

/// <summary>
/// Slows down addresses that call with invalid tokens, before the database is queried for the next one. Each replica
/// counts for itself.
/// </summary>
public sealed class TokenGuesses(IOptions<ActionLimitOptions> options, TimeProvider clock)
    : NotFoundRateLimiter(options.Value.TokenGuessesPerMinuteAndAddress, clock);

public static class TokenGuessing
{
    /// <summary>Must run after routing, before authentication.</summary>
    public static IApplicationBuilder UseTokenGuesses(this IApplicationBuilder app)
    {
        var guesses = app.ApplicationServices.GetRequiredService<TokenGuesses>();
        return app.Use(
            async (context, next) =>
            {
                if (context.GetEndpoint()?.Metadata.GetMetadata<TakesToken>() is null)
                {
                    await next(context);
                    return;
                }

                var address = CallerAddress.Of(context.Connection.RemoteIpAddress);
                if (guesses.AreTooMany && guesses.Wait(address) is { } wait)
                {
                    await RefuseAsync(context, wait);
                    return;
                }

                await next(context);
                if (
                    context.Response.StatusCode
                    is StatusCodes.Status401Unauthorized
                        or StatusCodes.Status404NotFound
                        or StatusCodes.Status410Gone
                )
                {
                    guesses.Count(address);
                }
            }
        );
    }

    private static Task RefuseAsync(HttpContext context, TimeSpan wait)
    {
        if (context.Request.Path.StartsWithSegments("/api"))
        {
            return Problems.RateLimited(context.Response, wait).ExecuteAsync(context);
        }

        context.Response.RetryAfter(wait);
        context.Response.StatusCode = StatusCodes.Status429TooManyRequests;
        return Task.CompletedTask;
    }
}
