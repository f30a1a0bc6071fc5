namespace Portal.Chat;

/// <summary>The message for visitors when a widget's or its client's message budget is used up.</summary>
public static class OverBudgetTexts
{
    private static readonly Dictionary<string, (string Plain, string Contact)> Texts = new(
        StringComparer.OrdinalIgnoreCase
    )
    {
        ["en"] = (
            "This chat has reached its message limit. Please try again later.",
            "This chat has reached its message limit. Please write to {0}."
        ),
        ["de"] = (
            "Dieser Chat hat sein Nachrichtenlimit erreicht. Bitte versuchen Sie es später noch einmal.",
            "Dieser Chat hat sein Nachrichtenlimit erreicht. Bitte schreiben Sie an {0}."
        ),
        ["fr"] = (
            "Ce chat a atteint sa limite de messages. Veuillez réessayer plus tard.",
            "Ce chat a atteint sa limite de messages. Veuillez écrire à {0}."
        ),
        ["es"] = (
            "Este chat ha alcanzado su límite de mensajes. Inténtelo de nuevo más tarde.",
            "Este chat ha alcanzado su límite de mensajes. Escriba a {0}."
        ),
        ["pt"] = (
            "Este chat atingiu o limite de mensagens. Tente novamente mais tarde.",
            "Este chat atingiu o limite de mensagens. Escreva para {0}."
        ),
        ["it"] = (
            "Questa chat ha raggiunto il limite di messaggi. Riprovi più tardi.",
            "Questa chat ha raggiunto il limite di messaggi. Scriva a {0}."
        ),
        ["nl"] = (
            "Deze chat heeft de berichtenlimiet bereikt. Probeer het later opnieuw.",
            "Deze chat heeft de berichtenlimiet bereikt. Schrijf naar {0}."
        ),
        ["pl"] = (
            "Ten czat osiągnął limit wiadomości. Spróbuj ponownie później.",
            "Ten czat osiągnął limit wiadomości. Napisz na adres {0}."
        ),
        ["tr"] = (
            "Bu sohbet mesaj sınırına ulaştı. Lütfen daha sonra yeniden deneyin.",
            "Bu sohbet mesaj sınırına ulaştı. Lütfen {0} adresine yazın."
        ),
        ["ar"] = (
            "بلغت هذه المحادثة حد الرسائل. يُرجى المحاولة لاحقًا.",
            "بلغت هذه المحادثة حد الرسائل. يُرجى الكتابة إلى {0}."
        ),
        ["ja"] = (
            "このチャットはメッセージの上限に達しました。後でもう一度お試しください。",
            "このチャットはメッセージの上限に達しました。{0} までご連絡ください。"
        ),
        ["zh"] = ("此聊天已达到消息上限，请稍后再试。", "此聊天已达到消息上限，请写信至 {0}。"),
    };

    /// <param name="contact">Where else the business can be reached.</param>
    /// <param name="chosen">The widget's language, or <c>auto</c>.</param>
    /// <param name="locale">The visitor's language tag.</param>
    public static string Of(string? contact, string? chosen, string? locale)
    {
        var tag = chosen is null or "auto" ? locale : chosen;
        var texts = Texts.GetValueOrDefault(tag?.Split('-', '_')[0] ?? "en", Texts["en"]);
        return contact is null
            ? texts.Plain
            : string.Format(System.Globalization.CultureInfo.InvariantCulture, texts.Contact, contact);
    }
}
