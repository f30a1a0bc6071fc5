using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace Portal.Model;

/// <summary>
/// The <c>config</c> of a widget, schema 1 (docs/config-schema.md). Reading is lenient, because rows are also written
/// by hand: an unreadable value counts as not set and never turns a widget off. Pages, jobs and the chat all use this
/// reader.
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

    /// <summary>The client's privacy policy; null means the portal's own page for this widget.</summary>
    public string? PrivacyUrl { get; init; }

    /// <summary>The source that it was read from; null for a new config.</summary>
    [JsonIgnore]
    internal ConfigSource? Source { get; init; }

    /// <summary>The values, written by hand, that are not used as they were written. They are kept.</summary>
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
