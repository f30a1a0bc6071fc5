using Portal.Model;

namespace Portal.Webhooks;

/// <summary>A widget's connection to its bot, with its secret decrypted.</summary>
/// <param name="ClientId">The client whose share of calls it uses.</param>
/// <param name="AuthName">Header: the header's name. Basic: the user.</param>
/// <param name="AuthSecret">Header: its value. Basic: the password. Signed: the private key as PEM, see <see cref="CallKey"/>.</param>
/// <param name="AnswerPath">Where the answer stands in the reply, such as <c>data.reply</c> or <c>[0].text</c>; null for the usual places.</param>
/// <param name="AnswersLater">An acknowledgement is fine, because the answer comes to the callback address.</param>
public sealed record WebhookTarget(
    Guid WidgetId,
    Guid ClientId,
    string Url,
    WebhookAuth Auth,
    string? AuthName,
    string? AuthSecret,
    TimeSpan Timeout,
    string? AnswerPath = null,
    bool AnswersLater = false
);

/// <summary>The content of a request to the bot. Texts of visitors may contain anything.</summary>
/// <param name="MessageId">Also the idempotency key: the same question carries the same id.</param>
/// <param name="History">Bounded by the caller, oldest first.</param>
/// <param name="Visitor">The visitor's pseudonym.</param>
public sealed record Question(
    Guid MessageId,
    Guid SessionId,
    string Text,
    string? Prompt,
    string? Personality,
    IReadOnlyList<QuestionTurn> History,
    string? PageUrl,
    string? PageTitle,
    string? Locale,
    Uri? CallbackUrl,
    string WidgetName,
    bool Demo,
    string Visitor
)
{
    /// <summary>Whose widget it is.</summary>
    public QuestionClient? Client { get; init; }

    /// <summary>Fields that the page set: anybody who can open the page can set them.</summary>
    public IReadOnlyDictionary<string, string>? Custom { get; init; }
}

public sealed record QuestionClient(Guid Id, string Name);

public sealed record QuestionTurn(string Question, string Answer);

/// <summary>How a call ended.</summary>
public abstract record WebhookOutcome
{
    /// <summary>From the call to the outcome, waiting in the queue included.</summary>
    public TimeSpan Latency { get; init; }

    /// <param name="Confidence">0 to 1.</param>
    public sealed record Answered(
        string Text,
        double? Confidence,
        IReadOnlyList<string> Suggestions,
        IReadOnlyList<AnswerSource> Sources
    ) : WebhookOutcome;

    /// <summary>Only of a target that answers later: the workflow runs, and will call back.</summary>
    public sealed record Later : WebhookOutcome;

    /// <param name="Detail">For the client's error page: what came back, shortened and without secrets. Never for visitors.</param>
    /// <param name="PartialText">What had been streamed before.</param>
    public sealed record Failed(WebhookErrorType Error, string Detail, int? StatusCode = null, string PartialText = "")
        : WebhookOutcome
    {
        /// <summary>The workflow ran and returned nothing, which is not a failure.</summary>
        public bool IsEmptyResult { get; init; }

        // Whether n8n may have got the question.
        internal bool Sent { get; init; } = true;

        // The pause that n8n, or a proxy before it, requested.
        internal TimeSpan? Wait { get; init; }
    }
}

/// <summary>Where an answer comes from.</summary>
/// <param name="Url">http or https, or null.</param>
public sealed record AnswerSource(string Title, string? Url);
