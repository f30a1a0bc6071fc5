using Portal.Model;

namespace Portal.Webhooks;

/// <summary>A widget's connection to its bot, with its secret open.</summary>
/// <param name="ClientId">Whose share of all calls it takes from.</param>
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

/// <summary>What the bot is told. Texts of visitors may hold anything.</summary>
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

    /// <summary>What the page said of itself and its visitor: anybody who can open the page can say it.</summary>
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
        /// <summary>The workflow ran well and returned nothing: no failure, though there is no answer either.</summary>
        public bool IsEmptyResult { get; init; }

        // Whether n8n may have got the question.
        internal bool Sent { get; init; } = true;

        // How long n8n, or what stands before it, wants to be left alone.
        internal TimeSpan? Wait { get; init; }
    }
}

/// <summary>Where an answer comes from.</summary>
/// <param name="Url">http or https, or null.</param>
public sealed record AnswerSource(string Title, string? Url);
