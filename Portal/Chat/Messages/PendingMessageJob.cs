using Microsoft.EntityFrameworkCore;
using Portal.Jobs;
using Portal.Model;

namespace Portal.Chat;

/// <summary>
/// Marks messages as failed whose process died and whose deadline has passed: the visitor is offered "Try again" and
/// the client sees that there was no answer. Any number of replicas may run it at once: each row changes once.
/// </summary>
public sealed class PendingMessageJob(JobsDb db) : IJob
{
    private const int BatchSize = 500;

    // Transactions that started to write a message have committed by then.
    private static readonly TimeSpan s_lag = TimeSpan.FromMinutes(2);

    public async Task RunAsync(JobProgress progress, CancellationToken cancellationToken)
    {
        int swept;
        do
        {
            swept = await SweepAsync(cancellationToken);
            progress.Did(swept);
        } while (swept == BatchSize);

        await MoveOnAsync(cancellationToken);
    }

    private async Task<int> SweepAsync(CancellationToken cancellationToken)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var dead = await DeadAsync(cancellationToken);
        await FailAsync(dead, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return dead.Count;
    }

    private async Task<List<Dead>> DeadAsync(CancellationToken cancellationToken) =>
        await db
            .Database.SqlQuery<Dead>(
                $"""
                SELECT l.id, l.partial_response AS partial, w.config::text AS config, s.locale
                FROM chat_logs l JOIN widgets w ON w.id = l.widget_id LEFT JOIN visitor_sessions s ON s.id = l.session_id
                WHERE l.changed_at >= (SELECT changed_at FROM watermarks WHERE name = 'pending')
                  AND l.status = 'pending' AND l.deadline_at < now() - interval '30 seconds' AND (l.lease_until IS NULL OR l.lease_until < now())
                LIMIT {BatchSize}
                FOR UPDATE OF l SKIP LOCKED
                """
            )
            .ToListAsync(cancellationToken);

    private Task FailAsync(List<Dead> dead, CancellationToken cancellationToken)
    {
        var (ids, texts) = (dead.Select(message => message.Id).ToArray(), dead.Select(TextOf).ToArray());
        return db.Database.ExecuteSqlAsync(
            $"""
            WITH failed AS (
                UPDATE chat_logs l SET status = 'failed', answered_at = now(), lease_until = NULL, partial_response = NULL, response = d.response
                FROM unnest({ids}, {texts}) AS d (id, response) WHERE l.id = d.id
                RETURNING l.id, l.client_id, l.widget_id, l.session_id),
            noted AS (
                INSERT INTO webhook_errors (client_id, widget_id, chat_log_id, error_type, error_message)
                SELECT client_id, widget_id, id, 'timeout', 'No answer was stored before the deadline.' FROM failed)
            UPDATE visitor_sessions s SET failed_count = s.failed_count + f.count
            FROM (SELECT session_id, count(*)::integer AS count FROM failed GROUP BY session_id) f WHERE s.id = f.session_id
            """,
            cancellationToken
        );
    }

    /// <summary>Rows before the oldest pending message need not be scanned again.</summary>
    private Task MoveOnAsync(CancellationToken cancellationToken) =>
        db.Database.ExecuteSqlAsync(
            $"""
            UPDATE watermarks w SET changed_at = least(now() - {s_lag}, (
                SELECT min(l.changed_at) FROM chat_logs l WHERE l.changed_at >= w.changed_at AND l.status = 'pending'))
            WHERE w.name = 'pending' AND w.changed_at < now() - {s_lag}
            """,
            cancellationToken
        );

    private static string TextOf(Dead message)
    {
        var texts = WidgetConfig.Parse(message.Config).Texts;
        return PartialAnswer.Then(
            message.Partial ?? "",
            FallbackTexts.Of(texts.Fallback, texts.Language, message.Locale)
        );
    }

    private sealed record Dead(Guid Id, string? Partial, string Config, string? Locale);
}
