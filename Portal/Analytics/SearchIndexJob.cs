using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Portal.Data;
using Portal.Jobs;
using Portal.Model;

namespace Portal.Analytics;

/// <summary>
/// Reads the messages that changed since it last looked: it makes them findable, and notes which days' numbers have to
/// be made again. Its cost grows with the changes, not with the table. Reading a message twice, on two replicas even,
/// changes nothing.
/// </summary>
/// <param name="journal">Gets its way first; null where nobody talks.</param>
public sealed class SearchIndexJob(JobsDb db, IWriteLoad? journal = null) : IJob
{
    // About a twentieth of a second of PostgreSQL's time, so visitors do not wait longer than that for a processor.
    private const int BatchSize = 100;

    // Finding changed messages scans the table, which costs more than an index look-up, so it is done for many batches
    // at once.
    private const int LookSize = 50_000;

    // A transaction commits some time after the timestamp of its rows, so this much is read again.
    private static readonly TimeSpan s_lag = TimeSpan.FromMinutes(2);

    // Answers and ratings have timestamps of the portals' own clocks, which may be that far behind the database's.
    private static readonly TimeSpan s_clocks = TimeSpan.FromMinutes(10);

    // Visitors come first, but not forever: their messages have to become searchable as well.
    private static readonly TimeSpan s_courtesy = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(100);

    public async Task RunAsync(JobProgress progress, CancellationToken cancellationToken)
    {
        db.Database.SetCommandTimeout(60);
        var (since, now) = await StartAsync(cancellationToken);
        var after = new Changed(since, Guid.Empty);
        List<Changed> changed;
        do
        {
            changed = await ChangedAsync(after, cancellationToken);
            foreach (var batch in changed.Chunk(BatchSize))
            {
                var started = Stopwatch.GetTimestamp();
                await ReadAsync(batch, cancellationToken);
                await GiveWayAsync(Stopwatch.GetElapsedTime(started), cancellationToken);
                progress.Did(batch.Length);
                after = batch[^1];
            }
        } while (changed.Count == LookSize);

        await MoveOnAsync(now - s_clocks, cancellationToken);
    }

    /// <summary>While visitors write, it works half of the time, and while many wait, it pauses.</summary>
    private async Task GiveWayAsync(TimeSpan worked, CancellationToken cancellationToken)
    {
        if (journal?.IsIdle == false)
        {
            await Task.Delay(worked < s_courtesy ? worked : s_courtesy, cancellationToken);
        }

        for (var waited = TimeSpan.Zero; journal?.IsBusy == true && waited < s_courtesy; waited += s_look)
        {
            await Task.Delay(s_look, cancellationToken);
        }
    }

    private async Task<Span> StartAsync(CancellationToken cancellationToken)
    {
        var spans = await db
            .Database.SqlQuery<Span>(
                $"SELECT changed_at - {s_lag} AS since, now() AS now FROM watermarks WHERE name = 'chat_logs'"
            )
            .ToListAsync(cancellationToken);
        return spans.Single();
    }

    // Without traffic, the newest messages would be read again every minute, a million of them after an import.
    private Task MoveOnAsync(DateTime read, CancellationToken cancellationToken) =>
        db.Database.ExecuteSqlAsync(
            $"UPDATE watermarks SET changed_at = {read} WHERE name = 'chat_logs' AND changed_at < {read}",
            cancellationToken
        );

    // The first condition is for the BRIN index, which has no order.
    private Task<List<Changed>> ChangedAsync(Changed after, CancellationToken cancellationToken) =>
        db
            .Database.SqlQuery<Changed>(
                $"""
                SELECT changed_at AS at, id FROM chat_logs
                WHERE changed_at >= {after.At} AND (changed_at, id) > ({after.At}, {after.Id}) ORDER BY changed_at, id LIMIT {LookSize}
                """
            )
            .ToListAsync(cancellationToken);

    private async Task ReadAsync(Changed[] batch, CancellationToken cancellationToken)
    {
        var (ids, last) = (batch.Select(message => message.Id).ToArray(), batch[^1].At);
        await db.Database.ExecuteSqlAsync(
            $"""
            WITH changed AS MATERIALIZED (
                SELECT l.id, l.client_id, l.widget_id, l.session_id, l.created_at, l.changed_at, l.status, l.message, l.response, s.chat_log_id IS NULL AS is_news
                FROM chat_logs l LEFT JOIN chat_search s ON s.chat_log_id = l.id AND s.changed_at = l.changed_at
                WHERE l.id = ANY ({ids})),
            found AS (
                INSERT INTO chat_search (chat_log_id, client_id, session_id, created_at, changed_at, said)
                SELECT c.id, c.client_id, c.session_id, c.created_at, c.changed_at,
                       -- Some letters become several; the index takes no more of one message than this.
                       left(search_text(left(c.message, 20000) || ' ' || left(c.response, 20000)), 60000)
                FROM changed c
                WHERE c.is_news AND c.session_id IS NOT NULL AND c.status <> 'pending'
                ON CONFLICT (chat_log_id) DO UPDATE SET said = EXCLUDED.said, changed_at = EXCLUDED.changed_at),
            due AS (
                INSERT INTO analytics_due (widget_id, client_id, date)
                SELECT DISTINCT l.widget_id, l.client_id, (l.created_at AT TIME ZONE c.time_zone)::date
                FROM changed l JOIN clients c ON c.id = l.client_id
                WHERE l.is_news
                ORDER BY 1, 3
                -- Waits for who is counting that day without having seen these, and finds it no longer due.
                ON CONFLICT (widget_id, date) DO UPDATE SET date = EXCLUDED.date)
            UPDATE watermarks SET changed_at = {last} WHERE name = 'chat_logs' AND changed_at < {last}
            """,
            cancellationToken
        );
    }

    private sealed record Span(DateTime Since, DateTime Now);

    private sealed record Changed(DateTime At, Guid Id);
}
