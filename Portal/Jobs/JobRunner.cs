using System.Collections.Concurrent;
using Npgsql;
using Portal.Data;
using Portal.Hosting;

namespace Portal.Jobs;

/// <summary>
/// Starts jobs that are due. Every replica checks once a minute; the row in <c>job_runs</c> lets one of them run the job. A run whose
/// replica died is given up when its lease expires, and the job's next period runs as usual.
/// </summary>
public sealed partial class JobRunner(
    Databases databases,
    IEnumerable<JobInfo> jobs,
    IServiceScopeFactory scopes,
    IHostApplicationLifetime lifetime,
    TimeProvider clock,
    ILogger<JobRunner> log
) : IAsyncDisposable
{
    public static readonly TimeSpan Lease = TimeSpan.FromMinutes(2);

    /// <summary>How often a lease is renewed and progress saved.</summary>
    public static readonly TimeSpan RenewEvery = TimeSpan.FromSeconds(2);

    // Seconds. A hanging database call must leave time for others before the lease expires.
    private const int RenewalSeconds = 10;

    private readonly ConcurrentDictionary<Guid, Task> _running = [];

    public IReadOnlyList<JobInfo> Jobs { get; } = [.. jobs.OrderBy(job => job.Title, StringComparer.Ordinal)];

    /// <summary>Starts the jobs whose period has not run yet, and returns their runs, which continue in the background.</summary>
    public async Task<IReadOnlyList<Task>> StartDueAsync(CancellationToken cancellationToken)
    {
        await GiveUpDeadAsync(cancellationToken);
        var started = new List<Task>();
        foreach (var job in Jobs)
        {
            if (await ClaimAsync(job, by: null, cancellationToken) is { } run)
            {
                started.Add(Start(job, run));
            }
        }

        return started;
    }

    /// <summary>Starts a job on request. False when it is running already.</summary>
    public async Task<bool> StartNowAsync(JobInfo job, Guid by, CancellationToken cancellationToken)
    {
        await GiveUpDeadAsync(cancellationToken);
        if (await ClaimAsync(job, by, cancellationToken) is not { } run)
        {
            return false;
        }

        _ = Start(job, run);
        return true;
    }

    private Task Start(JobInfo job, Guid run)
    {
        Task task = Task.CompletedTask;
        OwnContext.Run(() => task = Task.Run(() => RunAsync(job, run)));
        _running[run] = task;
        _ = task.ContinueWith(_ => _running.TryRemove(run, out Task? _), TaskScheduler.Default);
        return task;
    }

    private async Task RunAsync(JobInfo job, Guid run)
    {
        var progress = new JobProgress();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(lifetime.ApplicationStopping);
        using var renewing = new CancellationTokenSource();
        var renewal = RenewAsync(run, progress, stop, renewing.Token);
        string? error = null;
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            await ((IJob)scope.ServiceProvider.GetRequiredService(job.Type)).RunAsync(progress, stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            error = lifetime.ApplicationStopping.IsCancellationRequested
                ? "The portal was stopped during this run. The next run continues."
                : "This run lost its lease. The next run continues.";
        }
        catch (Exception e)
        {
            Failed(e, job.Name, run);
            error = e is PostgresException postgres ? $"{postgres.SqlState}: {postgres.MessageText}" : e.Message;
        }

        await renewing.CancelAsync();
        await renewal;
        JobMeters.Ended(job.Name, error is not null, progress.Items);
        await FinishAsync(job, run, progress.Items, error);
    }

    /// <summary>
    /// Renews the lease until the run is done. A database error does not end it: the next renewal tries again. Once the lease is lost, or
    /// may be as far as this process knows, the run is stopped, because another replica may start it again.
    /// </summary>
    private async Task RenewAsync(Guid run, JobProgress progress, CancellationTokenSource stop, CancellationToken done)
    {
        using var timer = new PeriodicTimer(RenewEvery, clock);
        var renewed = clock.GetTimestamp();
        try
        {
            while (await timer.WaitForNextTickAsync(done))
            {
                var asked = clock.GetTimestamp();
                switch (await TryRenewAsync(run, progress, done))
                {
                    case true:
                        renewed = asked;
                        break;
                    case null when clock.GetElapsedTime(renewed) < Lease - RenewEvery:
                        break;
                    default:
                        await stop.CancelAsync();
                        return;
                }
            }
        }
        catch (OperationCanceledException) { }
    }

    // Saved together with the number of items, so that "Run now" can show progress. False when another replica has given the run up; null
    // when unknown.
    private async Task<bool?> TryRenewAsync(Guid run, JobProgress progress, CancellationToken done)
    {
        try
        {
            await using var command = databases.Jobs.CreateCommand(
                "UPDATE job_runs SET lease_until = now() + $2, items = $3 WHERE id = $1 AND status = 'running'"
            );
            command.CommandTimeout = RenewalSeconds;
            command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = run });
            command.Parameters.Add(new NpgsqlParameter<TimeSpan> { TypedValue = Lease });
            command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = progress.Items });
            return await command.ExecuteNonQueryAsync(done) == 1;
        }
        catch (Exception error)
            when (!done.IsCancellationRequested
                && (error.IsDatabaseAway || error is NpgsqlException or TimeoutException or IOException)
            )
        {
            NotRenewed(error, run);
            return null;
        }
    }

    private async Task<Guid?> ClaimAsync(JobInfo job, Guid? by, CancellationToken cancellationToken)
    {
        await using var command = databases.Jobs.CreateCommand(
            """
            INSERT INTO job_runs (id, job, period, started_by, lease_until)
            VALUES ($1, $2, CASE WHEN $4::uuid IS NULL THEN date_bin($3, now(), timestamptz '2000-01-01 00:00:00+00') ELSE clock_timestamp() END, $4, now() + $5)
            ON CONFLICT DO NOTHING
            """
        );
        var run = Guid.CreateVersion7();
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = run });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = job.Name });
        command.Parameters.Add(new NpgsqlParameter<TimeSpan> { TypedValue = job.Every });
        command.Parameters.Add(
            new NpgsqlParameter
            {
                Value = by is { } user ? user : DBNull.Value,
                NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Uuid,
            }
        );
        command.Parameters.Add(new NpgsqlParameter<TimeSpan> { TypedValue = Lease });
        return await command.ExecuteNonQueryAsync(cancellationToken) == 1 ? run : null;
    }

    private async Task GiveUpDeadAsync(CancellationToken cancellationToken)
    {
        await using var command = databases.Jobs.CreateCommand(
            "UPDATE job_runs SET status = 'failed', finished_at = now(), error = 'The portal instance that ran it stopped unexpectedly.' WHERE status = 'running' AND lease_until < now()"
        );
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task FinishAsync(JobInfo job, Guid run, int items, string? error)
    {
        // A job that finds nothing to do, minute after minute, leaves only one row.
        await using var command = databases.Jobs.CreateCommand(
            """
            WITH done AS (
                UPDATE job_runs SET status = CASE WHEN $3::text IS NULL THEN 'done' ELSE 'failed' END, finished_at = clock_timestamp(), items = $2, error = left($3, 1000)
                WHERE id = $1 AND status = 'running')
            DELETE FROM job_runs
            WHERE job = $4 AND id <> $1 AND ($2 = 0 AND $3::text IS NULL AND status = 'done' AND items = 0 AND started_by IS NULL OR started_at < now() - interval '30 days')
            """
        );
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = run });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = items });
        command.Parameters.Add(
            new NpgsqlParameter
            {
                Value = error is null ? DBNull.Value : error,
                NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text,
            }
        );
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = job.Name });
        try
        {
            await command.ExecuteNonQueryAsync();
        }
        catch (NpgsqlException e)
        {
            // Its lease expires, and the next check gives it up.
            Failed(e, job.Name, run);
        }
    }

    public async ValueTask DisposeAsync() => await Task.WhenAll(_running.Values);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "The lease of a job could not be renewed; it is tried again (run {Run})."
    )]
    private partial void NotRenewed(Exception error, Guid run);

    [LoggerMessage(Level = LogLevel.Error, Message = "The job {Job} failed (run {Run}).")]
    private partial void Failed(Exception error, string job, Guid run);
}
