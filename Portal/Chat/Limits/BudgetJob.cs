using System.Globalization;
using Microsoft.Extensions.Options;
using Npgsql;
using Portal.Data;
using Portal.Hosting;
using Portal.Jobs;
using Portal.Mail;
using Portal.Model;

namespace Portal.Chat;

/// <summary>
/// Emails a client's owners when a budget is nearly used up, and when it is used up. Each email has a key of its own (budget, widget or
/// client, day or month, share, recipient), so running the job twice, or on two replicas, notifies nobody twice.
/// </summary>
public sealed class BudgetJob(Databases databases, IOptions<LimitOptions> options) : IJob
{
    /// <summary>The shares of a budget, in percent, that trigger an email.</summary>
    public static readonly IReadOnlyList<int> Shares = [80, 100];

    // When usage passes both shares at once, only the larger is reported.
    private const string Tell = """
        WITH today AS (SELECT c.id, c.monthly_budget, (now() AT TIME ZONE c.time_zone)::date AS day FROM clients c WHERE c.suspended_at IS NULL),
        budgets AS (
            SELECT t.id AS client_id, w.id AS about, 'day' AS span, t.day AS begins, m.messages::bigint AS used, COALESCE(LEAST(NULLIF(COALESCE(w.daily_budget, @day_default), 0), config_messages_per_day(w.config)), 0) AS allowed
            FROM today t JOIN message_counts m ON m.client_id = t.id AND m.day = t.day JOIN widgets w ON w.id = m.widget_id
            UNION ALL
            SELECT t.id, t.id, 'month', date_trunc('month', t.day)::date, sum(m.messages), COALESCE(t.monthly_budget, @month_default)
            FROM today t JOIN message_counts m ON m.client_id = t.id AND m.day BETWEEN date_trunc('month', t.day)::date AND t.day
            GROUP BY t.id, t.day, t.monthly_budget),
        passed AS (
            SELECT b.*, s.share FROM budgets b
            CROSS JOIN LATERAL (SELECT max(share) AS share FROM unnest(@shares) AS s (share) WHERE b.used * 100 >= b.allowed::bigint * s.share) s
            WHERE b.allowed > 0 AND s.share IS NOT NULL),
        told AS (
            INSERT INTO emails (id, client_id, template, to_address, to_name, user_id, about, detail, dedupe_key)
            SELECT gen_random_uuid(), p.client_id, @template, u.email, u.display_name, u.id, p.about, p.span || ' ' || p.share,
                   'budget:' || p.about || ':' || p.span || ':' || p.begins || ':' || p.share || ':' || u.id
            FROM passed p JOIN users u ON u.client_id = p.client_id AND u.role = 'Owner' AND u.email IS NOT NULL AND u.email_confirmed
            ON CONFLICT DO NOTHING RETURNING 1)
        SELECT count(*)::integer FROM told
        """;

    public async Task RunAsync(JobProgress progress, CancellationToken cancellationToken)
    {
        await using var command = databases.Jobs.CreateCommand(Tell);
        command.Parameters.AddWithValue("day_default", options.Value.MessagesPerDayAndWidget);
        command.Parameters.AddWithValue("month_default", options.Value.MessagesPerMonthAndClient);
        command.Parameters.AddWithValue("shares", Shares.ToArray());
        command.Parameters.AddWithValue("template", BudgetEmail.Template);
        progress.Did((int)(await command.ExecuteScalarAsync(cancellationToken))!);
    }
}

/// <summary>Notifies an owner that a widget's day or the client's month is nearly, or fully, used up.</summary>
public sealed class BudgetEmail(Databases databases, IOptions<LimitOptions> options, PortalOptions portal)
    : IEmailTemplate
{
    private static readonly CultureInfo s_english = CultureInfo.GetCultureInfo("en-GB");

    public static string Template => "budget";

    public static string Title => "Message limit";

    public async Task<EmailTemplate?> WriteAsync(Email email, CancellationToken cancellationToken)
    {
        var isMonth = email.Detail?.StartsWith("month", StringComparison.Ordinal) == true;
        await using var command = databases.Jobs.CreateCommand(
            isMonth
                ? """
                SELECT COALESCE(NULLIF(c.company_name, ''), c.name), COALESCE(c.monthly_budget, $2), c.time_zone,
                       (SELECT COALESCE(sum(m.messages), 0) FROM message_counts m WHERE m.client_id = c.id AND m.day >= date_trunc('month', now() AT TIME ZONE c.time_zone)::date)
                FROM clients c WHERE c.id = $1
                """
                : """
                SELECT w.name, COALESCE(LEAST(NULLIF(COALESCE(w.daily_budget, $2), 0), config_messages_per_day(w.config)), 0), c.time_zone,
                       (SELECT COALESCE(sum(m.messages), 0) FROM message_counts m WHERE m.widget_id = w.id AND m.day = (now() AT TIME ZONE c.time_zone)::date),
                       COALESCE(NULLIF(c.company_name, ''), c.name)
                FROM widgets w JOIN clients c ON c.id = w.client_id WHERE w.id = $1
                """
        );
        command.Parameters.AddWithValue(email.About ?? Guid.Empty);
        command.Parameters.AddWithValue(
            isMonth ? options.Value.MessagesPerMonthAndClient : options.Value.MessagesPerDayAndWidget
        );
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        if (!await row.ReadAsync(cancellationToken))
        {
            return null;
        }

        var (name, allowed, used) = (row.GetString(0).InMail, row.GetInt32(1), row.GetInt64(3));
        name = isMonth ? name : $"[{row.GetString(4).InMail}] {name}";
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
            ("Resets", $"{next} ({row.GetString(2)})"),
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
}
