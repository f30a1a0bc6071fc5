using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Portal.Hosting;
using Portal.Jobs;
using Portal.Mail;
using Portal.Model;

namespace Portal.Chat;

/// <summary>
/// Emails a client's owners when a budget is nearly used up, and when it is used up. Each email has a key of its own
/// (budget, widget or client, day or month, share, recipient), so running the job twice, or on two replicas, notifies
/// nobody twice.
/// </summary>
public sealed class BudgetJob(JobsDb db, IOptions<LimitOptions> options) : IJob
{
    /// <summary>The shares of a budget, in percent, that trigger an email.</summary>
    public static readonly IReadOnlyList<int> Shares = [80, 100];

    public async Task RunAsync(JobProgress progress, CancellationToken cancellationToken)
    {
        var (perDay, perMonth, shares) = (
            options.Value.MessagesPerDayAndWidget,
            options.Value.MessagesPerMonthAndClient,
            Shares.ToArray()
        );

        // When usage passes both shares at once, only the larger is reported.
        var told = await db
            .Database.SqlQuery<int>(
                $"""
                WITH today AS (SELECT c.id, c.monthly_budget, (now() AT TIME ZONE c.time_zone)::date AS day FROM clients c WHERE c.suspended_at IS NULL),
                budgets AS (
                    SELECT t.id AS client_id, w.id AS about, 'day' AS span, t.day AS begins, m.messages::bigint AS used, messages_allowed_per_day(w.daily_budget, w.config, {perDay}) AS allowed
                    FROM today t JOIN message_counts m ON m.client_id = t.id AND m.day = t.day JOIN widgets w ON w.id = m.widget_id
                    UNION ALL
                    SELECT t.id, t.id, 'month', date_trunc('month', t.day)::date, sum(m.messages), COALESCE(t.monthly_budget, {perMonth})
                    FROM today t JOIN message_counts m ON m.client_id = t.id AND m.day BETWEEN date_trunc('month', t.day)::date AND t.day
                    GROUP BY t.id, t.day, t.monthly_budget),
                passed AS (
                    SELECT b.*, s.share FROM budgets b
                    CROSS JOIN LATERAL (SELECT max(share) AS share FROM unnest({shares}) AS s (share) WHERE b.used * 100 >= b.allowed::bigint * s.share) s
                    WHERE b.allowed > 0 AND s.share IS NOT NULL),
                told AS (
                    INSERT INTO emails (id, client_id, template, to_address, to_name, user_id, about, detail, dedupe_key)
                    SELECT gen_random_uuid(), p.client_id, {BudgetEmail.Template}, u.email, u.display_name, u.id, p.about, p.span || ' ' || p.share,
                           'budget:' || p.about || ':' || p.span || ':' || p.begins || ':' || p.share || ':' || u.id
                    FROM passed p JOIN users u ON u.client_id = p.client_id AND u.role = 'Owner' AND u.email IS NOT NULL AND u.email_confirmed
                    ON CONFLICT DO NOTHING RETURNING 1)
                SELECT count(*)::integer AS "Value" FROM told
                """
            )
            .ToListAsync(cancellationToken);
        progress.Did(told.Single());
    }
}

/// <summary>Notifies an owner that a widget's day or the client's month is nearly, or fully, used up.</summary>
public sealed class BudgetEmail(JobsDb db, IOptions<LimitOptions> options, PortalOptions portal) : IEmailTemplate
{
    private static readonly CultureInfo s_english = CultureInfo.GetCultureInfo("en-GB");

    public static string Template => "budget";

    public static string Title => "Message limit";

    public async Task<EmailTemplate?> WriteAsync(Email email, CancellationToken cancellationToken)
    {
        var isMonth = email.Detail?.StartsWith("month", StringComparison.Ordinal) == true;
        var id = email.About ?? Guid.Empty;
        var states = await (isMonth ? Month(id) : Day(id)).ToListAsync(cancellationToken);
        if (states.SingleOrDefault() is not { } state)
        {
            return null;
        }

        var (allowed, used) = (state.Allowed, state.Used);
        var name = isMonth ? state.Name.InMail : $"[{state.Business.InMail}] {state.Name.InMail}";
        // A day that has ended, or a budget that was raised meanwhile, is no longer reported.
        if (allowed == 0 || used * 100 < allowed * (long)BudgetJob.Shares[0])
        {
            return null;
        }

        var limit = isMonth ? "monthly message limit" : "daily message limit";
        var next = isMonth ? "on the first of next month" : "at midnight";
        var action = isMonth ? "View usage" : "View limits";
        var page = portal.Link(isMonth ? "/analytics" : $"/widgets/{email.About}#security");
        List<(string, string)> facts =
        [
            (isMonth ? "Messages this month" : "Messages today", used.ToString("N0", s_english)),
            ("Limit", allowed.ToString("N0", s_english)),
            ("Resets", $"{next} ({state.TimeZone})"),
        ];
        const string Why = "You’re receiving this because you’re an owner. Limits protect you from unexpected usage.";
        return used >= allowed
            ? new(
                $"{name} reached its {limit}",
                [
                    $"Visitors are told that the chat has reached its limit and how else to reach you. Existing conversations are kept. Replies resume {next}, or as soon as the limit is raised.",
                ],
                (action, page),
                facts,
                Why
            )
            : new(
                $"{name} has used {used * 100 / allowed}% of its {limit}",
                [$"Once it’s reached, visitors are told so, and how else to reach you, until it resets {next}."],
                (action, page),
                facts,
                Why
            );
    }

    private IQueryable<State> Month(Guid client) =>
        db.Database.SqlQuery<State>(
            $"""
            SELECT COALESCE(NULLIF(c.company_name, ''), c.name) AS name, '' AS business, COALESCE(c.monthly_budget, {options.Value.MessagesPerMonthAndClient}) AS allowed, c.time_zone,
                   (SELECT COALESCE(sum(m.messages), 0) FROM message_counts m WHERE m.client_id = c.id AND m.day >= date_trunc('month', now() AT TIME ZONE c.time_zone)::date) AS used
            FROM clients c WHERE c.id = {client}
            """
        );

    private IQueryable<State> Day(Guid widget) =>
        db.Database.SqlQuery<State>(
            $"""
            SELECT w.name, COALESCE(NULLIF(c.company_name, ''), c.name) AS business, messages_allowed_per_day(w.daily_budget, w.config, {options.Value.MessagesPerDayAndWidget}) AS allowed, c.time_zone,
                   (SELECT COALESCE(sum(m.messages), 0) FROM message_counts m WHERE m.widget_id = w.id AND m.day = (now() AT TIME ZONE c.time_zone)::date) AS used
            FROM widgets w JOIN clients c ON c.id = w.client_id WHERE w.id = {widget}
            """
        );

    private sealed record State(string Name, string Business, int Allowed, string TimeZone, long Used);
}
