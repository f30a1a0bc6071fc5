using System.ComponentModel.DataAnnotations;
using System.Security.Claims;
using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;
using Portal.Web;

namespace Portal.Api;

/// <summary>Settings <c>Portal:AdminApi:…</c>.</summary>
public sealed class AdminApiOptions
{
    /// <summary>Calls per API token.</summary>
    [Range(1, int.MaxValue)]
    public int CallsPerMinute { get; set; } = 120;
}

/// <summary>Keeps a program that runs wild from overloading the database. Each replica counts for itself.</summary>
public sealed class AdminApiLimits(IOptions<AdminApiOptions> options) : IDisposable
{
    private readonly PartitionedRateLimiter<string> _calls = PartitionedRateLimiter.Create<string, string>(token =>
        RateLimitPartition.GetSlidingWindowLimiter(token, _ => new()
            {
                PermitLimit = options.Value.CallsPerMinute,
                Window = TimeSpan.FromMinutes(1),
                SegmentsPerWindow = 6,
                QueueLimit = 0,
            })
    );

    /// <summary>Endpoint filter; must run after the token check.</summary>
    public static async ValueTask<object?> LimitAsync(
        EndpointFilterInvocationContext context,
        EndpointFilterDelegate next
    )
    {
        var http = context.HttpContext;
        using var lease = http
            .RequestServices.GetRequiredService<AdminApiLimits>()
            ._calls.AttemptAcquire(http.User.FindFirstValue(AdminTokens.TokenClaim) ?? "");
        return lease.IsAcquired
            ? await next(context)
            : Problems.RateLimited(
                http.Response,
                lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) ? wait : TimeSpan.FromSeconds(10)
            );
    }

    public void Dispose() => _calls.Dispose();
}
