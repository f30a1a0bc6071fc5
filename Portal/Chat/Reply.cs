using System.Diagnostics;
using System.Text.Json;
using Portal.Model;

namespace Portal.Chat;

/// <summary>What a visitor's widget gets for one message.</summary>
/// <param name="Response">The answer; for a failed message the fallback text; empty while pending.</param>
/// <param name="Author">Who speaks: <c>ai</c>.</param>
public sealed record Reply(
    Guid Id,
    Guid? ClientMessageId,
    ChatStatus Status,
    string Response,
    double? Confidence,
    IReadOnlyList<string> Suggestions,
    IReadOnlyList<BotSource> Sources,
    string Author,
    DateTimeOffset? AnsweredAt)
{
    public const string Ai = "ai";

    public static Reply Of(NewMessage message, Claim.Mine claim, BotOutcome outcome, string fallback, DateTimeOffset now) => outcome switch
    {
        BotOutcome.Answered { Answer: var answer } => new(
            claim.MessageId, message.ClientMessageId, ChatStatus.Answered, answer.Text, answer.Confidence, answer.Suggestions, answer.Sources, Ai, now),
        BotOutcome.Failed => new(claim.MessageId, message.ClientMessageId, ChatStatus.Failed, fallback, null, [], [], Ai, now),
        _ => throw new UnreachableException(),
    };

    public static Reply Of(ChatLog log) => new(
        log.Id, log.ClientMessageId, log.Status, log.Response, log.Confidence, ListOf<string>(log.Suggestions), ListOf<BotSource>(log.Sources), Ai, log.AnsweredAt);

    public static IReadOnlyList<T> ListOf<T>(string? json) => json is null ? [] : JsonSerializer.Deserialize<List<T>>(json, WidgetConfig.Json) ?? [];
}

/// <summary>An earlier question and its answer, which go along so that the bot knows what was said.</summary>
public sealed record Turn(string Question, string Answer)
{
    public const int MaxCount = 50;
    private const int MaxCharacters = 16_000;

    /// <summary>The newest turns that fit, oldest first.</summary>
    /// <param name="newestFirst">As they come from the database.</param>
    public static IReadOnlyList<Turn> Bounded(IEnumerable<Turn> newestFirst)
    {
        var left = MaxCharacters;
        return [.. newestFirst.TakeWhile(turn => (left -= turn.Question.Length + turn.Answer.Length) >= 0).Reverse()];
    }
}
