using Microsoft.EntityFrameworkCore;
using Portal.Jobs;
using Portal.Model;

namespace Portal.Analytics;

/// <summary>
/// Computes the rows of <c>analytics</c>: one for each widget and day, in the client's time zone. A day is always
/// recomputed from its messages, so running twice changes nothing. A day that has ended is computed at once, the
/// current one every few minutes. Messages deleted later, by retention or a visitor, do not reduce a day's counts;
/// their texts are removed from its questions.
/// </summary>
public sealed class DailyAnalyticsJob(JobsDb db) : IJob
{
    public const int Questions = 20;

    public async Task RunAsync(JobProgress progress, CancellationToken cancellationToken)
    {
        db.Database.SetCommandTimeout(600);
        while (await RecountAsync(cancellationToken))
        {
            progress.Did(1);
        }

        db.Database.SetCommandTimeout(120);
        while (await NextAsync(cancellationToken))
        {
            progress.Did(1);
        }

        db.Database.SetCommandTimeout(null); // the connection's own
        while (await RefreshAsync(cancellationToken))
        {
            progress.Did(1);
        }
    }

    // When a client's time zone has changed, all its days are recomputed first.
    private async Task<bool> RecountAsync(CancellationToken cancellationToken)
    {
        var recounted = await db
            .Database.SqlQuery<bool>($"""SELECT recount_a_client() AS "Value" """)
            .ToListAsync(cancellationToken);
        return recounted.Single();
    }

    // A day's questions over all of a client's widgets, computed from theirs. As with a day, the commit need not wait
    // for the disk.
    private async Task<bool> RefreshAsync(CancellationToken cancellationToken)
    {
        var refreshed = await db
            .Database.SqlQuery<bool>(
                $"""SELECT refresh_client_questions() AS "Value", set_config('synchronous_commit', 'off', true)"""
            )
            .ToListAsync(cancellationToken);
        return refreshed.Single();
    }

    private async Task<bool> NextAsync(CancellationToken cancellationToken)
    {
        var days = db.Database.SqlQuery<int>(
            $"""
            WITH day AS MATERIALIZED (
                SELECT d.widget_id, d.client_id, d.date, c.time_zone AS zone
                FROM analytics_due d JOIN clients c ON c.id = d.client_id
                WHERE NOT EXISTS (SELECT FROM analytics_recounts r WHERE r.client_id = d.client_id)
                  AND (d.date < (now() AT TIME ZONE c.time_zone)::date
                   OR coalesce((SELECT a.updated_at FROM analytics a WHERE a.widget_id = d.widget_id AND a.date = d.date), '-infinity') < now() - interval '5 minutes')
                ORDER BY d.date, d.widget_id LIMIT 1
                FOR UPDATE OF d SKIP LOCKED),
            done AS (DELETE FROM analytics_due d USING day WHERE d.widget_id = day.widget_id AND d.date = day.date),
            counted AS MATERIALIZED (
                -- With what was counted before its messages went, where the day has been cut anew since.
                SELECT day.client_id, day.widget_id, day.date, n.chats + coalesce(g.chats, 0) AS chats, n.conversations + coalesce(g.conversations, 0) AS conversations,
                       n.answered + coalesce(g.answered, 0) AS answered, n.failed + coalesce(g.failed, 0) AS failed,
                       (coalesce(n.confidence, 0) * n.rated + coalesce(g.confidence_sum, 0)) / nullif(n.rated + coalesce(g.rated, 0), 0) AS confidence,
                       n.rated + coalesce(g.rated, 0) AS rated, n.unsure + coalesce(g.unsure, 0) AS unsure, n.up + coalesce(g.up, 0) AS up, n.down + coalesce(g.down, 0) AS down,
                       n.median_ms, n.slow_ms, n.questions
                FROM day CROSS JOIN LATERAL numbers_of_day(day.widget_id, day.date, day.zone, {Questions}) n
                LEFT JOIN analytics_gone g ON g.widget_id = day.widget_id AND g.date = day.date),
            made AS (
                INSERT INTO analytics (client_id, widget_id, date, num_chats, num_conversations, num_answered, num_failed, avg_confidence, num_confidence, num_unsure,
                                            positive_feedback, negative_feedback, median_ms, slow_ms, most_common_questions)
                SELECT c.client_id, c.widget_id, c.date, c.chats, c.conversations, c.answered, c.failed, c.confidence, c.rated, c.unsure, c.up, c.down, c.median_ms, c.slow_ms, c.questions
                FROM counted c
                WHERE c.chats > 0 AND NOT EXISTS (SELECT FROM analytics a WHERE a.widget_id = c.widget_id AND a.date = c.date AND a.num_chats > c.chats)
                ON CONFLICT (widget_id, date) DO UPDATE SET
                    num_chats = EXCLUDED.num_chats, num_conversations = EXCLUDED.num_conversations, num_answered = EXCLUDED.num_answered, num_failed = EXCLUDED.num_failed,
                    avg_confidence = coalesce(EXCLUDED.avg_confidence, analytics.avg_confidence), num_confidence = EXCLUDED.num_confidence, num_unsure = EXCLUDED.num_unsure,
                    positive_feedback = EXCLUDED.positive_feedback, negative_feedback = EXCLUDED.negative_feedback,
                    median_ms = coalesce(EXCLUDED.median_ms, analytics.median_ms), slow_ms = coalesce(EXCLUDED.slow_ms, analytics.slow_ms),
                    most_common_questions = coalesce(nullif(EXCLUDED.most_common_questions, '[]'), analytics.most_common_questions), updated_at = now()),
            thinned AS (
                UPDATE analytics a SET most_common_questions = c.questions, updated_at = now()
                FROM counted c WHERE a.widget_id = c.widget_id AND a.date = c.date AND c.chats < a.num_chats)
            -- If a crash loses a day's row, it also loses the note that the day was done, so the commit need not wait for the disk.
            SELECT count(*)::integer AS "Value", set_config('synchronous_commit', 'off', true) FROM day
            """
        );
        return (await days.ToListAsync(cancellationToken)).Single() == 1;
    }
}
