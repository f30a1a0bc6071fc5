using Npgsql;
using Portal.Infrastructure;

namespace Portal.Jobs;

/// <summary>
/// Reads the messages that changed since it last looked: it makes them findable, and notes which days' numbers have to be made again.
/// Its cost grows with the changes, not with the table. Reading a message twice, on two replicas even, changes nothing.
/// </summary>
public sealed class MessageReader(Databases databases) : IJob
{
    private const int BatchSize = 2000;

    // A transaction commits some time after the moment its rows are stamped with: that long ago is read again.
    private static readonly TimeSpan s_lag = TimeSpan.FromMinutes(2);

    // Answers and thumbs are stamped by the portals' own clocks, which may be that far behind the database's.
    private static readonly TimeSpan s_clocks = TimeSpan.FromMinutes(10);

    public async Task RunAsync(JobProgress progress, CancellationToken abort)
    {
        var (from, now) = await StartAsync(abort);
        var place = new Place(from, Guid.Empty, BatchSize);
        while (place.Count == BatchSize)
        {
            abort.ThrowIfCancellationRequested();
            place = await BatchAsync(place, abort);
            progress.Did(place.Count);
        }

        await MoveOnAsync(now - s_clocks, abort);
    }

    private async Task<(DateTime From, DateTime Now)> StartAsync(CancellationToken abort)
    {
        await using var command = databases.Jobs.CreateCommand("SELECT changed_at - $1, now() FROM watermarks WHERE name = 'chat_logs'");
        command.Parameters.Add(new NpgsqlParameter<TimeSpan> { TypedValue = s_lag });
        await using var row = await command.ExecuteReaderAsync(abort);
        await row.ReadAsync(abort);
        return (row.GetDateTime(0), row.GetDateTime(1));
    }

    // Where nobody talks, the newest messages would be read again every minute for good: a million of them after an import.
    private async Task MoveOnAsync(DateTime read, CancellationToken abort)
    {
        await using var command = databases.Jobs.CreateCommand("UPDATE watermarks SET changed_at = $1 WHERE name = 'chat_logs' AND changed_at < $1");
        command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = read });
        await command.ExecuteNonQueryAsync(abort);
    }

    private async Task<Place> BatchAsync(Place after, CancellationToken abort)
    {
        await using var command = databases.Jobs.CreateCommand(
            """
            WITH changed AS MATERIALIZED (
                SELECT l.id, l.client_id, l.widget_id, l.session_id, l.created_at, l.changed_at, l.status, l.message, l.response, s.chat_log_id IS NULL AS is_news
                FROM (SELECT * FROM chat_logs WHERE (changed_at, id) > ($1, $2) ORDER BY changed_at, id LIMIT $3) l
                LEFT JOIN chat_search s ON s.chat_log_id = l.id AND s.changed_at = l.changed_at),
            found AS (
                INSERT INTO chat_search (chat_log_id, client_id, session_id, created_at, changed_at, words)
                SELECT c.id, c.client_id, c.session_id, c.created_at, c.changed_at,
                       search_words(left(c.message, 20000) || ' ' || left(c.response, 20000))
                FROM changed c
                WHERE c.is_news AND c.session_id IS NOT NULL AND c.status <> 'pending'
                ON CONFLICT (chat_log_id) DO UPDATE SET words = EXCLUDED.words, changed_at = EXCLUDED.changed_at),
            due AS (
                INSERT INTO analytics_due (widget_id, client_id, date)
                SELECT DISTINCT l.widget_id, l.client_id, (l.created_at AT TIME ZONE c.time_zone)::date
                FROM changed l JOIN clients c ON c.id = l.client_id
                WHERE l.is_news
                ORDER BY 1, 3
                -- Waits for who is counting that day without having seen these, and finds it no longer due.
                ON CONFLICT (widget_id, date) DO UPDATE SET date = EXCLUDED.date),
            last AS (SELECT changed_at, id FROM changed ORDER BY changed_at DESC, id DESC LIMIT 1),
            moved AS (UPDATE watermarks w SET changed_at = last.changed_at FROM last WHERE w.name = 'chat_logs' AND last.changed_at > w.changed_at)
            SELECT last.changed_at, last.id, (SELECT count(*)::integer FROM changed) FROM last
            """);
        command.CommandTimeout = 60;
        command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = after.ChangedAt });
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = after.Id });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = BatchSize });
        await using var row = await command.ExecuteReaderAsync(abort);
        return await row.ReadAsync(abort) ? new(row.GetFieldValue<DateTime>(0), row.GetGuid(1), row.GetInt32(2)) : after with { Count = 0 };
    }

    private sealed record Place(DateTime ChangedAt, Guid Id, int Count);
}
