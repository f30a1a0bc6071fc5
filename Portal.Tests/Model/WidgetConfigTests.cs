using System.Text.Json.Nodes;
using Portal.Audit;
using Portal.Model;

namespace Portal.Tests.Model;

/// <summary>Configs written by hand, and docs/config-schema.md against what the code does.</summary>
public sealed class WidgetConfigTests
{
    [Fact]
    public void What_is_out_of_range_takes_the_nearest_value_and_an_unknown_word_the_default()
    {
        var config = WidgetConfig.Parse(
            """
            {"look": {"radius": 99, "offsetX": -4, "size": "huge", "font": "Comic Sans", "logo": "https://elsewhere.example/a.png"},
             "behavior": {"openAfter": 0}, "bot": {"history": 500}, "security": {"limits": {"messagesPerDay": -1}}, "retention": {"days": 99999}}
            """
        );

        Assert.Equal(
            (28, 0, "regular", "inherit", null),
            (config.Look.Radius, config.Look.OffsetX, config.Look.Size, config.Look.Font, config.Look.Logo)
        );
        Assert.Equal(
            (1, 50, null, null),
            (
                config.Behavior.OpenAfter,
                config.Bot.History,
                config.Security.Limits.MessagesPerDay,
                config.Retention.Days
            )
        );
    }

    [Fact]
    public void A_part_that_cannot_be_read_takes_its_defaults_and_the_others_stay()
    {
        var config = WidgetConfig.Parse(
            """{"look": {"radius": "round"}, "texts": {"title": "Fern"}, "privacyUrl": "https://shop.example/privacy", "retention": {"days": 30}}"""
        );

        Assert.Equal(
            (16, "Fern", "https://shop.example/privacy", 30),
            (config.Look.Radius, config.Texts.Title, config.PrivacyUrl, config.Retention.Days)
        );
    }

    [Theory]
    [InlineData(
        """{"greeting": "hi", "look": {"shadow": {"depth": [1, {"x": null}]}}, "security": {"limits": {"perHour": 5}}}""",
        "greeting",
        "look.shadow.depth",
        "security.limits.perHour"
    )]
    [InlineData("""{"look": "loud", "greeting": "hi"}""", "look", "greeting")]
    [InlineData(
        """{"retention": {"days": "30", "why": "law"}, "look": {"radius": "round", "radiusNote": 1}, "extra": [1]}""",
        "retention.days",
        "retention.why",
        "look.radius",
        "look.radiusNote",
        "extra"
    )]
    [InlineData(
        """{"retention": {"days": 0}, "texts": {"strings": {"close": 5, "send": "Go"}, "suggestions": ["a", 7, null]}}""",
        "retention.days",
        "texts.strings.close",
        "texts.suggestions"
    )]
    [InlineData(
        """{"look": {"color": "red", "radius": 99}, "privacyUrl": 5, "bot": {"history": 2.5}}""",
        "look.color",
        "look.radius",
        "privacyUrl",
        "bot.history"
    )]
    public void What_nobody_knows_and_what_cannot_be_read_is_kept_when_something_else_changes(
        string json,
        params string[] kept
    )
    {
        var edited = WidgetConfig.Parse(json);
        edited = edited with { Texts = edited.Texts with { Title = "Fern" } };
        var again = WidgetConfig.Parse(edited.ToJson());
        again = again with { Bot = again.Bot with { Prompt = "Be brief." } };

        var (before, after) = (JsonNode.Parse(json)!, JsonNode.Parse(again.ToJson())!);
        Assert.All(kept, path =>
            Assert.True(
                JsonNode.DeepEquals(At(before, path), At(after, path)),
                $"{path}: {At(after, path)?.ToJsonString()}"
            )
        );
        Assert.Equal(("Fern", "Be brief."), ((string?)At(after, "texts.title"), (string?)At(after, "bot.prompt")));
    }

