using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace Portal.Model;

/// <summary>
/// The <c>config</c> of a widget, schema 1 (docs/config-schema.md). Reading is lenient, since rows are also written by hand:
/// a part that cannot be understood takes its defaults and never switches a widget off.
/// </summary>
public sealed record WidgetConfig
{
    public int Schema { get; init; } = 1;
    public WidgetLook Look { get; init => field = value ?? new(); } = new();
    public WidgetTexts Texts { get; init => field = value ?? new(); } = new();
    public WidgetBehaviour Behaviour { get; init => field = value ?? new(); } = new();
    public WidgetBot Bot { get; init => field = value ?? new(); } = new();
    public WidgetSecurity Security { get; init => field = value ?? new(); } = new();
    public WidgetRetention Retention { get; init => field = value ?? new(); } = new();

    /// <summary>The client's privacy notice; null means the portal's own page for this widget.</summary>
    public string? PrivacyUrl { get; init; }

    /// <summary>Keys that we do not know are kept as they are.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Other { get; init; }

    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { NumberHandling = JsonNumberHandling.Strict };

    internal static readonly ValueConverter Converter = new ValueConverter<WidgetConfig, string>(config => config.ToJson(), json => Parse(json));

    internal static readonly ValueComparer<WidgetConfig> Comparer = new(
        (one, other) => (one == null ? null : one.ToJson()) == (other == null ? null : other.ToJson()),
        config => config.ToJson().GetHashCode(StringComparison.Ordinal),
        config => config);

    public string ToJson() => JsonSerializer.Serialize(this, Json);

    public static WidgetConfig Parse(string json)
    {
        try
        {
            return JsonSerializer.Deserialize<WidgetConfig>(json, Json) ?? new();
        }
        catch (JsonException)
        {
            return ParseParts(json);
        }
    }

    private static WidgetConfig ParseParts(string json)
    {
        using var document = JsonDocument.Parse(json);
        if (document.RootElement.ValueKind != JsonValueKind.Object)
        {
            return new();
        }

        return new()
        {
            Look = Part<WidgetLook>(document.RootElement, "look"),
            Texts = Part<WidgetTexts>(document.RootElement, "texts"),
            Behaviour = Part<WidgetBehaviour>(document.RootElement, "behaviour"),
            Bot = Part<WidgetBot>(document.RootElement, "bot"),
            Security = Part<WidgetSecurity>(document.RootElement, "security"),
            Retention = Part<WidgetRetention>(document.RootElement, "retention"),
            PrivacyUrl = document.RootElement.TryGetProperty("privacyUrl", out var url) && url.ValueKind == JsonValueKind.String ? url.GetString() : null,
        };
    }

    private static T Part<T>(JsonElement config, string name) where T : new()
    {
        try
        {
            return config.TryGetProperty(name, out var part) ? part.Deserialize<T>(Json) ?? new() : new();
        }
        catch (JsonException)
        {
            return new();
        }
    }
}
