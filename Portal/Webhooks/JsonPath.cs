using System.Globalization;
using System.Text.Json;

namespace Portal.Webhooks;

/// <summary>A path such as <c>data.reply</c>, <c>$json.body.text</c> or <c>[0].output</c>.</summary>
internal static class JsonPath
{
    public static JsonElement? Find(JsonElement root, string path)
    {
        // Evaluated against the item, as in n8n; several items come as an array.
        if (root.ValueKind == JsonValueKind.Array && root.GetArrayLength() > 0 && !path.StartsWith('['))
        {
            root = root[0];
        }

        foreach (
            var step in path.Replace("[", ".", StringComparison.Ordinal)
                .Replace("]", "", StringComparison.Ordinal)
                .Split('.', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        )
        {
            if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty(step, out var child))
            {
                root = child;
            }
            else if (
                root.ValueKind == JsonValueKind.Array
                && int.TryParse(step, NumberStyles.None, CultureInfo.InvariantCulture, out var index)
                && index < root.GetArrayLength()
            )
            {
                root = root[index];
            }
            else if (step is not ("$json" or "$"))
            {
                return null;
            }
        }

        return root;
    }
}
