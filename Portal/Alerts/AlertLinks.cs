using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Portal.Hosting;
using Portal.Mail;
using Portal.Model;
using Portal.Secrets;

namespace Portal.Alerts;

/// <summary>
/// The links in alert emails. What they stand for is encrypted in the link itself, so nothing is stored in the
/// database.
/// </summary>
public sealed class AlertLinks(IDataProtectionProvider protection, PortalOptions portal)
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromDays(7);

    private readonly ITimeLimitedDataProtector _confirm = protection
        .CreateProtector("alerts.confirm")
        .ToTimeLimitedDataProtector();
    private readonly IDataProtector _stop = protection.CreateProtector("alerts.stop");

    public Uri Confirm(Guid client, Guid recipient) =>
        portal.Link($"/alerts/confirm?t={_confirm.Protect($"{client:N}{recipient:N}", Lifetime)}");

    public Uri Stop(Guid client, Guid recipient) =>
        portal.Link($"/alerts/stop?t={_stop.Protect($"{client:N}{recipient:N}")}");

    public Whom? ToConfirm(string? token) => Read(token, _confirm);

    public Whom? ToStop(string? token) => Read(token, _stop);

    private static Whom? Read(string? token, IDataProtector seal) =>
        token is { Length: > 0 and < 1000 } && seal.Open(token) is { } text
            ? new(Guid.ParseExact(text[..32], "N"), Guid.ParseExact(text[32..], "N"))
            : null;

    public sealed record Whom(Guid Client, Guid Recipient);
}

/// <summary>Asks an address to confirm that it wants to get alerts.</summary>
public sealed class AlertConfirmationEmail(AlertLinks links, PortalOptions portal, JobsDb db) : IEmailTemplate
{
    public static string Template => "alert-confirm";

    public static string Title => "Confirm alerts";

    public async Task<EmailTemplate?> WriteAsync(Email email, CancellationToken cancellationToken)
    {
        var name = await db
            .AlertRecipients.Where(recipient =>
                recipient.Id == email.About && recipient.Email == email.ToAddress && recipient.ConfirmedAt == null
            )
            .Join(
                db.Clients,
                recipient => recipient.ClientId,
                client => client.Id,
                (_, client) => client.CompanyName == null || client.CompanyName == "" ? client.Name : client.CompanyName
            )
            .SingleOrDefaultAsync(cancellationToken);
        return name?.InMail is { } client
            ? new(
                $"Confirm alerts for {client}",
                [
                    $"{client} wants to send chat alerts to {email.ToAddress}: an email when a chat widget on their website goes down, daily while it’s down, and when it recovers.",
                    "If you don’t want them, ignore this email: you won’t get any more.",
                ],
                ("Confirm alerts", links.Confirm(email.ClientId!.Value, email.About!.Value)),
                [],
                $"You’re receiving this once, because your address was entered in {portal.Name}. The link expires in 7 days."
            )
            : null;
    }
}
