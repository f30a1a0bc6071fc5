using Portal.Model;

namespace Portal.Mail;

/// <summary>What a mail says, before it has a form: the same words go into its HTML and its plain text.</summary>
/// <param name="Subject">The news in a sentence; the headline, too.</param>
/// <param name="Action">The one button.</param>
/// <param name="Facts">A small table.</param>
/// <param name="Why">Why they get it.</param>
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

    /// <summary>Where those who don't want such mails any more say so.</summary>
    public Uri? Stop { get; init; }

    /// <summary>The same with nothing in its words that a mail program would make a link of: whatever they were put together from.</summary>
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

/// <summary>Knows the words of one kind of mail. It looks up what the mail is about, and makes its links, at the moment of sending.</summary>
public interface IEmailTemplate
{
    /// <summary>As it stands in <c>emails.template</c>.</summary>
    static abstract string Template { get; }

    /// <summary>What admins call this kind of mail.</summary>
    static abstract string Title { get; }

    /// <summary>The email, or null when what it was about is gone or done.</summary>
    Task<EmailTemplate?> WriteAsync(Email email, CancellationToken cancellationToken);
}
