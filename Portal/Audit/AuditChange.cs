using System.Globalization;
using System.Text;
using Portal.Model;

namespace Portal.Audit;

/// <summary>
/// One changed field of an entry, before and after. Only fields that have a method here can be logged, which keeps
/// secrets out: there is none for passwords, keys, tokens or visitors' texts.
/// </summary>
public sealed class AuditChange
{
    private const int MaxLength = 300;

    internal const string MomentFormat = "yyyy-MM-dd HH:mm 'UTC'";

    private AuditChange(string field, string? before, string? after) =>
        (Field, Before, After) = (field, Tidy(before), Tidy(after));

    public string Field { get; }
    public string? Before { get; }
    public string? After { get; }

    public bool IsChange => Before != After;

    public static AuditChange Name(string? before, string? after) => new("name", before, after);

    public static AuditChange Company(string? before, string? after) => new("company", before, after);

    public static AuditChange ContactEmail(string? before, string? after) => new("contactEmail", before, after);

    public static AuditChange Email(string? before, string? after) => new("email", before, after);

    public static AuditChange TimeZone(string? before, string? after) => new("timeZone", before, after);

    public static AuditChange Role(UserRole? before, UserRole? after) =>
        new("role", before?.ToString(), after?.ToString());

    public static AuditChange Version(int? before, int? after) => new("version", Text(before), Text(after));

    public static AuditChange TimeoutSeconds(int? before, int? after) =>
        new("timeoutSeconds", Text(before), Text(after));

    public static AuditChange RetentionDays(int? before, int? after) => new("retentionDays", Text(before), Text(after));

    public static AuditChange MonthlyBudget(int? before, int? after) => new("monthlyBudget", Text(before), Text(after));

    public static AuditChange Count(long count) => new("count", null, count.ToString(CultureInfo.InvariantCulture));

    /// <summary>The range of days whose messages were deleted, if it was limited.</summary>
    public static AuditChange Period(DateTimeOffset? since, DateTimeOffset? until) =>
        new(
            "period",
            null,
            since is null && until is null ? null : $"{Text(since) ?? "the beginning"} to {Text(until) ?? "now"}"
        );

    public static AuditChange Expires(DateTimeOffset? before, DateTimeOffset? after) =>
        new("expires", Text(before), Text(after));

    /// <summary>
    /// Which kind of sign-in method (password, passkey, authenticator app), and nothing else about it.
    /// </summary>
    public static AuditChange Factor(FactorKind factor) => new("factor", null, factor.ToString());

    /// <summary>The kind of an export or an alert; a constant of ours, never a person's text.</summary>
    public static AuditChange Kind(Enum kind) => new("kind", null, kind.ToString());

    /// <summary>
    /// The target of a widget's messages: the host, and enough of the rest to see a change. The whole address is as
    /// good as a key.
    /// </summary>
    public static AuditChange Webhook(string? before, string? after) =>
        before == after ? new("webhook", null, null) : new("webhook", Masked(before), Masked(after));

    /// <summary>The website on which a demo went live.</summary>
    public static AuditChange Website(string? before, string? after) => new("website", before, after);

    /// <summary>The authentication method of webhook calls, never its secret.</summary>
    public static AuditChange Authentication(WebhookAuth before, WebhookAuth after) =>
        new("authentication", before.ToString(), after.ToString());

    /// <summary>That a secret was replaced, and nothing about it.</summary>
    public static AuditChange NewSecret(bool isNew) => new("secret", null, isNew ? "replaced" : null);

    public static AuditChange AnswersLater(bool before, bool after) =>
        new("answersLater", before ? "on" : "off", after ? "on" : "off");

    private static string? Masked(string? address) =>
        address switch
        {
            null or "" => null,
            _ when Uri.TryCreate(address, UriKind.Absolute, out var url) => url.AbsolutePath.TrimEnd('/')
                is { Length: > 12 } path
                ? $"{url.Host}/…{path[^4..]}"
                : $"{url.Host}/…",
            _ => "…",
        };

    private static string? Text(int? number) => number?.ToString(CultureInfo.InvariantCulture);

    private static string? Text(DateTimeOffset? moment) =>
        moment?.ToUniversalTime().ToString(MomentFormat, CultureInfo.InvariantCulture);

    /// <summary>
    /// One line of limited length, whatever was typed, so that nobody can forge an entry with a line break.
    /// </summary>
    internal static string? Tidy(string? text)
    {
        if (text is null)
        {
            return null;
        }

        var line = string.Concat(
                text.EnumerateRunes()
                    .Where(rune => !Rune.IsControl(rune) && Rune.GetUnicodeCategory(rune) is not UnicodeCategory.Format)
                    .Select(rune => rune.ToString())
            )
            .Trim();
        return line.Length <= MaxLength
            ? line
            : string.Concat(line.EnumerateRunes().Take(MaxLength / 2).Select(rune => rune.ToString())) + "…";
    }
}

public enum FactorKind
{
    Password,
    Passkey,
    Authenticator,
    RecoveryCodes,
}
