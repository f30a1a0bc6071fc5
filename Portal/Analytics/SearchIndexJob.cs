using System.Diagnostics;
using Npgsql;
using Portal.Data;
using Portal.Jobs;

namespace Portal.Analytics;

/// <summary>
/// Reads the messages that changed since it last looked: it makes them findable, and notes which days' numbers have to be made again.
/// Its cost grows with the changes, not with the table. Reading a message twice, on two replicas even, changes nothing.
/// </summary>
/// <param name="journal">Gets its way first; null where nobody talks.</param>
public sealed class SearchIndexJob(Databases databases, IWriteLoad? journal = null) : IJob
{
    // About a twentieth of a second of PostgreSQL's time, so visitors do not wait longer than that for a processor.
    private const int BatchSize = 100;

    // Finding changed messages scans the table, which costs more than an index look-up, so it is done for many batches at once.
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
        var (from, now) = await StartAsync(cancellationToken);
        var after = (ChangedAt: from, Id: Guid.Empty);
        IReadOnlyList<(DateTime ChangedAt, Guid Id)> changed;
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

    private async Task<(DateTime From, DateTime Now)> StartAsync(CancellationToken cancellationToken)
    {
        await using var command = databases.Jobs.CreateCommand(
            "SELECT changed_at - $1, now() FROM watermarks WHERE name = 'chat_logs'"
        );
        command.Parameters.Add(new NpgsqlParameter<TimeSpan> { TypedValue = s_lag });
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        await row.ReadAsync(cancellationToken);
        return (row.GetDateTime(0), row.GetDateTime(1));
    }

    // Without traffic, the newest messages would be read again every minute, a million of them after an import.
    private async Task MoveOnAsync(DateTime read, CancellationToken cancellationToken)
    {
        await using var command = databases.Jobs.CreateCommand(
            "UPDATE watermarks SET changed_at = $1 WHERE name = 'chat_logs' AND changed_at < $1"
        );
        command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = read });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task<IReadOnlyList<(DateTime ChangedAt, Guid Id)>> ChangedAsync(
        (DateTime ChangedAt, Guid Id) after,
        CancellationToken cancellationToken
    )
    {
        // The first condition is for the BRIN index, which has no order.
        await using var command = databases.Jobs.CreateCommand(
            "SELECT changed_at, id FROM chat_logs WHERE changed_at >= $1 AND (changed_at, id) > ($1, $2) ORDER BY changed_at, id LIMIT $3"
        );
        command.CommandTimeout = 60;
        command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = after.ChangedAt });
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = after.Id });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = LookSize });
        var changed = new List<(DateTime, Guid)>();
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
        {
            changed.Add((row.GetDateTime(0), row.GetGuid(1)));
        }

        return changed;
    }

    private async Task ReadAsync((DateTime ChangedAt, Guid Id)[] batch, CancellationToken cancellationToken)
    {
        await using var command = databases.Jobs.CreateCommand(
            """
            WITH changed AS MATERIALIZED (
                SELECT l.id, l.client_id, l.widget_id, l.session_id, l.created_at, l.changed_at, l.status, l.message, l.response, s.chat_log_id IS NULL AS is_news
                FROM chat_logs l LEFT JOIN chat_search s ON s.chat_log_id = l.id AND s.changed_at = l.changed_at
                WHERE l.id = ANY ($1)),
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
            UPDATE watermarks SET changed_at = $2 WHERE name = 'chat_logs' AND changed_at < $2
            """
        );
        command.CommandTimeout = 60;
        command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = [.. batch.Select(message => message.Id)] });
        command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = batch[^1].ChangedAt });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
