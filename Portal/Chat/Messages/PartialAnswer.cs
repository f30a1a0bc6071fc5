namespace Portal.Chat;

/// <summary>The text of an answer that was cut off or stopped, completed so that it can be shown.</summary>
public static class PartialAnswer
{
    private const string Ends = ".!?…。！？؟:;)]\"'”’»*_`|>";

    /// <summary>
    /// Adds an ellipsis in the middle of a sentence and closes a code block, so that what follows is not taken for
    /// code.
    /// </summary>
    public static string Text(string said)
    {
        said = said.TrimEnd();
        if (said.Length == 0)
        {
            return "";
        }

        if (said.Split('\n').Count(line => line.TrimStart().StartsWith("```", StringComparison.Ordinal)) % 2 == 1)
        {
            return said + "\n```";
        }

        return Ends.Contains(said[^1], StringComparison.Ordinal) ? said : said + "…";
    }

    /// <summary>
    /// The text that the visitor has already seen stays, followed by the sentence about what went wrong.
    /// </summary>
    public static string Then(string said, string fallback) =>
        Text(said) is { Length: > 0 } text ? $"{text}\n\n{fallback}" : fallback;
}
