using Npgsql;
using Portal.Audit;
using Portal.Data;
using Portal.Jobs;
using Portal.Model;
using Portal.Web;

namespace Portal.Deletion;

/// <summary>
/// Deletes messages older than their widget's retention (<c>retention.days</c> in its config; without it, everything is kept), in short
/// statements. Daily totals are kept. Questions that were asked only once are removed from the top questions, because they may be one
/// person's words.
/// </summary>
public sealed class RetentionJob(Databases databases, AuditLog audit) : IJob
{
    private const int BatchSize = 2000;

    public async Task RunAsync(JobProgress progress, CancellationToken cancellationToken)
    {
        await using (
            var tests = databases.Jobs.CreateCommand(
                "DELETE FROM webhook_tests WHERE created_at < now() - interval '1 day'"
            )
        )
        {
            await tests.ExecuteNonQueryAsync(cancellationToken);
        }

        foreach (var widget in await LimitedAsync(cancellationToken))
        {
            var messages = await MessagesAsync(widget, progress, cancellationToken);
            messages += await RestAsync(
                "DELETE FROM webhook_errors WHERE ctid IN (SELECT ctid FROM webhook_errors WHERE widget_id = $1 AND occurred_at < $2 LIMIT $3)",
                widget,
                progress,
                cancellationToken
            );
            messages += await RestAsync(
                "DELETE FROM visitor_sessions WHERE ctid IN (SELECT ctid FROM visitor_sessions WHERE widget_id = $1 AND message_count = 0 AND last_seen_at < $2 LIMIT $3)",
                widget,
                progress,
                cancellationToken
            );
            await QuestionsAsync(widget, progress, cancellationToken);
            if (messages > 0)
            {
                await using var connection = await databases.Jobs.OpenConnectionAsync(cancellationToken);
                await AuditLog.WriteAsync(
                    connection,
                    audit.Entry(
                        Actor.System("retention"),
                        widget.Client,
                        AuditAction.ConversationsErased,
                        new Subject(widget.Id, widget.Name),
                        AuditChange.Count(messages),
                        AuditChange.Period(null, widget.Until)
                    ),
                    cancellationToken
                );
            }
        }
    }

    private async Task<List<Limited>> LimitedAsync(CancellationToken cancellationToken)
    {
        // The config reader of the pages decides, so that nothing is deleted that they say is kept. The SQL condition only skips the other
        // rows.
        await using var command = databases.Jobs.CreateCommand(
            """
            SELECT w.id, w.client_id, w.name, w.config::text, now(), c.time_zone
            FROM widgets w JOIN clients c ON c.id = w.client_id
            WHERE w.config::text ILIKE '%"retention"%'
            ORDER BY w.id
            """
        );
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        var limited = new List<Limited>();
        while (await rows.ReadAsync(cancellationToken))
        {
            if (WidgetConfig.Parse(rows.GetString(3)).Retention.Days is not { } days)
            {
                continue;
            }

            var until = rows.GetDateTime(4).AddDays(-days);
            var zone = TimeZones.TryFind(rows.GetString(5), out var known) ? known : TimeZoneInfo.Utc;
            limited.Add(
                new(
                    rows.GetGuid(0),
                    rows.GetGuid(1),
                    rows.GetString(2),
                    until,
                    DateOnly.FromDateTime(TimeZoneInfo.ConvertTimeFromUtc(until, zone))
                )
            );
        }

        return limited;
    }

    private async Task<long> MessagesAsync(Limited widget, JobProgress progress, CancellationToken cancellationToken)
    {
        long total = 0;
        int deleted;
        do
        {
            await using var command = databases.Jobs.CreateCommand(
                "SELECT messages FROM remove_chat_logs($1, $2, NULL, $3, NULL, $4, false)"
            );
            command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = widget.Client });
            command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = widget.Id });
            command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = widget.Until });
            command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = BatchSize });
            deleted = (int)(await command.ExecuteScalarAsync(cancellationToken))!;
            progress.Did(deleted);
            total += deleted;
        } while (deleted == BatchSize);
        return total;
    }

    private async Task<long> RestAsync(
        string sql,
        Limited widget,
        JobProgress progress,
        CancellationToken cancellationToken
    )
    {
        long total = 0;
        int deleted;
        do
        {
            await using var command = databases.Jobs.CreateCommand(sql);
            command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = widget.Id });
            command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = widget.Until });
            command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = BatchSize });
            deleted = await command.ExecuteNonQueryAsync(cancellationToken);
            progress.Did(deleted);
            total += deleted;
        } while (deleted == BatchSize);
        return total;
    }

    private async Task QuestionsAsync(Limited widget, JobProgress progress, CancellationToken cancellationToken)
    {
        await using var command = databases.Jobs.CreateCommand(
            """
            UPDATE analytics SET updated_at = now(), most_common_questions = (
                SELECT coalesce(jsonb_agg(item.value ORDER BY item.place), '[]') FROM jsonb_array_elements(most_common_questions) WITH ORDINALITY AS item (value, place)
                WHERE item.value -> 'count' IS DISTINCT FROM '1')
            WHERE widget_id = $1 AND date < $2
              AND CASE WHEN jsonb_typeof(most_common_questions) = 'array' THEN most_common_questions @> '[{"count": 1}]' END
            """
        );
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = widget.Id });
        command.Parameters.Add(new NpgsqlParameter<DateOnly> { TypedValue = widget.FirstDay });
        progress.Did(await command.ExecuteNonQueryAsync(cancellationToken));
    }

    private sealed record Limited(Guid Id, Guid Client, string Name, DateTime Until, DateOnly FirstDay);
}
