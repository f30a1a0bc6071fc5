using Microsoft.EntityFrameworkCore;
using Portal.Hosting;
using Portal.Model;

namespace Portal.Data;

/// <summary>
/// Records every ten seconds that this portal instance is alive, and applies the log levels that are set for all
/// replicas.
/// </summary>
public sealed partial class ReplicaHeartbeat(
    IDbContextFactory<JobsDb> contexts,
    RuntimeLogLevels levels,
    TimeProvider clock,
    ILogger<ReplicaHeartbeat> log
) : BackgroundService
{
    public static readonly TimeSpan Every = TimeSpan.FromSeconds(10);

    /// <summary>A replica whose last heartbeat is older than this has failed or was killed.</summary>
    public static readonly TimeSpan Timeout = 3 * Every;

    private readonly DateTimeOffset _started = clock.GetUtcNow();

    public Guid Id { get; } = Guid.CreateVersion7();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, clock);
        try
        {
            do
            {
                await BeatAsync(stoppingToken);
            } while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) { }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        try
        {
            await using var db = await contexts.CreateDbContextAsync(cancellationToken);
            db.Database.SetCommandTimeout(2);
            await db.Database.ExecuteSqlAsync($"DELETE FROM replicas WHERE id = {Id}", cancellationToken);
        }
        catch (Exception error) when (IsFault(error))
        {
            // The row remains, as if the process had been killed, and is deleted after a day.
            Missed(error);
        }
    }

    /// <summary>One heartbeat; after a database failure the next one tries again.</summary>
    internal async Task BeatAsync(CancellationToken cancellationToken)
    {
        try
        {
            await RecordAsync(cancellationToken);
            levels.Apply(await LevelsAsync(cancellationToken));
        }
        catch (Exception error) when (IsFault(error))
        {
            Missed(error);
        }
    }

    private async Task RecordAsync(CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await db.Database.ExecuteSqlAsync(
            $"""
            WITH gone AS (DELETE FROM replicas WHERE seen_at < now() - interval '1 day' AND id <> {Id})
            INSERT INTO replicas (id, host, version, started_at) VALUES ({Id}, {Environment.MachineName}, {PortalVersion.Text}, {_started})
            ON CONFLICT (id) DO UPDATE SET seen_at = now()
            """,
            cancellationToken
        );
    }

    private async Task<IReadOnlyDictionary<string, LogLevel>> LevelsAsync(CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var found = await db
            .Database.SqlQuery<CategoryLevel>(
                $"WITH over AS (DELETE FROM log_levels WHERE until <= now()) SELECT category, level FROM log_levels WHERE until > now()"
            )
            .ToListAsync(cancellationToken);
        return found.ToDictionary(row => row.Category, row => Enum.Parse<LogLevel>(row.Level));
    }

    private static bool IsFault(Exception error) =>
        error.IsDatabaseFailure
        // Disposed: whoever asked twice to stop the portal may find the connections gone.
        || error is IOException or OperationCanceledException or ObjectDisposedException;

    private sealed record CategoryLevel(string Category, string Level);

    [LoggerMessage(Level = LogLevel.Debug, Message = "A heartbeat did not reach the database")]
    private partial void Missed(Exception error);
}
