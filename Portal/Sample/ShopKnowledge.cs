namespace Portal.Sample;

/// <summary>What the sample bot knows about Alder &amp; Finch, a furniture shop that does not exist.</summary>
internal static class ShopKnowledge
{
    internal sealed record Source(string Title, string Url);

    /// <param name="Confidence">For a question that names all of the topic's words.</param>
    internal sealed record Topic(string[] Words, string Answer, double Confidence, string[] Suggestions, Source[] Sources);

    private static readonly Source Returns = new("Returns", "https://alderfinch.example/returns");
    private static readonly Source Delivery = new("Delivery", "https://alderfinch.example/delivery");

    private static readonly Topic[] Topics =
    [
        new(["return", "refund", "exchange", "back"],
            """
            Yes. You have **30 days** from delivery, and we collect it from your home.

            - **Not through the door?** Our drivers take it back the same day, free of charge.
            - **Otherwise** collection costs €49 and the money is back in 5 working days.
            """,
            0.91, ["Book a collection", "Measure my door"], [Returns, Delivery]),
        new(["deliver", "delivery", "shipping", "ship", "order", "arrive"],
            "We deliver within **6 working days** in the EU, on a day that you choose. Two people carry it to the room you want.",
            0.94, ["Do you deliver to the third floor?", "Can I return a sofa?"], [Delivery]),
        new(["oil", "table", "oak", "care", "clean"],
            "For our oak tables, use a **hard wax oil** once a year:\n\n1. Wipe the top with a damp cloth and let it dry.\n2. Rub in a thin layer along the grain.\n3. Polish after 20 minutes.",
            0.88, ["Which sofa fabrics can be washed?"], [new("Care guide", "https://alderfinch.example/care")]),
        new(["price", "cost", "discount", "trade"],
            "Sofas start at **€1,290**, tables at **€640**. Architects and hotels get trade prices: write to [trade@alderfinch.example](mailto:trade@alderfinch.example).",
            0.66, ["When will my order arrive?"], []),
        new(["hello", "hi", "hallo", "hey", "bonjour"],
            "Hello! Ask me about delivery, returns, care, or a sofa that fits.",
            0.97, ["When will my order arrive?", "Can I return a sofa?", "Which oil for the oak table?"], []),
    ];

    private static readonly Topic Unknown = new(
        [],
        "I am not sure about that. I know about delivery, returns, prices and the care of our furniture.",
        0.28, ["When will my order arrive?", "Can I return a sofa?"], []);

    public static Topic Find(string question)
    {
        var words = question.ToLowerInvariant().Split([' ', ',', '.', '?', '!', '\'', '’', '\n'], StringSplitOptions.RemoveEmptyEntries);
        return Topics.MaxBy(Hits) is { } best && Hits(best) > 0 ? best : Unknown;

        int Hits(Topic topic) => words.Count(word => topic.Words.Any(known => word == known || word == $"{known}s"));
    }
}
