using System.Text.Json;
using Portal.Webhooks;

namespace Portal.Chat;

/// <summary>
/// What a website set with <c>setPage</c> besides address and title: flat, short and few. It is sent to the workflow
/// and not stored. Anyone who can open the page can set it.
/// </summary>
public static class PageData
{
    public const int MaxFields = 20;
    public const int NameMaxLength = 60;
    public const int ValueMaxLength = 500;

    /// <summary>
    /// Strings, numbers and booleans by their names; a field of an object is named <c>object.field</c>. Everything else
    /// is left out.
    /// </summary>
    public static IReadOnlyDictionary<string, string>? Of(IReadOnlyDictionary<string, JsonElement>? told)
    {
        if (told is null or { Count: 0 })
        {
            return null;
        }

        var fields = new Dictionary<string, string>();
        foreach (var (name, value) in told)
        {
            if (value.ValueKind == JsonValueKind.Object)
            {
                foreach (var inner in value.EnumerateObject())
                {
                    Add(fields, $"{name}.{inner.Name}", inner.Value);
                }
            }
            else
            {
                Add(fields, name, value);
            }
        }

        return fields;
    }

    private static void Add(Dictionary<string, string> fields, string name, JsonElement value)
    {
        name = VisitorText.Clean(name);
        if (fields.Count < MaxFields && name.Length is > 0 and <= NameMaxLength && Text(value) is { Length: > 0 } text)
        {
            fields[name] = VisitorText.Cut(text, ValueMaxLength);
        }
    }

    private static string? Text(JsonElement value) =>
        value.ValueKind switch
        {
            // A lone surrogate that was escaped cannot be read.
            JsonValueKind.String => VisitorText.Clean(
                JsonSerializer.Deserialize<string>(UpstreamText.MendEscapes(value.GetRawText()))
            ),
            JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.GetRawText(),
            _ => null,
        };
}
