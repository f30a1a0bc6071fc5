using System.Text.Json.Nodes;

namespace Portal.Model;

/// <summary>One setting that two configs do not share, in the words of the form.</summary>
/// <param name="Before">What a person reads; null when it was not set.</param>
public sealed record ConfigChange(string Path, string Label, string? Before, string? After)
{
    public bool IsColor => Contrast.IsColor(Before ?? After);

    public bool IsPicture => Path is "look.logo" or "look.avatar";
}

/// <summary>The differences between two configs, setting by setting.</summary>
public static class ConfigChanges
{
    // In the order of the form. A setting that is not listed comes last, under its own path.
    private static readonly (string Path, string Label)[] s_labels =
    [
        ("look.color", "Brand color"),
        ("look.logo", "Logo"),
        ("look.avatar", "Avatar"),
        ("look.theme", "Theme"),
        ("look.position", "Position"),
        ("look.offsetX", "Side spacing (px)"),
        ("look.offsetY", "Bottom spacing (px)"),
        ("look.size", "Size"),
        ("look.radius", "Corner radius (px)"),
        ("look.font", "Font"),
        ("texts.title", "Title"),
        ("texts.subtitle", "Subtitle"),
        ("texts.firstMessage", "Welcome message"),
        ("texts.suggestions", "Suggested questions"),
        ("texts.placeholder", "Input placeholder"),
        ("texts.fallback", "Fallback message"),
        ("texts.aiNotice", "AI notice (additional text)"),
        ("texts.language", "Interface language"),
        ("behavior.openAfter", "Auto-open after (seconds)"),
        ("behavior.feedback", "Answer ratings"),
        ("behavior.comments", "Ask for a comment"),
        ("behavior.consent", "Require consent"),
        ("behavior.sensitiveHint", "Sensitive-data reminder"),
        ("privacyUrl", "Privacy policy URL"),
        ("bot.prompt", "System prompt"),
        ("bot.personality", "Personality"),
        ("bot.history", "Conversation history"),
        ("security.origins", "Allowed domains"),
        ("security.pageQuery", "Query parameters of page URLs"),
        ("security.limits.messagesPerMinute", "Rate limit per visitor"),
        ("security.limits.messagesPerDay", "Daily message limit"),
        ("retention.days", "Data retention (days)"),
    ];

    private const string Wording = "texts.strings.";

    private static readonly Dictionary<string, (int Order, string Label)> s_byPath = s_labels
        .Select((entry, order) => (entry.Path, order, entry.Label))
        .ToDictionary(entry => entry.Path, entry => (entry.order, entry.Label));

    public static IReadOnlyList<ConfigChange> Between(WidgetConfig before, WidgetConfig after)
    {
        var (old, now) = (Leaves(before), Leaves(after));
        return
        [
            .. old
                .Keys.Union(now.Keys)
                .Where(path => old.GetValueOrDefault(path) != now.GetValueOrDefault(path))
                .Select(path =>
                    (
                        Path: path,
                        Known: s_byPath.GetValueOrDefault(
                            path,
                            (
                                int.MaxValue,
                                path.StartsWith(Wording, StringComparison.Ordinal)
                                    ? $"Label “{path[Wording.Length..]}”"
                                    : path
                            )
                        )
                    )
                )
                .OrderBy(entry => entry.Known.Item1)
                .ThenBy(entry => entry.Path, StringComparer.Ordinal)
                .Select(entry => new ConfigChange(
                    entry.Path,
                    entry.Known.Item2,
                    old.GetValueOrDefault(entry.Path),
                    now.GetValueOrDefault(entry.Path)
                )),
        ];
    }

    private static Dictionary<string, string?> Leaves(WidgetConfig config)
    {
        var leaves = new Dictionary<string, string?>();
        if (JsonNode.Parse(config.ToJson(), documentOptions: new() { MaxDepth = 1000 }) is JsonObject all)
        {
            Collect(all, "", leaves);
        }

        // Known settings are compared by their parsed value.
        var known = new Dictionary<string, string?>();
        var typed = ConfigSource.Typed(config).AsObject();
        Collect(typed, "", known);
        foreach (var path in leaves.Keys.Where(path => known.ContainsKey(path) || IsKnown(typed, path)).ToList())
        {
            leaves.Remove(path);
        }

        return leaves.Concat(known).ToDictionary();
    }

    private static bool IsKnown(JsonObject typed, string path)
    {
        JsonNode? node = typed;
        foreach (var name in path.Split('.'))
        {
            if (node is not JsonObject part)
            {
                return true;
            }

            var known = part.Select(entry => entry.Key)
                .FirstOrDefault(key => key.Equals(name, StringComparison.OrdinalIgnoreCase));
            if (known is null)
            {
                return false;
            }

            node = part[known];
        }

        return true;
    }

    /// <summary>The label of a setting in the form.</summary>
    public static string LabelOf(string path) => s_byPath.TryGetValue(path, out var known) ? known.Label : path;

    private static void Collect(JsonObject node, string prefix, Dictionary<string, string?> leaves)
    {
        foreach (var (name, value) in node)
        {
            if (value is JsonObject inner)
            {
                Collect(inner, $"{prefix}{name}.", leaves);
            }
            else if (Text(value) is { } text)
            {
                leaves[prefix + name] = text;
            }
        }
    }

    private static string? Text(JsonNode? value) =>
        value switch
        {
            null => null,
            JsonArray list => list.Count == 0 ? null : string.Join('\n', list.Select(Text)),
            _ => value.GetValueKind() switch
            {
                System.Text.Json.JsonValueKind.True => "on",
                System.Text.Json.JsonValueKind.False => "off",
                _ => value.ToString(),
            },
        };
}
