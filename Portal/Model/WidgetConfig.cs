using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace Portal.Model;

/// <summary>
/// The <c>config</c> of a widget, schema 1 (docs/config-schema.md). Reading is lenient, since rows are also written by hand:
/// a value that cannot be read counts as not set and never switches a widget off. It is the only reader: pages, jobs and the chat ask it.
/// </summary>
public sealed record WidgetConfig
{
    public int Schema { get; init; } = 1;
    public WidgetLook Look
    {
        get;
        init => field = value ?? new();
    } = new();
    public WidgetTexts Texts
    {
        get;
        init => field = value ?? new();
    } = new();
    public WidgetBehavior Behavior
    {
        get;
        init => field = value ?? new();
    } = new();
    public WidgetBot Bot
    {
        get;
        init => field = value ?? new();
    } = new();
    public WidgetSecurity Security
    {
        get;
        init => field = value ?? new();
    } = new();
    public WidgetRetention Retention
    {
        get;
        init => field = value ?? new();
    } = new();

    /// <summary>The client's privacy notice; null means the portal's own page for this widget.</summary>
    public string? PrivacyUrl { get; init; }

    /// <summary>Where it was read from; null for one made here.</summary>
    [JsonIgnore]
    internal ConfigSource? Source { get; init; }

    /// <summary>What stands in it, written by hand, and is not used as it stands. It is kept.</summary>
    [JsonIgnore]
    public IReadOnlyList<ConfigProblem> Problems => Source?.Problems ?? [];

    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        NumberHandling = JsonNumberHandling.Strict,
    };

    internal static readonly ValueConverter Converter = new ValueConverter<WidgetConfig, string>(
        config => config.ToJson(),
        json => Parse(json)
    );

    internal static readonly ValueComparer<WidgetConfig> Comparer = new(
        (one, other) => (one == null ? null : one.ToJson()) == (other == null ? null : other.ToJson()),
        config => config.ToJson().GetHashCode(StringComparison.Ordinal),
        config => config
    );

    /// <summary>The same, allowed on this website and on no other.</summary>
    /// <param name="website">An origin.</param>
    public WidgetConfig OnlyOn(string website) => this with { Security = Security with { Origins = [website] } };

    public string ToJson() => Source is { } source ? source.Write(this) : JsonSerializer.Serialize(this, Json);

    public static WidgetConfig Parse(string json) => ConfigSource.Read(json);
}
