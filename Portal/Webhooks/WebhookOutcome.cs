using Portal.Model;

namespace Portal.Webhooks;

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

    /// <param name="Detail">For the client's error page: what came back, shortened and without secrets. Never for
    /// visitors.</param>
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
