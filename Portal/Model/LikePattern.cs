namespace Portal.Model;

/// <summary>Patterns for SQL's LIKE and ILIKE.</summary>
public static class LikePattern
{
    /// <summary>The escape character of the patterns.</summary>
    public const string Escape = "\\";

    /// <summary>Matches what contains the text, in which % and _ are no wildcards.</summary>
    public static string Containing(string text) =>
        $"%{text.Trim().Replace("\\", "\\\\").Replace("%", "\\%").Replace("_", "\\_")}%";
}
