using System.Text.Json;
using Portal.Model;
using Portal.Webhooks;

namespace Portal.Chat;

/// <summary>What a visitor's widget gets for one message.</summary>
/// <param name="Response">The answer; for a failed or empty one the fallback text; for a stopped one the words that
/// came; nothing while pending.</param>
/// <param name="Author">Who speaks: <c>ai</c>.</param>
public sealed record Reply(
    Guid Id,
    Guid? ClientMessageId,
    ChatStatus Status,
    string Response,
    double? Confidence,
    IReadOnlyList<string> Suggestions,
    IReadOnlyList<AnswerSource> Sources,
    string Author,
    DateTimeOffset? AnsweredAt
)
{
    public const string Ai = "ai";

    public static Reply Of(
        NewMessage message,
        MessageClaim.Acquired claim,
        WebhookOutcome.Answered answer,
        DateTimeOffset now
    ) =>
        new(
            claim.MessageId,
            message.ClientMessageId,
            ChatStatus.Answered,
            answer.Text,
            answer.Confidence,
            answer.Suggestions,
            answer.Sources,
            Ai,
            now
        );

    public static Reply Unanswered(
        NewMessage message,
        MessageClaim.Acquired claim,
        string fallback,
        bool isEmpty,
        DateTimeOffset now
    ) =>
        new(
            claim.MessageId,
            message.ClientMessageId,
            isEmpty ? ChatStatus.Empty : ChatStatus.Failed,
            fallback,
            null,
            [],
            [],
            Ai,
            now
        );

    public static Reply Of(ChatLog log) =>
        new(
            log.Id,
            log.ClientMessageId,
            log.Status,
            log.Response,
            log.Confidence,
            ListOf<string>(log.Suggestions),
            ListOf<AnswerSource>(log.Sources),
            Ai,
            log.AnsweredAt
        );

    public static IReadOnlyList<T> ListOf<T>(string? json) =>
        json is null ? [] : JsonSerializer.Deserialize<List<T>>(json, WidgetConfig.Json) ?? [];
}

/// <summary>The previous turns that are sent with a question, so that the bot knows the context.</summary>
public static class History
{
    public const int MaxTurns = 50;
    private const int MaxCharacters = 16_000;

    /// <summary>The newest turns that fit, oldest first.</summary>
    /// <param name="newestFirst">As they come from the database.</param>
    public static IReadOnlyList<QuestionTurn> Bounded(IEnumerable<QuestionTurn> newestFirst)
    {
        var left = MaxCharacters;
        return [.. newestFirst.TakeWhile(turn => (left -= turn.Question.Length + turn.Answer.Length) >= 0).Reverse()];
    }

    /// <summary>The turns, oldest first, with one more; the oldest are dropped when they no longer fit.</summary>
    public static QuestionTurn[] Grown(ReadOnlySpan<QuestionTurn> turns, QuestionTurn newest, int atMost)
    {
        var left = MaxCharacters - newest.Question.Length - newest.Answer.Length;
        if (left < 0)
        {
            return [];
        }

        var first = turns.Length;
        while (
            first > 0
            && turns.Length - first < atMost - 1
            && (left -= turns[first - 1].Question.Length + turns[first - 1].Answer.Length) >= 0
        )
        {
            first--;
        }

        return [.. turns[first..], newest];
    }
}
