namespace Portal.Webhooks;

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
