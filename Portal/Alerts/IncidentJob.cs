using Microsoft.EntityFrameworkCore;
using Npgsql;
using Portal.Jobs;
using Portal.Model;

namespace Portal.Alerts;

/// <summary>
/// Opens an incident after several failures in a row, or after one of a kind that does not resolve itself. It reads
/// what the journal wrote, so that no message waits for it. An incident and its emails are saved in one transaction,
/// and each email has a key of its own, so running the job twice, or on two replicas, notifies nobody twice.
/// </summary>
public sealed class IncidentJob(JobsDb db, AccountsDb accounts) : IJob
{
    /// <summary>So many failures without an answer in between are no coincidence.</summary>
    public const int InARow = 3;

    /// <summary>
    /// How long a recovered widget is watched: one that fails now and then is one incident, announced once, and its
    /// recovery is announced when it lasts.
    /// </summary>
    public static readonly TimeSpan Settling = TimeSpan.FromMinutes(15);

    /// <summary>An incident without traffic for so long is closed without an email.</summary>
    public static readonly TimeSpan Quiet = TimeSpan.FromDays(7);

    // The next message would fail in the same way.
    private static readonly string[] s_lasting =
    [
        .. new[]
        {
            WebhookErrorType.NotFound,
            WebhookErrorType.Unauthorized,
            WebhookErrorType.WrongMethod,
            WebhookErrorType.Tls,
            WebhookErrorType.Blocked,
            WebhookErrorType.Redirect,
        }.Select(type => type.Name),
    ];

    public async Task RunAsync(JobProgress progress, CancellationToken cancellationToken)
    {
        var admins = await accounts
            .AdminAlerts.Join(
                accounts.Users.Where(user => user.Role == UserRole.Admin && user.Email != null),
                alert => alert.UserId,
                user => user.Id,
                (_, user) => new { user.Id, Email = user.Email! }
            )
            .ToListAsync(cancellationToken);
        db.Database.SetCommandTimeout(60);
        foreach (var step in new[] { Refresh, End, Settle, Open, Welcome, Remind })
        {
            object[] parameters =
            [
                new NpgsqlParameter("in_a_row", InARow),
                new NpgsqlParameter("lasting", s_lasting),
                new NpgsqlParameter("quiet", Quiet),
                new NpgsqlParameter("settling", Settling),
                new NpgsqlParameter("admins", admins.ConvertAll(admin => admin.Id)),
                new NpgsqlParameter("admin_addresses", admins.ConvertAll(admin => admin.Email)),
            ];
            var changed = await db.Database.SqlQueryRaw<int>(step, parameters).ToListAsync(cancellationToken);
            progress.Did(changed.Single());
        }
    }

    // Failures of visitors on websites and on demo pages; a client's own tests raise no alert.
    private const string Failures = """
        SELECT e.error_type, e.occurred_at, coalesce(l.created_at, e.occurred_at) AS asked_at, coalesce(l.user_id, e.id::text) AS visitor
        FROM webhook_errors e
        LEFT JOIN chat_logs l ON l.id = e.chat_log_id
        LEFT JOIN visitor_sessions s ON s.id = l.session_id
        WHERE (l.id IS NULL OR l.status = 'failed') AND (s.kind IS NULL OR s.kind IN ('live', 'demo'))
        """;

    private const string Summary = """
        count(*)::integer AS failures, count(DISTINCT f.visitor)::integer AS visitors, min(f.occurred_at) AS first_at, max(f.occurred_at) AS last_at,
        coalesce((array_agg(f.error_type ORDER BY f.occurred_at DESC) FILTER (WHERE f.error_type <> 'circuit_open'))[1], max(f.error_type)) AS error_type
        """;

    /// <param name="step">Alias of rows with id and client_id.</param>
    /// <param name="what">What the email says; with the incident and the address it is the mail's key.</param>
    /// <param name="which">Which of the client's recipients.</param>
    /// <param name="admins">Whether admins are notified as well.</param>
    private static string Tell(string step, string what, string which = "", bool admins = true) =>
        $"""
            INSERT INTO emails (id, client_id, template, to_address, user_id, about, detail, dedupe_key)
            SELECT gen_random_uuid(), t.client_id, CASE WHEN p.user_id IS NULL THEN '{IncidentEmail.Template}' ELSE '{AgencyIncidentEmail.Template}' END, p.address, p.user_id, t.id, {what},
                   'incident:' || t.id || ':' || {what} || ':' || p.address
            FROM {step} t
            JOIN LATERAL (
                SELECT r.email AS address, NULL::uuid AS user_id FROM alert_recipients r WHERE r.client_id = t.client_id AND r.confirmed_at IS NOT NULL {which}
                UNION ALL
                SELECT a.address, a.id FROM unnest(@admins, @admin_addresses) AS a (id, address) WHERE {(
                admins ? "true" : "false"
            )}) p ON true
            ON CONFLICT DO NOTHING
            """;

