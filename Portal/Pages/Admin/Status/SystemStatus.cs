using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.EntityFrameworkCore;
using Portal.Data;
using Portal.Jobs;
using Portal.Keys;
using Portal.Model;
using Portal.Secrets;

namespace Portal.Pages.Admin.Status;

/// <summary>Reads the state of the whole installation, for its operator.</summary>
public sealed class SystemStatus(
    AgencyDb db,
    AccountsDb accounts,
    Databases databases,
    JobRunner runner,
    MasterKeys masterKeys,
    KeyRotationJob rotation,
    IKeyManager cookieKeys,
    TimeProvider clock
)
{
    /// <summary>API tokens that expire within this time are listed.</summary>
    public static readonly TimeSpan Soon = TimeSpan.FromDays(30);

    public sealed record Replica(Guid Id, string Host, string Version, DateTimeOffset StartedAt, DateTimeOffset SeenAt);

    public sealed record TableSize(string Name, long? Rows, long Bytes, long IndexBytes);

    public sealed record EmailCount(string Status, long Number, DateTimeOffset Oldest);

    public sealed record Level(string Category, string Name, DateTimeOffset Until, string SetBy);

    public sealed record Job(JobInfo What, JobRun? Last);

    public sealed record ExpiringToken(string Name, DateTimeOffset ExpiresAt);

    public sealed record Keys(string Master, IReadOnlyList<string> OldMasters, DateTimeOffset? CookiesUntil);

    public Task<List<Replica>> ReplicasAsync(CancellationToken cancellationToken) =>
        db
            .Database.SqlQuery<Replica>(
                $"SELECT id, host, version, started_at, seen_at FROM replicas ORDER BY started_at"
            )
            .ToListAsync(cancellationToken);

    public Task<MigrationStatus> MigrationsAsync(CancellationToken cancellationToken) =>
        Migrations.StatusAsync(databases.Portal, Migrations.Folder, cancellationToken);

    public Task<List<TableSize>> TablesAsync(CancellationToken cancellationToken) =>
        db
            .Database.SqlQuery<TableSize>(
                $"""
                SELECT relname::text AS name, CASE WHEN reltuples >= 0 THEN reltuples::bigint END AS rows, pg_total_relation_size(oid) AS bytes, pg_indexes_size(oid) AS index_bytes
                FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 3 DESC, 1
                """
            )
            .ToListAsync(cancellationToken);

    public Task<string> ServerVersionAsync(CancellationToken cancellationToken) =>
        db
            .Database.SqlQuery<string>($"SELECT split_part(current_setting('server_version'), ' ', 1) AS \"Value\"")
            .SingleAsync(cancellationToken);

    public Task<List<EmailCount>> EmailsAsync(CancellationToken cancellationToken) =>
        db
            .Database.SqlQuery<EmailCount>(
                $"SELECT status, count(*) AS number, min(created_at) AS oldest FROM emails GROUP BY status ORDER BY status"
            )
            .ToListAsync(cancellationToken);

    public async Task<List<Job>> JobsAsync(CancellationToken cancellationToken)
    {
        var last = await db.JobRuns.LatestOfEach().ToListAsync(cancellationToken);
        return [.. runner.Jobs.Select(job => new Job(job, last.Find(run => run.Job == job.Name)))];
    }

    public async Task<Keys> KeysAsync(CancellationToken cancellationToken) =>
        new(
            masterKeys.Current.Id,
            await rotation.KeysStillNeededAsync(cancellationToken),
            cookieKeys
                .GetAllKeys()
                .Where(key => !key.IsRevoked)
                .Select(key => (DateTimeOffset?)key.ExpirationDate)
                .Max()
        );

    public Task<List<ExpiringToken>> TokensAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var soon = now + Soon;
        return accounts
            .AdminTokens.Where(token => token.RevokedAt == null && token.ExpiresAt > now && token.ExpiresAt < soon)
            .OrderBy(token => token.ExpiresAt)
            .Select(token => new ExpiringToken(token.Name, token.ExpiresAt))
            .ToListAsync(cancellationToken);
    }

    public Task<List<Level>> LevelsAsync(CancellationToken cancellationToken) =>
        db
            .Database.SqlQuery<Level>(
                $"SELECT category, level AS name, until, set_by FROM log_levels WHERE until > now() ORDER BY category"
            )
            .ToListAsync(cancellationToken);

    public Task SetLevelAsync(
        string category,
        LogLevel level,
        TimeSpan time,
        string by,
        CancellationToken cancellationToken
    )
    {
        var (name, until) = (level.ToString(), clock.GetUtcNow() + time);
        return db.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO log_levels (category, level, until, set_by) VALUES ({category}, {name}, {until}, {by})
            ON CONFLICT (category) DO UPDATE SET level = excluded.level, until = excluded.until, set_by = excluded.set_by
            """,
            cancellationToken
        );
    }

    public Task<int> ResetLevelAsync(string category, CancellationToken cancellationToken) =>
        db.Database.ExecuteSqlAsync($"DELETE FROM log_levels WHERE category = {category}", cancellationToken);
}
