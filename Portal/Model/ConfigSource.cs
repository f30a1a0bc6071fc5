using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace Portal.Model;

/// <summary>
/// A config as it was written, perhaps by hand. Unknown and unreadable parts are preserved, at any depth, until
/// somebody changes that setting.
/// </summary>
internal sealed class ConfigSource
{
    private const int MaxDepth = 256;

    private static readonly JsonSerializerOptions s_options = new(WidgetConfig.Json)
    {
        MaxDepth = MaxDepth + 8,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
    };

    private readonly string _text;
    private readonly JsonNode? _written;
    private readonly JsonNode _read;

    private ConfigSource(string text, JsonNode? written, JsonNode read, IReadOnlyList<ConfigProblem> problems) =>
        (_text, _written, _read, Problems) = (text, written, read, problems);

    public IReadOnlyList<ConfigProblem> Problems { get; }

    public static WidgetConfig Read(string text)
    {
        var problems = new List<ConfigProblem>();
        JsonNode? written;
        try
        {
            written = JsonNode.Parse(text, documentOptions: new() { MaxDepth = MaxDepth });
        }
        catch (JsonException)
        {
            written = null;
            problems.Add(new("config", Short(text), Used: null));
        }

        var clean = written is null
            ? null
            : Readable(written, s_options.GetTypeInfo(typeof(WidgetConfig)), "", problems);
        var config = clean.Deserialize<WidgetConfig>(s_options) ?? new();
        var read = Typed(config);
        Compare(clean, read, "", problems);
        return config with { Source = new(text, written, read, problems) };
    }

    /// <summary>The config, together with the other parts that were written.</summary>
    public string Write(WidgetConfig config)
    {
        var now = Typed(config);
        if (_written is not JsonObject written)
        {
            return JsonNode.DeepEquals(now, _read) ? _text : now.ToJsonString(s_options);
        }

        return Merge(now.AsObject(), _read.AsObject(), written).ToJsonString(s_options);
    }

    /// <summary>The known part of a config, without anything else that was written.</summary>
    public static JsonNode Typed(WidgetConfig config) => JsonSerializer.SerializeToNode(config, s_options)!;

    private static JsonObject Merge(JsonObject now, JsonObject read, JsonObject written)
    {
        var merged = new JsonObject();
        var done = new HashSet<string>();
        foreach (var (name, value) in now)
        {
            if (KeyOf(written, name) is not { } key)
            {
                merged[name] = value?.DeepClone();
                continue;
            }

            done.Add(key);
            var (before, source) = (read[name], written[key]);
            if (JsonNode.DeepEquals(value, before))
            {
                merged[key] =
                    source is JsonObject part && value is JsonObject known
                        ? Merge(known, known, part)
                        : source?.DeepClone();
            }
            else
            {
                merged[name] = (value, before, source) is (JsonObject mine, JsonObject old, JsonObject theirs)
                    ? Merge(mine, old, theirs)
                    : value?.DeepClone();
            }
        }

        foreach (var (key, value) in written.Where(entry => !done.Contains(entry.Key)))
        {
            // A value that was read and is missing now was removed on purpose.
            if (!read.ContainsKey(key))
            {
                merged[key] = value?.DeepClone();
            }
        }

        return merged;
    }

    // The readable part of a value; unreadable parts are left out and recorded.
    private static JsonNode? Readable(JsonNode node, JsonTypeInfo type, string path, List<ConfigProblem> problems)
    {
        switch (type.Kind, node)
        {
            case (JsonTypeInfoKind.Object, JsonObject written):
                return ReadableObject(written, type, path, problems);
            case (JsonTypeInfoKind.Dictionary, JsonObject written):
                return new JsonObject(
                    written
                        .Select(entry =>
                            KeyValuePair.Create(
                                entry.Key,
                                ReadableValue(entry.Value, type.ElementType!, Join(path, entry.Key), problems)
                            )
                        )
                        .Where(entry => entry.Value is not null)
                );
            case (JsonTypeInfoKind.Enumerable, JsonArray written):
                return new JsonArray([
                    .. written
                        .Select((item, n) => ReadableValue(item, type.ElementType!, $"{path}[{n}]", problems))
                        .Where(item => item is not null),
                ]);
            case (JsonTypeInfoKind.None, JsonValue) when CanRead(node, type.Type):
                return node.DeepClone();
            default:
                problems.Add(new(path, Short(node.ToJsonString()), Used: null));
                return null;
        }
    }

    private static JsonObject ReadableObject(
        JsonObject written,
        JsonTypeInfo type,
        string path,
        List<ConfigProblem> problems
    )
    {
        var readable = new JsonObject();
        foreach (var property in type.Properties)
        {
            if (
                KeyOf(written, property.Name) is { } key
                && ReadableValue(written[key], property.PropertyType, Join(path, property.Name), problems) is { } value
            )
            {
                readable[property.Name] = value;
            }
        }

        return readable;
    }

    private static JsonNode? ReadableValue(JsonNode? node, Type type, string path, List<ConfigProblem> problems) =>
        node is null ? null : Readable(node, s_options.GetTypeInfo(type), path, problems);

    private static bool CanRead(JsonNode node, Type type)
    {
        try
        {
            return node.Deserialize(type, s_options) is not null;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException)
        {
            return false;
        }
    }

    // A value of the right type may still be unusable, such as an invalid color.
    private static void Compare(JsonNode? clean, JsonNode? read, string path, List<ConfigProblem> problems)
    {
        if (clean is JsonObject given && read is JsonObject taken)
        {
            foreach (var (name, value) in given)
            {
                Compare(value, taken[name], Join(path, name), problems);
            }
        }
        else if (clean is not null && !JsonNode.DeepEquals(clean, read))
        {
            problems.Add(new(path, Short(clean.ToJsonString()), read?.ToJsonString()));
        }
    }

    private static string? KeyOf(JsonObject written, string name) =>
        written.ContainsKey(name)
            ? name
            : written
                .Select(entry => entry.Key)
                .FirstOrDefault(key => key.Equals(name, StringComparison.OrdinalIgnoreCase));

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";

    private static string Short(string json) => json.Length <= 60 ? json : json[..59] + "…";
}

/// <summary>A value in a config, written by hand, that is not used as it stands there.</summary>
/// <param name="Path">Where, as in <c>retention.days</c>.</param>
/// <param name="Written">What stands there, as JSON.</param>
/// <param name="Used">What is used instead, as JSON; null: as if nothing stood there.</param>
public sealed record ConfigProblem(string Path, string Written, string? Used);
