using Npgsql;
using Portal.Hosting;

namespace Portal.Data;

/// <summary>Records every ten seconds that this portal instance is alive, and applies the log levels that are set for all replicas.</summary>
public sealed partial class ReplicaHeartbeat(
    Databases databases,
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
            await using var command = databases.Jobs.CreateCommand("DELETE FROM replicas WHERE id = $1");
            command.CommandTimeout = 2;
            command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = Id });
            await command.ExecuteNonQueryAsync(cancellationToken);
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
        await using var command = databases.Jobs.CreateCommand(
            """
            WITH gone AS (DELETE FROM replicas WHERE seen_at < now() - interval '1 day' AND id <> $1)
            INSERT INTO replicas (id, host, version, started_at) VALUES ($1, $2, $3, $4)
            ON CONFLICT (id) DO UPDATE SET seen_at = now()
            """
        );
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = Id });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = Environment.MachineName });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = PortalVersion.Text });
        command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = _started });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task<IReadOnlyDictionary<string, LogLevel>> LevelsAsync(CancellationToken cancellationToken)
    {
        var found = new Dictionary<string, LogLevel>();
        await using var command = databases.Jobs.CreateCommand(
            "WITH over AS (DELETE FROM log_levels WHERE until <= now()) SELECT category, level FROM log_levels WHERE until > now()"
        );
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
        {
            found[rows.GetString(0)] = Enum.Parse<LogLevel>(rows.GetString(1));
        }

        return found;
    }

    private static bool IsFault(Exception error) =>
        error.IsDatabaseAway
        // Disposed: whoever asked twice to stop the portal may find the connections gone.
        || error
            is NpgsqlException
                or TimeoutException
                or IOException
                or OperationCanceledException
                or ObjectDisposedException;

    [LoggerMessage(Level = LogLevel.Debug, Message = "A heartbeat did not reach the database")]
    private partial void Missed(Exception error);
}