    private const string Refresh = $"""
        WITH news AS (
            UPDATE incidents i
            SET failures = n.failures, visitors = n.visitors, last_failure_at = n.last_at, error_type = n.error_type, ended_at = NULL, outcome = NULL
            FROM (
                SELECT i.id AS incident, f.* FROM incidents i CROSS JOIN LATERAL (
                    SELECT {Summary} FROM ({Failures} AND e.widget_id = i.widget_id AND e.occurred_at >= i.opened_at) f) f
                WHERE i.settled_at IS NULL
                  AND EXISTS (SELECT FROM webhook_errors e WHERE e.widget_id = i.widget_id AND e.occurred_at > i.last_failure_at)) n
            WHERE i.id = n.incident AND n.last_at > i.last_failure_at RETURNING 1)
        SELECT count(*)::integer AS "Value" FROM news
        """;

    private const string End = """
        WITH closed AS (
            UPDATE incidents i
            SET ended_at = coalesce(a.at, now()), outcome = CASE WHEN a.at IS NULL THEN 'quiet' ELSE 'answered' END, settled_at = CASE WHEN a.at IS NULL THEN now() END
            FROM incidents o LEFT JOIN LATERAL (
                SELECT min(coalesce(l.answered_at, l.created_at)) AS at FROM chat_logs l
                WHERE l.widget_id = o.widget_id AND l.status IN ('answered', 'empty') AND l.created_at > o.last_failure_at - interval '15 minutes'
                  AND coalesce(l.answered_at, l.created_at) > o.last_failure_at) a ON true
            WHERE o.id = i.id AND i.ended_at IS NULL AND (a.at IS NOT NULL OR o.last_failure_at < now() - @quiet)
            RETURNING 1)
        SELECT count(*)::integer AS "Value" FROM closed
        """;

    private static readonly string Settle = $"""
        WITH settled AS (
            UPDATE incidents SET settled_at = now()
            WHERE ended_at IS NOT NULL AND settled_at IS NULL AND last_failure_at < now() - @settling
            RETURNING id, client_id),
        told AS ({Tell("settled", "'over'")})
        SELECT count(*)::integer AS "Value" FROM settled
        """;

    private static readonly string Open = $"""
        WITH failing AS (
            SELECT DISTINCT e.widget_id, e.client_id FROM webhook_errors e
            WHERE e.occurred_at > now() - interval '1 day'
              AND NOT EXISTS (SELECT FROM incidents i WHERE i.widget_id = e.widget_id AND (i.settled_at IS NULL OR i.last_failure_at >= e.occurred_at))),
        streaks AS (
            SELECT w.widget_id, w.client_id, f.*
            FROM failing w
            LEFT JOIN LATERAL (
                SELECT l.created_at FROM chat_logs l WHERE l.widget_id = w.widget_id AND l.status IN ('answered', 'empty') ORDER BY l.created_at DESC LIMIT 1) a ON true
            CROSS JOIN LATERAL (
                SELECT {Summary}, bool_or(f.error_type = ANY (@lasting)) AS lasts
                FROM ({Failures} AND e.widget_id = w.widget_id AND e.occurred_at > now() - interval '1 day') f
                WHERE f.asked_at > coalesce(a.created_at, '-infinity')) f
            WHERE f.failures > 0),
        opened AS (
            INSERT INTO incidents (client_id, widget_id, error_type, opened_at, last_failure_at, failures, visitors)
            SELECT s.client_id, s.widget_id, s.error_type, s.first_at, s.last_at, s.failures, s.visitors
            FROM streaks s JOIN widgets w ON w.id = s.widget_id
            WHERE (s.failures >= @in_a_row OR s.lasts) AND w.is_active IS NOT FALSE
            ON CONFLICT DO NOTHING RETURNING id, client_id),
        told AS ({Tell("opened", "'opened'")})
        SELECT count(*)::integer AS "Value" FROM opened
        """;

    // Recipients who are added while a widget is down are notified, too. The keys prevent duplicates.
    private static readonly string Welcome = $"""
        WITH lasting AS (
            SELECT i.id, i.client_id FROM incidents i JOIN widgets w ON w.id = i.widget_id JOIN clients c ON c.id = i.client_id
            WHERE i.ended_at IS NULL AND w.is_active IS NOT FALSE AND (w.expires_at IS NULL OR w.expires_at > now()) AND c.suspended_at IS NULL
              AND EXISTS (SELECT FROM alert_recipients r WHERE r.client_id = i.client_id AND r.confirmed_at > i.noticed_at)),
        told AS ({Tell(
            "lasting",
            "'opened'",
            "AND r.confirmed_at > (SELECT i.noticed_at FROM incidents i WHERE i.id = t.id)",
            admins: false
        )} RETURNING 1)
        SELECT count(*)::integer AS "Value" FROM told
        """;

    // A widget that is turned off, expired or suspended affects no visitor anymore.
    private static readonly string Remind = $"""
        WITH lasting AS (
            SELECT i.id, i.client_id, 'day ' || floor(extract(epoch FROM now() - i.opened_at) / 86400) AS day
            FROM incidents i JOIN widgets w ON w.id = i.widget_id JOIN clients c ON c.id = i.client_id
            WHERE i.settled_at IS NULL AND i.opened_at <= now() - interval '1 day'
              AND w.is_active IS NOT FALSE AND (w.expires_at IS NULL OR w.expires_at > now()) AND c.suspended_at IS NULL),
        told AS ({Tell("lasting", "t.day")} RETURNING 1)
        SELECT count(*)::integer AS "Value" FROM told
        """;
}
