using Portal.Model;

namespace Portal.Webhooks;

/// <summary>The contents of a reply.</summary>
internal abstract record ParsedReply
{
    public sealed record Answer(
        string Text,
        double? Confidence,
        IReadOnlyList<string> Suggestions,
        IReadOnlyList<AnswerSource> Sources
    ) : ParsedReply
    {
        /// <summary>As visitors get it: only a few of each, without duplicates.</summary>
        public WebhookOutcome.Answered ToOutcome() =>
            new(
                Text,
                Confidence,
                [.. Suggestions.Distinct().Take(ReplyReader.MaxSuggestions)],
                [.. Sources.Distinct().Take(ReplyReader.MaxSources)]
            );
    }

    /// <summary>n8n took the question, and this is not the answer.</summary>
    /// <param name="IsRunning">The workflow runs or ran: its answer may still come by callback.</param>
    /// <param name="IsFinished">It ran to its end, and had nothing to say.</param>
    public sealed record Acknowledged(string Reply, bool IsRunning, bool IsFinished = false) : ParsedReply;

    public sealed record Nothing(WebhookErrorType Error, string Reply) : ParsedReply
    {
        /// <summary>The workflow ran and returned nothing.</summary>
        public bool IsEmpty { get; init; }
    }
}
