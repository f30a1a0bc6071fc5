namespace Portal.Chat;

/// <summary>The fallback message for visitors when the bot cannot answer and the client has not written one.</summary>
public static class FallbackTexts
{
    private const string English = "Sorry, I can’t answer right now. Please try again in a moment.";

    private static readonly Dictionary<string, string> Texts = new(StringComparer.OrdinalIgnoreCase)
    {
        ["en"] = English,
        ["de"] = "Entschuldigung, ich kann gerade nicht antworten. Bitte versuchen Sie es gleich noch einmal.",
        ["fr"] = "Désolé, je ne peux pas répondre pour le moment. Veuillez réessayer dans un instant.",
        ["es"] = "Lo siento, ahora no puedo responder. Inténtelo de nuevo en un momento.",
        ["pt"] = "Desculpe, não consigo responder agora. Tente novamente daqui a pouco.",
        ["it"] = "Mi dispiace, ora non riesco a rispondere. Riprovi tra poco.",
        ["nl"] = "Sorry, ik kan nu niet antwoorden. Probeer het straks opnieuw.",
        ["pl"] = "Przepraszam, nie mogę teraz odpowiedzieć. Spróbuj ponownie za chwilę.",
        ["tr"] = "Üzgünüm, şu anda yanıt veremiyorum. Lütfen birazdan yeniden deneyin.",
        ["ar"] = "عذرًا، لا أستطيع الإجابة الآن. يُرجى المحاولة مرة أخرى بعد قليل.",
        ["ja"] = "申し訳ありません。ただいまお答えできません。少し後でもう一度お試しください。",
        ["zh"] = "抱歉，我现在无法回答。请稍后再试。",
    };

    /// <param name="own">The client's own text.</param>
    /// <param name="language">Of the widget; <c>auto</c>, or null, follows the visitor's.</param>
    /// <param name="locale">The visitor's language tag.</param>
    public static string Of(string? own, string? language, string? locale) =>
        string.IsNullOrWhiteSpace(own) ? In(language is null or "auto" ? locale : language) : own;

    /// <param name="language">A language tag such as <c>de-AT</c>; English for what is not known.</param>
    public static string In(string? language) =>
        language is not null && Texts.TryGetValue(language.Split('-', 2)[0], out var text) ? text : English;
}
