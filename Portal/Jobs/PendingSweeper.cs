using Portal.Chat;
using Portal.Infrastructure;

namespace Portal.Jobs;

/// <summary>
/// Turns messages whose asker died, and whose deadline has passed, into failed ones: the visitor is offered "send again" and the
/// client sees that no answer came. Any number of replicas may run it at once: each row changes once.
/// </summary>
public sealed class PendingSweeper(Databases databases) : IJob
{
    private const int BatchSize = 500;

    public async Task RunAsync(JobProgress progress, CancellationToken abort)
    {
        await using var command = databases.Jobs.CreateCommand(
            """
            WITH dead AS (
                SELECT id FROM chat_logs
                WHERE status = 'pending' AND deadline_at < now() - interval '30 seconds' AND (lease_until IS NULL OR lease_until < now())
                ORDER BY deadline_at LIMIT $1 FOR UPDATE SKIP LOCKED),
            failed AS (
                UPDATE chat_logs l
                SET status = 'failed', answered_at = now(), lease_until = NULL,
                    response = COALESCE(NULLIF(l.partial_response, ''), NULLIF(w.config #>> '{texts,fallback}', ''), $2)
                FROM dead, widgets w WHERE l.id = dead.id AND w.id = l.widget_id
                RETURNING l.id, l.client_id, l.widget_id, l.session_id),
            noted AS (
                INSERT INTO webhook_errors (client_id, widget_id, chat_log_id, error_type, error_message)
                SELECT client_id, widget_id, id, 'timeout', 'No answer was stored before the deadline.' FROM failed),
            counted AS (
                UPDATE visitor_sessions s SET failed_count = s.failed_count + f.count
                FROM (SELECT session_id, count(*)::integer AS count FROM failed GROUP BY session_id) f WHERE s.id = f.session_id)
            SELECT count(*)::integer FROM failed
            """);
        command.Parameters.AddWithValue(BatchSize);
        command.Parameters.AddWithValue(FallbackTexts.In(null));

        int swept;
        do
        {
            swept = (int)(await command.ExecuteScalarAsync(abort))!;
            progress.Did(swept);
        }
        while (swept == BatchSize);
    }
}
