namespace Portal.Sample;

/// <summary>What the sample bot knows about Alder &amp; Finch, a furniture shop that does not exist.</summary>
internal static class ShopKnowledge
{
    internal sealed record Source(string Title, string Url);

    internal sealed record Topic(string[] Words, string Answer, string[] Suggestions, Source[] Sources);

    /// <param name="Confidence">Grows with the words it knew, and falls when another topic fits as well.</param>
    internal sealed record Found(Topic Topic, double Confidence);

    private static readonly char[] Separators = [' ', ',', '.', '?', '!', '\'', '’', '\n', '/', '-'];

    private static readonly Source Returns = new("Returns", "https://alderfinch.example/returns");
    private static readonly Source Delivery = new("Delivery", "https://alderfinch.example/delivery");
    private static readonly Source Care = new("Care guide", "https://alderfinch.example/care");
    private static readonly Source Visit = new("Visit us", "https://alderfinch.example/visit");

    private static readonly Topic[] Topics =
    [
        new(
            ["open", "opening", "hour", "today", "saturday", "sunday", "closed", "close"],
            "Our showroom in Leipzig is open **Tuesday to Saturday, 10:00 to 18:30**. We are closed on Sundays and Mondays.",
            ["Where are you?", "How can I reach you?"],
            [Visit]
        ),
        new(
            ["return", "refund", "exchange", "back", "collect", "collection"],
            """
            Yes. You have **30 days** from delivery, and we collect it from your home.

            - **Not through the door?** Our drivers take it back the same day, free of charge.
            - **Otherwise** collection costs €49 and the money is back in 5 working days.
            """,
            ["How is a collection booked?", "When will my order arrive?"],
            [Returns, Delivery]
        ),
        new(
            ["deliver", "delivery", "shipping", "ship", "order", "arrive", "floor"],
            "We deliver within **6 working days** in the EU, on a day that you choose. Two people carry it to the room you want.",
            ["Can I return a sofa?", "Do you deliver on Saturday?"],
            [Delivery]
        ),
        new(
            ["oil", "table", "oak", "care", "clean", "wash", "stain", "fabric"],
            "For our oak tables, use a **hard wax oil** once a year:\n\n1. Wipe the top with a damp cloth and let it dry.\n2. Rub in a thin layer along the grain.\n3. Polish after 20 minutes.",
            ["Can I return a sofa?"],
            [Care]
        ),
        new(
            ["price", "cost", "discount", "trade", "hotel"],
            "Sofas start at **€1,290**, tables at **€640**. Architects and hotels get trade prices: write to [trade@alderfinch.example](mailto:trade@alderfinch.example).",
            ["When will my order arrive?"],
            []
        ),
        new(
            ["contact", "reach", "phone", "call", "mail", "email", "write", "address", "where"],
            "Call us on [+49 341 000000](tel:+49341000000), write to [hello@alderfinch.example](mailto:hello@alderfinch.example), or visit us at Karl-Heine-Straße 12, Leipzig.",
            ["When are you open?"],
            [Visit]
        ),
        new(
            ["hello", "hi", "hallo", "hey", "bonjour"],
            "Hello! Ask me about opening hours, delivery, returns, care, or prices.",
            ["When are you open?", "Can I return a sofa?", "Which oil for the oak table?"],
            []
        ),
    ];

    private static readonly Topic Unknown = new(
        [],
        "I don’t know that. I can tell you about opening hours, delivery, returns, care and prices; for everything else write to [hello@alderfinch.example](mailto:hello@alderfinch.example).",
        ["When are you open?", "When will my order arrive?"],
        []
    );

    public static Found Find(string question)
    {
        var words = question.ToLowerInvariant().Split(Separators, StringSplitOptions.RemoveEmptyEntries);
        var ranked = Topics
            .Select(topic =>
                (
                    Topic: topic,
                    Hits: words.Count(word => topic.Words.Any(known => word == known || word == $"{known}s"))
                )
            )
            .OrderByDescending(found => found.Hits)
            .ToList();
        var (best, hits) = ranked[0];
        if (hits == 0)
        {
            return new(Unknown, 0.12);
        }

        var sure = Math.Min(0.97, 0.68 + (0.12 * hits));
        return new(best, Math.Round(ranked[1].Hits == hits ? sure - 0.25 : sure, 2));
    }
}