    [Theory]
    [InlineData("""{"retention": {"days": "30"}}""", null)]
    [InlineData("""{"retention": {"days": 0}}""", null)]
    [InlineData("""{"retention": {"days": 30.5}}""", null)]
    [InlineData("""{"retention": {"days": 99999}}""", null)]
    [InlineData("""{"retention": 30}""", null)]
    [InlineData("""{"Retention": {"Days": 30}}""", 30)]
    [InlineData("""{"retention": {"days": 30}, "look": {"radius": "x"}}""", 30)]
    public void Days_are_read_or_kept_forever_and_what_is_wrong_is_named(string json, int? days)
    {
        var config = WidgetConfig.Parse(json);

        Assert.Equal(days, config.Retention.Days);
        Assert.Equal(
            days is null,
            config.Problems.Any(problem => problem.Path.StartsWith("retention", StringComparison.Ordinal))
        );

        // Set in the form, it is what the form says.
        Assert.Equal(
            7,
            WidgetConfig.Parse((config with { Retention = config.Retention with { Days = 7 } }).ToJson()).Retention.Days
        );
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("\"x\"")]
    [InlineData("null")]
    public void A_config_that_is_none_is_a_working_widget(string json) =>
        Assert.Equal(new WidgetConfig().Look, WidgetConfig.Parse(json).Look);

    [Fact]
    public void A_config_deeper_than_anybody_reads_is_kept_and_named()
    {
        var json = $$"""{"x": {{new string('[', 2000)}}{{new string(']', 2000)}}}""";

        var config = WidgetConfig.Parse(json);

        Assert.Equal(json, config.ToJson());
        Assert.Single(config.Problems);
    }

    private static JsonNode? At(JsonNode node, string path) =>
        path.Split('.').Aggregate((JsonNode?)node, (part, name) => part?[name]);

    [Fact]
    public void The_page_about_the_config_names_each_key_with_its_default()
    {
        var page = File.ReadAllText(Path.Combine(RepositoryPaths.Portal, "../docs/config-schema.md"));
        var keys = new Dictionary<string, string>();
        Collect(JsonNode.Parse(new WidgetConfig().ToJson())!.AsObject(), "", keys);

        Assert.NotEmpty(keys);
        Assert.All(keys, key => Assert.Contains($"| `{key.Key}` | `{key.Value}` |", page, StringComparison.Ordinal));
    }

    [Fact]
    public void Each_setting_of_the_form_is_named_in_the_history()
    {
        var before = new WidgetConfig();
        var after = new WidgetConfig
        {
            Look = new()
            {
                Color = "#000000",
                Radius = 3,
                OffsetX = 1,
                OffsetY = 1,
                Size = "large",
                Font = "system",
                Theme = "dark",
                Position = "left",
            },
            Texts = new()
            {
                Title = "a",
                Subtitle = "a",
                FirstMessage = "a",
                Placeholder = "a",
                Suggestions = ["a", "b"],
                Fallback = "a",
                AiNotice = "a",
                Language = "de",
            },
            Behavior = new()
            {
                Feedback = false,
                Comments = false,
                OpenAfter = 3,
                Consent = true,
                SensitiveHint = true,
            },
            Bot = new()
            {
                Prompt = "a",
                Personality = "a",
                History = 3,
            },
            Security = new()
            {
                Origins = ["https://a.example"],
                Limits = new() { MessagesPerDay = 1, MessagesPerMinute = 1 },
            },
            Retention = new() { Days = 3 },
            PrivacyUrl = "https://a.example",
        };

        var changes = ConfigChanges.Between(before, after);

        Assert.Equal(29, changes.Count);
        Assert.DoesNotContain(changes, change => change.Label == change.Path);
        Assert.Equal(
            ("a\nb", "on", "off"),
            (After("texts.suggestions"), After("behavior.consent"), After("behavior.feedback"))
        );
        Assert.Empty(ConfigChanges.Between(after, after));

        string? After(string path) => changes.Single(change => change.Path == path).After;
    }

    private static void Collect(JsonObject node, string prefix, Dictionary<string, string> keys)
    {
        foreach (var (name, value) in node)
        {
            if (value is JsonObject { Count: > 0 } inner)
            {
                Collect(inner, $"{prefix}{name}.", keys);
            }
            else
            {
                keys[prefix + name] = value?.ToJsonString() ?? "null";
            }
        }
    }
}
