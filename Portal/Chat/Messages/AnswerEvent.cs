namespace Portal.Chat;

/// <summary>What a visitor's connection hears while an answer is made. The last of it is <see cref="Completed"/>, unless the conversation is gone.</summary>
public abstract record AnswerEvent
{
    private AnswerEvent() { }

    /// <summary>More of the answer. Who comes later hears all that was said so far as the first of these.</summary>
    public sealed record Delta(string Text) : AnswerEvent;

    /// <summary>Nothing new, but the line is alive.</summary>
    public sealed record Heartbeat : AnswerEvent;

    /// <summary>What stands in the journal.</summary>
    public sealed record Completed(Reply Reply) : AnswerEvent;
}
