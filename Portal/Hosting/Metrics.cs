using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;

namespace Portal.Hosting;

/// <summary>Settings <c>Portal:Metrics:…</c>.</summary>
public sealed class MetricsOptions
{
    /// <summary>
    /// Enables <c>/metrics</c> for Prometheus, which sends this as its bearer token. At least 16 characters; without it
    /// there are no metrics.
    /// </summary>
    [Secret, RegularExpression(".{16,200}", ErrorMessage = "must have between 16 and 200 characters.")]
    public string? Token { get; set; }
}

/// <summary><c>/metrics</c> in Prometheus's format, for callers with the token. Anybody else gets 404.</summary>
public static class Metrics
{
    public const string Path = "/metrics";

    public static void MapMetrics(this WebApplication app)
    {
        if (app.Services.GetRequiredService<IOptions<MetricsOptions>>().Value.Token is not { Length: > 0 } token)
        {
            // Otherwise a scraper would be redirected to the sign-in page, as from any unknown address.
            app.MapGet(Path, () => Results.NotFound()).AllowAnonymous().ExcludeFromDescription();
            return;
        }

        var expected = Hash($"Bearer {token}");
        app.MapPrometheusScrapingEndpoint(
                Path,
                meterProvider: null,
                configureBranchedPipeline: branch => branch.Use(GuardAsync(expected)),
                optionsName: null
            )
            .AllowAnonymous();
    }

    private static Func<HttpContext, RequestDelegate, Task> GuardAsync(byte[] expected) =>
        (context, next) =>
        {
            if (
                CryptographicOperations.FixedTimeEquals(
                    Hash(context.Request.Headers.Authorization.ToString()),
                    expected
                )
            )
            {
                return next(context);
            }

            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        };

    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
