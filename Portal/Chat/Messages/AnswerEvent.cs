namespace Portal.Chat;

/// <summary>
/// An event of an answer, as a visitor's connection receives it. The last one is <see cref="Completed"/>, unless the
/// conversation was deleted.
/// </summary>
public abstract record AnswerEvent
{
    private AnswerEvent() { }

    /// <summary>
    /// More text of the answer. A connection that joins later gets all text so far as its first event.
    /// </summary>
    public sealed record Delta(string Text) : AnswerEvent;

    /// <summary>Nothing new; keeps the connection open.</summary>
    public sealed record Heartbeat : AnswerEvent;

    /// <summary>The stored outcome.</summary>
    public sealed record Completed(Reply Reply) : AnswerEvent;
}
