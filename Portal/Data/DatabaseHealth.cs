using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Portal.Data;

/// <summary>
/// Whether the database responds. The check itself always responds at once, whatever state the database is in.
/// </summary>
public sealed class DatabaseHealth(Databases databases, Signals signals) : IHealthCheck
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(60);

    private readonly Lock _gate = new();
    private Task? _asking;

    public async Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context,
        CancellationToken cancellationToken = default
    )
    {
        // The listening connection checks four times a second.
        if (signals.IsListening)
        {
            return HealthCheckResult.Healthy();
        }

        Task asking;
        lock (_gate)
        {
            // One query at a time: checks must not take the last connections of a database in trouble.
            asking = _asking = _asking is { IsCompleted: false } ? _asking : AskAsync();
        }

        await Task.WhenAny(asking, Task.Delay(Patience, cancellationToken));
        return asking switch
        {
            { IsCompletedSuccessfully: true } => HealthCheckResult.Healthy(),
            { Exception.InnerException: { } error } => HealthCheckResult.Unhealthy(
                "The database does not answer.",
                error
            ),
            _ => HealthCheckResult.Unhealthy("The database does not answer in time."),
        };
    }

    private async Task AskAsync()
    {
        await Task.Yield();
        await using var command = databases.Portal.CreateCommand("SELECT 1");
        await command.ExecuteScalarAsync();
    }
}
