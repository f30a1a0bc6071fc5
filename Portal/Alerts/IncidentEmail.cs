using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Portal.Hosting;
using Portal.Mail;
using Portal.Model;
using Portal.Web;

namespace Portal.Alerts;

/// <summary>Notifies a client's recipients that a widget is down, is still down, or has recovered.</summary>
public sealed class IncidentEmail(IncidentNotifications news, AlertLinks links, JobsDb db) : IEmailTemplate
{
    public static string Template => "incident";

    public static string Title => "Alert";

    public async Task<EmailTemplate?> WriteAsync(Email email, CancellationToken cancellationToken)
    {
        var recipient = await db
            .AlertRecipients.Where(recipient =>
                recipient.ClientId == email.ClientId
                && recipient.Email == email.ToAddress
                && recipient.ConfirmedAt != null
            )
            .Select(recipient => recipient.Id)
            .SingleOrDefaultAsync(cancellationToken);
        return recipient != Guid.Empty && await news.WriteAsync(email, "/errors", cancellationToken) is { } content
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
public sealed class IncidentNotifications(JobsDb db, PortalOptions portal)
{
    private static readonly CultureInfo s_english = CultureInfo.GetCultureInfo("en-GB");

    /// <summary>
    /// The email, or null when it is no longer true: nobody wants to hear at noon that something failed in the morning
    /// and was over at ten.
    /// </summary>
    public async Task<EmailTemplate?> WriteAsync(Email email, string page, CancellationToken cancellationToken)
    {
        var id = email.About ?? Guid.Empty;
        var incidents = await db
            .Database.SqlQuery<State>(
                $"""
                SELECT w.name AS widget, coalesce(nullif(c.company_name, ''), c.name) AS client, c.time_zone, i.error_type, i.opened_at, i.ended_at, i.settled_at,
                       i.failures, i.visitors, e.status_code, e.error_message
                FROM incidents i LEFT JOIN LATERAL (
                    SELECT e.status_code, e.error_message FROM webhook_errors e WHERE e.widget_id = i.widget_id AND e.error_type = i.error_type
                    ORDER BY e.occurred_at DESC LIMIT 1) e ON true JOIN widgets w ON w.id = i.widget_id JOIN clients c ON c.id = i.client_id WHERE i.id = {id}
                """
            )
            .ToListAsync(cancellationToken);
        if (incidents.SingleOrDefault() is not { } incident)
        {
            return null;
        }

        var (widget, client) = (incident.Widget.InMail, incident.Client.InMail);
        var zone = TimeZones.TryFind(incident.TimeZone, out var known) ? known : TimeZoneInfo.Utc;
        var advice = WebhookDiagnosis.Of(incident.ErrorType, incident.StatusCode, incident.ErrorMessage);
        var (opened, ended) = (incident.OpenedAt, incident.EndedAt);
        List<(string, string)> facts =
        [
            ("Client", client),
            ("Down since", At(opened, zone)),
            ("Failed messages", incident.Failures.ToString("N0", s_english)),
            ("Visitors", incident.Visitors.ToString("N0", s_english)),
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

        if (incident.SettledAt is not null)
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

    private sealed record State(
        string Widget,
        string Client,
        string TimeZone,
        string? ErrorType,
        DateTimeOffset OpenedAt,
        DateTimeOffset? EndedAt,
        DateTimeOffset? SettledAt,
        int Failures,
        int Visitors,
        int? StatusCode,
        string? ErrorMessage
    );
}
