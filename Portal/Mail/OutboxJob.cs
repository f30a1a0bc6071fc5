using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Portal.Data;
using Portal.Jobs;
using Portal.Model;

namespace Portal.Mail;

/// <summary>
/// Sends queued emails. Any number of replicas may do so at once: an email is leased while it is sent. Failed emails
/// are retried at growing intervals for three days.
/// </summary>
public sealed partial class OutboxJob(
    JobsDb db,
    IOptions<MailOptions> options,
    Templates templates,
    IServiceScopeFactory scopes,
    SmtpSender sender,
    ILogger<OutboxJob> log
) : IJob
{
    private static readonly TimeSpan s_lease = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan[] s_pauses =
    [
        .. new[] { 1, 5, 15, 60, 180, 360, 720 }.Select(minutes => TimeSpan.FromMinutes(minutes)),
    ];

    public async Task RunAsync(JobProgress progress, CancellationToken cancellationToken)
    {
        await ExpireAsync(cancellationToken);
        if (!options.Value.IsConfigured)
        {
            return;
        }

        while (await ClaimAsync(cancellationToken) is { } email)
        {
            var delivery = await DeliverAsync(email, cancellationToken);
            await RecordAsync(email, delivery, cancellationToken);
            progress.Did(delivery is { Error: null } ? 1 : 0);
            if (delivery is { IsOutage: true })
            {
                return;
            }
        }
    }

    /// <summary>
    /// Null: there was nothing to say anymore. An error is recorded with its email, and the others continue.
    /// </summary>
    private async Task<Delivery?> DeliverAsync(Email email, CancellationToken cancellationToken)
    {
        try
        {
            // A scope per email, so that one template's leftovers do not affect the next email.
            await using var scope = scopes.CreateAsyncScope();
            var content = await templates.WriteAsync(scope.ServiceProvider, email, cancellationToken);
            return content is null ? null : await sender.DeliverAsync(email, content, cancellationToken);
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested && !error.IsDatabaseAway)
        {
            Failed(error, email.Template, email.Id);
            return new($"The email couldn’t be written: {SmtpSender.OneLine(error)}");
        }
    }

    // After three days nobody waits for it anymore, and its news is old.
    private Task ExpireAsync(CancellationToken cancellationToken) =>
        db.Database.ExecuteSqlAsync(
            $"""
            WITH gone AS (DELETE FROM emails WHERE created_at < now() - interval '90 days' AND status <> 'queued')
            UPDATE emails SET status = 'failed', last_error = coalesce(last_error, 'Email wasn’t configured for three days.')
            WHERE status = 'queued' AND created_at < now() - interval '3 days' AND next_attempt_at < now() AND (lease_until IS NULL OR lease_until < now()) AND attempts > 0
               OR status = 'queued' AND created_at < now() - interval '4 days'
            """,
            cancellationToken
        );

    private async Task<Email?> ClaimAsync(CancellationToken cancellationToken)
    {
        var claimed = await db
            .Emails.FromSql(
                $"""
                UPDATE emails SET lease_until = now() + {s_lease}, attempts = attempts + 1
                WHERE id = (SELECT id FROM emails WHERE status = 'queued' AND next_attempt_at <= now() AND (lease_until IS NULL OR lease_until < now())
                            ORDER BY next_attempt_at LIMIT 1 FOR UPDATE SKIP LOCKED)
                RETURNING *
                """
            )
            .AsNoTracking()
            .ToListAsync(cancellationToken);
        return claimed.SingleOrDefault();
    }

    /// <param name="delivery">Null: there was nothing to say anymore.</param>
    private async Task RecordAsync(Email email, Delivery? delivery, CancellationToken cancellationToken)
    {
        var status = delivery switch
        {
            null => EmailStatus.Obsolete,
            { Error: null } => EmailStatus.Sent,
            { IsFinal: true } => EmailStatus.Failed,
            _ => EmailStatus.Queued,
        };
        MailMeters.Tried(status);
        var (name, error) = (status.ToString().ToLowerInvariant(), delivery?.Error);
        var pause = s_pauses[Math.Min(email.Attempts, s_pauses.Length) - 1];

        // The email has been sent, so this must be recorded whatever stops us.
        await db.Database.ExecuteSqlAsync(
            $"""
            UPDATE emails SET status = {name}, lease_until = NULL, last_error = {error}::text, next_attempt_at = now() + {pause}, sent_at = CASE WHEN {name} = 'sent' THEN now() END
            WHERE id = {email.Id} AND attempts = {email.Attempts}
            """,
            CancellationToken.None
        );
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "An email of the kind {Template} could not be sent ({Mail}).")]
    private partial void Failed(Exception error, string template, Guid mail);
}
