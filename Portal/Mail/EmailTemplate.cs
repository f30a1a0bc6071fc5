using Portal.Model;

namespace Portal.Mail;

/// <summary>The content of an email: the same text is used for its HTML and its plain text.</summary>
/// <param name="Subject">The subject, which is the headline, too.</param>
/// <param name="Action">The button.</param>
/// <param name="Facts">A small table.</param>
/// <param name="Why">Why the recipient gets it.</param>
public sealed record EmailTemplate(
    string Subject,
    IReadOnlyList<string> Paragraphs,
    (string Text, Uri Link)? Action,
    IReadOnlyList<(string Name, string Value)> Facts,
    string Why
)
{
    public EmailTemplate(string subject, string why, params string[] paragraphs)
        : this(subject, paragraphs, null, [], why) { }

    /// <summary>Where recipients can unsubscribe.</summary>
    public Uri? Stop { get; init; }

    /// <summary>The same, with nothing in its text that an email program would turn into a link.</summary>
    public EmailTemplate WithoutLinks() =>
        this with
        {
            Subject = MailText.WithoutLinks(Subject),
            Paragraphs = [.. Paragraphs.Select(MailText.WithoutLinks)],
            Facts = [.. Facts.Select(fact => (fact.Name, MailText.WithoutLinks(fact.Value)))],
            Why = MailText.WithoutLinks(Why),
        };

    public string Text(string portal)
    {
        string?[] parts =
        [
            Subject,
            .. Paragraphs,
            Action is { } action ? $"{action.Text}:\n{action.Link}" : null,
            Facts.Count == 0 ? null : string.Join('\n', Facts.Select(fact => $"{fact.Name}: {fact.Value}")),
            $"-- \n{Why}\n{(Stop is null ? "" : $"Unsubscribe: {Stop}\n")}{portal}",
        ];
        return string.Join("\n\n", parts.OfType<string>()) + "\n";
    }
}

/// <summary>
/// Composes one kind of email. It reads what the email is about, and creates its links, at the moment of sending.
/// </summary>
public interface IEmailTemplate
{
    /// <summary>The name in <c>emails.template</c>.</summary>
    static abstract string Template { get; }

    /// <summary>The name that admins see for this kind of email.</summary>
    static abstract string Title { get; }

    /// <summary>The email, or null when what it was about is gone or done.</summary>
    Task<EmailTemplate?> WriteAsync(Email email, CancellationToken cancellationToken);
}
