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

public sealed record WidgetLook
{
    /// <summary>The client's colour, <c>#RRGGBB</c>.</summary>
    public string Color { get; init => field = value ?? "#2B50DC"; } = "#2B50DC";

    /// <summary><c>auto</c> follows the visitor's device; <c>light</c> or <c>dark</c>.</summary>
    public string Theme { get; init => field = value ?? "auto"; } = "auto";

    /// <summary>The corner of the page: <c>right</c> or <c>left</c>.</summary>
    public string Position { get; init => field = value ?? "right"; } = "right";
}

public sealed record WidgetTexts
{
    /// <summary>Name in the header; null means the widget's own name.</summary>
    public string? Title { get; init; }

    public string? Subtitle { get; init; }

    /// <summary>The bot's opening line; null means the widget's greeting in the visitor's language.</summary>
    public string? FirstMessage { get; init; }

    public string? Placeholder { get; init; }
    public IReadOnlyList<string> Suggestions { get; init => field = value ?? []; } = [];

    /// <summary>What a visitor reads when the bot cannot answer; null means a sentence in the visitor's language.</summary>
    public string? Fallback { get; init; }

    /// <summary>Added to the statement that an AI answers. The statement itself is fixed.</summary>
    public string? AiNotice { get; init; }

    /// <summary>A language tag, or <c>auto</c> for the page's own.</summary>
    public string Language { get; init => field = value ?? "auto"; } = "auto";
}

public sealed record WidgetBehaviour
{
    /// <summary>Whether visitors may rate an answer.</summary>
    public bool Feedback { get; init; } = true;
}

public sealed record WidgetBot
{
    public string? Prompt { get; init; }
    public string? Personality { get; init; }

    /// <summary>How many earlier turns go along with a question.</summary>
    public int History { get; init; } = 10;
}

public sealed record WidgetSecurity
{
    /// <summary>Websites that may show the widget, as origins (<c>https://www.example.com</c>). None listed means any.</summary>
    public IReadOnlyList<string> Origins { get; init => field = value ?? []; } = [];
}
