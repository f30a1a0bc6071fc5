using System.Globalization;
using Npgsql;
using Portal.Data;
using Portal.Hosting;
using Portal.Mail;
using Portal.Model;
using Portal.Web;

namespace Portal.Alerts;

/// <summary>Notifies a client's recipients that a widget is down, is still down, or has recovered.</summary>
public sealed class IncidentEmail(IncidentNotifications news, AlertLinks links, Databases databases) : IEmailTemplate
{
    public static string Template => "incident";

    public static string Title => "Alert";

    public async Task<EmailTemplate?> WriteAsync(Email email, CancellationToken cancellationToken)
    {
        await using var command = databases.Jobs.CreateCommand(
            "SELECT id FROM alert_recipients WHERE client_id = $1 AND email = $2 AND confirmed_at IS NOT NULL"
        );
        command.Parameters.Add(new NpgsqlParameter { Value = email.ClientId ?? Guid.Empty });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = email.ToAddress });
        return
            await command.ExecuteScalarAsync(cancellationToken) is Guid recipient
            && await news.WriteAsync(email, "/errors", cancellationToken) is { } content
            ? content with
            {
                Stop = links.Stop(email.ClientId!.Value, recipient),
            }
            : null;
    }
}

/// <summary>The same for admins who subscribed to every client's alerts.</summary>
public sealed class AgencyIncidentEmail(IncidentNotifications news) : IEmailTemplate
{
    public static string Template => "incident-agency";

    public static string Title => "Admin alert";

    public async Task<EmailTemplate?> WriteAsync(Email email, CancellationToken cancellationToken) =>
        await news.WriteAsync(email, "/admin/incidents", cancellationToken) is { } content
            ? content with
            {
                Why = "You’re receiving this because you subscribed to every client’s alerts.",
            }
            : null;
}

/// <summary>Composes the email about an incident as it is at the moment of sending.</summary>
public sealed class IncidentNotifications(Databases databases, PortalOptions portal)
{
    private static readonly CultureInfo s_english = CultureInfo.GetCultureInfo("en-GB");

    /// <summary>The email, or null when it is no longer true: nobody wants to hear at noon that something failed in the morning and was over at ten.</summary>
    public async Task<EmailTemplate?> WriteAsync(Email email, string page, CancellationToken cancellationToken)
    {
        await using var command = databases.Jobs.CreateCommand(
            """
            SELECT w.name, coalesce(nullif(c.company_name, ''), c.name), c.time_zone, i.error_type, i.opened_at, i.ended_at, i.settled_at, i.failures, i.visitors, e.status_code, e.error_message
            FROM incidents i LEFT JOIN LATERAL (
                SELECT e.status_code, e.error_message FROM webhook_errors e WHERE e.widget_id = i.widget_id AND e.error_type = i.error_type
                ORDER BY e.occurred_at DESC LIMIT 1) e ON true JOIN widgets w ON w.id = i.widget_id JOIN clients c ON c.id = i.client_id WHERE i.id = $1
            """
        );
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = email.About ?? Guid.Empty });
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        if (!await row.ReadAsync(cancellationToken))
        {
            return null;
        }

        var (widget, client) = (row.GetString(0).InMail, row.GetString(1).InMail);
        var zone = TimeZones.TryFind(row.GetString(2), out var known) ? known : TimeZoneInfo.Utc;
        var advice = WebhookDiagnosis.Of(
            row.IsDBNull(3) ? null : row.GetString(3),
            row.IsDBNull(9) ? null : row.GetInt32(9),
            row.IsDBNull(10) ? null : row.GetString(10)
        );
        var opened = row.GetFieldValue<DateTimeOffset>(4);
        DateTimeOffset? ended = row.IsDBNull(5) ? null : row.GetFieldValue<DateTimeOffset>(5);
        var (failures, visitors) = (row.GetInt32(7), row.GetInt32(8));
        List<(string, string)> facts =
        [
            ("Client", client),
            ("Down since", At(opened, zone)),
            ("Failed messages", failures.ToString("N0", s_english)),
            ("Visitors", visitors.ToString("N0", s_english)),
        ];
        const string Seen = "Visitors are seeing your fallback message.";
        const string Why = "You’re receiving this because you subscribed to alerts.";

        if (email.Detail == "over")
        {
            facts.Insert(2, ("Back up", At(ended ?? opened, zone)));
            return new(
                $"[{client}] {widget} is back up",
                [$"It was down for {Span((ended ?? opened) - opened)}. No action needed."],
                ("View incident", portal.Link(page)),
                facts,
                Why
            );
        }

        if (!row.IsDBNull(6))
        {
            return null;
        }

        string[] words = advice is null ? [Seen] : [$"{advice.Title}. {advice.Fix}", Seen];
        return email.Detail == "opened"
            ? new(
                $"[{client}] {widget} is down since {TimeZoneInfo.ConvertTime(opened, zone).ToString("HH:mm", s_english)} {zone.Abbreviation(opened)}",
                words,
                ("View fix", portal.Link(page)),
                facts,
                Why
            )
            : new($"[{client}] {widget} is still down", words, ("View fix", portal.Link(page)), facts, Why);
    }

    private static string At(DateTimeOffset at, TimeZoneInfo zone) =>
        $"{TimeZoneInfo.ConvertTime(at, zone).ToString("d MMM, HH:mm", s_english)} {zone.Abbreviation(at)}";

    private static string Span(TimeSpan span) =>
        span switch
        {
            { TotalMinutes: < 2 } => "a minute",
            { TotalHours: < 1 } => $"{(int)span.TotalMinutes} minutes",
            { TotalDays: < 1 } => $"{(int)span.TotalHours} h {span.Minutes} min",
            _ => $"{(int)span.TotalDays} d {span.Hours} h",
        };
}
