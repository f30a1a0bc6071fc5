using System.Globalization;
using System.Text.RegularExpressions;
using Portal.Model;

namespace Portal.Audit;

/// <summary>
/// Shows the fields of a <see cref="Fact"/> with the labels of the pages and in the reader's time zone. Exports keep
/// what was stored.
/// </summary>
public static partial class AuditFields
{
    private static readonly CultureInfo s_english = CultureInfo.GetCultureInfo("en-GB");

    private static readonly Dictionary<string, string> s_labels = new()
    {
        ["name"] = "Name",
        ["company"] = "Display name",
        ["contactEmail"] = "Contact email",
        ["email"] = "Email",
        ["timeZone"] = "Time zone",
        ["role"] = "Role",
        ["version"] = "Version",
        ["timeoutSeconds"] = "Timeout (seconds)",
        ["retentionDays"] = "Data retention (days)",
        ["monthlyBudget"] = "Monthly message limit",
        ["count"] = "Count",
        ["period"] = "Period",
        ["expires"] = "Expires",
        ["factor"] = "Method",
        ["kind"] = "Type",
        ["webhook"] = "Webhook",
        ["website"] = "Website",
        ["authentication"] = "Authentication",
        ["secret"] = "Secret",
        ["answersLater"] = "Asynchronous replies",
    };

    [GeneratedRegex(@"\d{4}-\d\d-\d\d \d\d:\d\d UTC")]
    private static partial Regex Moment { get; }

    public static string LabelOf(string field) => s_labels.GetValueOrDefault(field, field);

    /// <param name="zone">The time zone in which times are shown; they are stored in UTC.</param>
    public static string? ValueOf(string field, string? value, TimeZoneInfo zone) =>
        (field, value) switch
        {
            (_, null) => null,
            ("expires" or "period", _) => Moment.Replace(value, match => Local(match.Value, zone)),
            ("factor", nameof(FactorKind.Authenticator)) => "Authenticator app",
            ("factor", nameof(FactorKind.RecoveryCodes)) => "Recovery codes",
            ("authentication", nameof(WebhookAuth.Signed)) => "Signed requests",
            ("authentication", nameof(WebhookAuth.Header)) => "Header auth",
            ("authentication", nameof(WebhookAuth.Basic)) => "Basic auth",
            _ => value,
        };

    private static string Local(string moment, TimeZoneInfo zone) =>
        DateTimeOffset.TryParseExact(
            moment,
            AuditChange.MomentFormat,
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal,
            out var at
        )
            ? TimeZoneInfo.ConvertTime(at, zone).ToString("d MMM yyyy, HH:mm", s_english)
            : moment;
}
