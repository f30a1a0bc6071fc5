namespace Portal.Chat;

/// <summary>What had been said when an answer broke off or was stopped, made fit to stand as it is.</summary>
public static class PartialAnswer
{
    private const string Ends = ".!?…。！？؟:;)]\"'”’»*_`|>";

    /// <summary>Ends in the middle of a sentence with an ellipsis, and closes a block of code, so that what follows is not taken for code.</summary>
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

    /// <summary>The words that the visitor has seen already stay, and the sentence about what went wrong comes after them.</summary>
    public static string Then(string said, string fallback) =>
        Text(said) is { Length: > 0 } text ? $"{text}\n\n{fallback}" : fallback;
}
