namespace Portal.Chat;

/// <summary>What a visitor's connection hears while an answer is made. The last of it is <see cref="End"/>, unless the conversation is gone.</summary>
public abstract record Heard
{
    private Heard()
    {
    }

    /// <summary>More of the answer. Who comes later hears all that was said so far as the first of these.</summary>
    public sealed record Words(string Text) : Heard;

    /// <summary>Nothing new, but the line is alive.</summary>
    public sealed record Silence : Heard;

    /// <summary>What stands in the journal.</summary>
    public sealed record End(Reply Reply) : Heard;
}
