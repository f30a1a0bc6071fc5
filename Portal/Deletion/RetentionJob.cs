using Microsoft.EntityFrameworkCore;
using Portal.Audit;
using Portal.Jobs;
using Portal.Model;
using Portal.Web;

namespace Portal.Deletion;

/// <summary>
/// Deletes messages older than their widget's retention (<c>retention.days</c> in its config; without it, everything is
/// kept), in short statements. Daily totals are kept. Questions that were asked only once are removed from the top
/// questions, because they may be one person's words.
/// </summary>
public sealed class RetentionJob(JobsDb db, AuditLog audit) : IJob
{
    private const int BatchSize = 2000;

    public async Task RunAsync(JobProgress progress, CancellationToken cancellationToken)
    {
        await db.Database.ExecuteSqlAsync(
            $"DELETE FROM webhook_tests WHERE created_at < now() - interval '1 day'",
            cancellationToken
        );
        foreach (var widget in await LimitedAsync(cancellationToken))
        {
            var deleted = await MessagesAsync(widget, progress, cancellationToken);
            deleted += await RestAsync("webhook_errors", "t.occurred_at", widget, progress, cancellationToken);
            deleted += await RestAsync(
                "visitor_sessions",
                "t.message_count = 0 AND t.last_seen_at",
                widget,
                progress,
                cancellationToken
            );
            await QuestionsAsync(widget, progress, cancellationToken);
            if (deleted > 0)
            {
                db.Add(
                    audit.Entry(
                        Actor.System("retention"),
                        widget.Client,
                        AuditAction.ConversationsErased,
                        new Subject(widget.Id, widget.Name),
                        AuditChange.Count(deleted),
                        AuditChange.Period(null, widget.Until)
                    )
                );
                await db.SaveChangesAsync(cancellationToken);
            }
        }
    }

    private async Task<List<Limited>> LimitedAsync(CancellationToken cancellationToken)
    {
        // The config reader of the pages decides, so that nothing is deleted that they say is kept. The SQL condition
        // only skips the other rows.
        var candidates = await db
            .Database.SqlQuery<Candidate>(
                $"""
                SELECT w.id, w.client_id, w.name, w.config::text AS config, now() AS now, c.time_zone
                FROM widgets w JOIN clients c ON c.id = w.client_id
                WHERE w.config::text ILIKE '%"retention"%'
                ORDER BY w.id
                """
            )
            .ToListAsync(cancellationToken);
        var limited = new List<Limited>();
        foreach (var widget in candidates)
        {
            if (WidgetConfig.Parse(widget.Config).Retention.Days is not { } days)
            {
                continue;
            }

            var until = widget.Now.AddDays(-days);
            var zone = TimeZones.TryFind(widget.TimeZone, out var known) ? known : TimeZoneInfo.Utc;
            limited.Add(
                new(
                    widget.Id,
                    widget.ClientId,
                    widget.Name,
                    until,
                    DateOnly.FromDateTime(TimeZoneInfo.ConvertTimeFromUtc(until, zone))
                )
            );
        }

        return limited;
    }

    private Task<long> MessagesAsync(Limited widget, JobProgress progress, CancellationToken cancellationToken) =>
        BatchDeletion.RepeatAsync(BatchSize, progress, async () =>
        {
            var messages = await db
                .Database.SqlQuery<int>(
                    $"""SELECT messages AS "Value" FROM remove_chat_logs({widget.Client}, {widget.Id}, NULL, {widget.Until}, NULL, {BatchSize}, false)"""
                )
                .ToListAsync(cancellationToken);
            return messages.Single();
        });

    private Task<long> RestAsync(
        string table,
        string moment,
        Limited widget,
        JobProgress progress,
        CancellationToken cancellationToken
    ) =>
        db.DeleteInBatchesAsync(
            table,
            $"t.widget_id = {{0}} AND {moment} < {{1}}",
            [widget.Id, widget.Until],
            BatchSize,
            progress,
            cancellationToken
        );

    private async Task QuestionsAsync(Limited widget, JobProgress progress, CancellationToken cancellationToken) =>
        progress.Did(
            await db.Database.ExecuteSqlAsync(
                $"""
                UPDATE analytics SET updated_at = now(), most_common_questions = (
                    SELECT coalesce(jsonb_agg(item.value ORDER BY item.place), '[]') FROM jsonb_array_elements(most_common_questions) WITH ORDINALITY AS item (value, place)
                    WHERE item.value -> 'count' IS DISTINCT FROM '1')
                WHERE widget_id = {widget.Id} AND date < {widget.FirstDay}
                  AND CASE WHEN jsonb_typeof(most_common_questions) = 'array' THEN most_common_questions @> jsonb_build_array(jsonb_build_object('count', 1)) END
                """,
                cancellationToken
            )
        );

    private sealed record Limited(Guid Id, Guid Client, string Name, DateTime Until, DateOnly FirstDay);

    private sealed record Candidate(Guid Id, Guid ClientId, string Name, string Config, DateTime Now, string TimeZone);
}
