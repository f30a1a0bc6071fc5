using System.Diagnostics.Metrics;
using Portal.Model;

namespace Portal.Mail;

/// <summary>Metrics of the outbox.</summary>
internal static class MailMeters
{
    private static readonly Meter s_meter = new("Portal.Mail");

    private static readonly Counter<long> s_attempts = s_meter.CreateCounter<long>(
        "portal.email.attempts",
        "{attempt}",
        "Attempts to send an email, by outcome; queued will be retried."
    );

    public static void Tried(EmailStatus outcome) =>
        s_attempts.Add(1, new KeyValuePair<string, object?>("outcome", outcome.ToString().ToLowerInvariant()));
}
