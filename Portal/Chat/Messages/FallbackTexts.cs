namespace Portal.Chat;

/// <summary>What a visitor reads when the bot cannot answer and the client has written no text of their own.</summary>
public static class FallbackTexts
{
    private const string English = "Sorry, I can't answer right now. Your question is kept: please send it again in a moment.";

    private static readonly Dictionary<string, string> Texts = new(StringComparer.OrdinalIgnoreCase)
    {
        ["en"] = English,
        ["de"] = "Entschuldigung, ich kann gerade nicht antworten. Ihre Frage ist gespeichert: Bitte senden Sie sie gleich noch einmal.",
        ["fr"] = "Désolé, je ne peux pas répondre pour le moment. Votre question est conservée : renvoyez-la dans un instant.",
        ["es"] = "Lo siento, ahora no puedo responder. Su pregunta queda guardada: vuelva a enviarla en un momento.",
        ["pt"] = "Desculpe, não consigo responder agora. A sua pergunta fica guardada: envie-a de novo daqui a pouco.",
        ["it"] = "Mi dispiace, ora non riesco a rispondere. La sua domanda è salvata: la invii di nuovo tra poco.",
        ["nl"] = "Sorry, ik kan nu niet antwoorden. Uw vraag is bewaard: stuur hem straks nog eens.",
        ["pl"] = "Przepraszam, nie mogę teraz odpowiedzieć. Pytanie zostało zapisane: wyślij je ponownie za chwilę.",
        ["tr"] = "Üzgünüm, şu anda yanıt veremiyorum. Sorunuz saklandı: lütfen birazdan yeniden gönderin.",
        ["ar"] = "عذرًا، لا أستطيع الإجابة الآن. سؤالك محفوظ: يُرجى إرساله مرة أخرى بعد قليل.",
        ["ja"] = "申し訳ありません。ただいまお答えできません。ご質問は保存されています。少し後でもう一度お送りください。",
        ["zh"] = "抱歉，我现在无法回答。您的问题已保存，请稍后再次发送。",
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
