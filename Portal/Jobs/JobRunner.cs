using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Portal.Data;
using Portal.Hosting;
using Portal.Model;

namespace Portal.Jobs;

/// <summary>
/// Starts jobs that are due. Every replica checks once a minute; the row in <c>job_runs</c> lets one of them run the
/// job. A run whose replica died is given up when its lease expires, and the job's next period runs as usual.
/// </summary>
public sealed partial class JobRunner(
    IDbContextFactory<JobsDb> contexts,
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

    /// <summary>
    /// Starts the jobs whose period has not run yet, and returns their runs, which continue in the background.
    /// </summary>
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
            error = e.DatabaseError switch
            {
                PostgresException postgres => $"{postgres.SqlState}: {postgres.MessageText}",
                var unavailable => (unavailable ?? e).Message,
            };
        }

        await renewing.CancelAsync();
        await renewal;
        JobMeters.Ended(job.Name, error is not null, progress.Items);
        await FinishAsync(job, run, progress.Items, error);
    }

    /// <summary>
    /// Renews the lease until the run is done. A database error does not end it: the next renewal tries again. Once the
    /// lease is lost, or may be as far as this process knows, the run is stopped, because another replica may start it
    /// again.
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

    // Saved together with the number of items, so that "Run now" can show progress. False when another replica has
    // given the run up; null when unknown.
    private async Task<bool?> TryRenewAsync(Guid run, JobProgress progress, CancellationToken done)
    {
        try
        {
            await using var db = await contexts.CreateDbContextAsync(done);
            db.Database.SetCommandTimeout(RenewalSeconds);
            return await db.Database.ExecuteSqlAsync(
                    $"UPDATE job_runs SET lease_until = now() + {Lease}, items = {progress.Items} WHERE id = {run} AND status = 'running'",
                    done
                ) == 1;
        }
        catch (Exception error)
            when (!done.IsCancellationRequested && (error.IsDatabaseFailure || error is IOException))
        {
            NotRenewed(error, run);
            return null;
        }
    }

    private async Task<Guid?> ClaimAsync(JobInfo job, Guid? by, CancellationToken cancellationToken)
    {
        var run = Guid.CreateVersion7();
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var claimed = await db.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO job_runs (id, job, period, started_by, lease_until)
            VALUES ({run}, {job.Name}, CASE WHEN {by}::uuid IS NULL THEN date_bin({job.Every}, now(), timestamptz '2000-01-01 00:00:00+00') ELSE clock_timestamp() END, {by}::uuid, now() + {Lease})
            ON CONFLICT DO NOTHING
            """,
            cancellationToken
        );
        return claimed == 1 ? run : null;
    }

    private async Task GiveUpDeadAsync(CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await db.Database.ExecuteSqlAsync(
            $"UPDATE job_runs SET status = 'failed', finished_at = now(), error = 'The portal instance that ran it stopped unexpectedly.' WHERE status = 'running' AND lease_until < now()",
            cancellationToken
        );
    }

    private async Task FinishAsync(JobInfo job, Guid run, int items, string? error)
    {
        try
        {
            // A job that finds nothing to do, minute after minute, leaves only one row.
            await using var db = await contexts.CreateDbContextAsync();
            await db.Database.ExecuteSqlAsync(
                $"""
                WITH done AS (
                    UPDATE job_runs SET status = CASE WHEN {error}::text IS NULL THEN 'done' ELSE 'failed' END, finished_at = clock_timestamp(), items = {items}, error = left({error}::text, 1000)
                    WHERE id = {run} AND status = 'running')
                DELETE FROM job_runs
                WHERE job = {job.Name} AND id <> {run} AND ({items} = 0 AND {error}::text IS NULL AND status = 'done' AND items = 0 AND started_by IS NULL OR started_at < now() - interval '30 days')
                """
            );
        }
        catch (Exception e) when (e.IsDatabaseFailure)
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
