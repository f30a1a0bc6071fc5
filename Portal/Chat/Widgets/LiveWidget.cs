using Portal.Model;
using Portal.Webhooks;

namespace Portal.Chat;

/// <summary>
/// A widget as the chat path sees it: the published config, with its secrets decrypted. It never leaves this process.
/// </summary>
public sealed record LiveWidget(
    Guid Id,
    Guid ClientId,
    string Name,
    string Business,
    int Version,
    WidgetConfig Config,
    WebhookTarget Target,
    byte[] Secret,
    bool IsOn,
    bool IsDemo,
    DateTimeOffset? ExpiresAt
)
{
    /// <summary>Shown to those who edit it.</summary>
    public bool IsPreview { get; init; }

    /// <summary>How to reach the business otherwise; null when it has not said.</summary>
    public string? Contact { get; init; }

    /// <summary>What a visitor reads when no more messages are taken for a while.</summary>
    /// <param name="locale">The visitor's language tag, for a widget that follows the page.</param>
    public string OverBudget(string? locale) => OverBudgetTexts.Of(Contact, Config.Texts.Language, locale);

    /// <summary>The link of a demo; null for other widgets.</summary>
    public LiveDemo? Demo { get; init; }

    public bool IsAnswering(DateTimeOffset now) => IsOn && (ExpiresAt is null || ExpiresAt > now);

    /// <summary>What a visitor reads when the bot cannot answer.</summary>
    /// <param name="locale">The visitor's language tag, for a widget that follows the page.</param>
    public string Fallback(string? locale) => FallbackTexts.Of(Config.Texts.Fallback, Config.Texts.Language, locale);
}

/// <param name="PasscodeHash">Of the passcode that its page asks for; null when it asks for none.</param>
public sealed record LiveDemo(Guid Link, string? PasscodeHash);
