using System.Net;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Portal.Audit;
using Portal.Tests.Api;

namespace Portal.Tests.Pages.Widgets;

public sealed class CustomizeTests(SharedPortal portal) : IClassFixture<SharedPortal.Running>
{
    private const string Webhook = "https://n8n.shop.example/webhook/shop";

    [Fact]
    public async Task Publishing_makes_the_form_live_and_remembers_the_version()
    {
        var shop = await portal.NewWidgetAsync(Webhook, new() { Bot = new() { Prompt = "Be brief." } });
        var owner = portal.SignedIn(shop.ClientId);

        await owner.OpenAsync($"/widgets/{shop.Id}");
        await owner.SubmitAsync(
            "#customize",
            ("Title", "Fern"),
            ("Subtitle", "Usually answers in seconds"),
            ("Swatch", "own"),
            ("Color", "#1f5d4c"),
            ("Theme", "dark"),
            ("Position", "left"),
            ("FirstMessage", "Hello!\r\nWhat are you looking for?"),
            ("Suggestions", "One?\r\n\r\n Two? "),
            ("Fallback", "Call us."),
            ("Placeholder", "Ask"),
            ("Language", "de"),
            ("Feedback", "false"),
            ("Origins", "Shop.example/\nhttps://*.shop.example"),
            ("PrivacyUrl", "https://shop.example/privacy"),
            ("OffsetX", "32"),
            ("OffsetY", "0"),
            ("Size", "large"),
            ("Radius", "28"),
            ("Font", "system"),
            ("AiNotice", "Call us for orders."),
            ("Comments", "false"),
            ("OpenAfter", "5"),
            ("Consent", "true"),
            ("SensitiveHint", "true"),
            ("Prompt", "You are Fern."),
            ("Personality", "Warm."),
            ("Turns", "4"),
            ("PerMinute", "6"),
            ("PerDay", "900"),
            ("KeepDays", "30")
        );

        Assert.Equal(HttpStatusCode.OK, owner.Response.StatusCode);
        Assert.Equal("Live · v2", owner.Text("#widget-state"));
        Assert.Equal("Published. Version 2 is live.", owner.Text(".toasts"));
        Assert.Equal("https://shop.example\nhttps://*.shop.example", owner.Text("#Origins"));
        var widget = await portal.As(shop.ClientId, db => db.Widgets.SingleAsync());
        var (texts, look) = (widget.Config.Texts, widget.Config.Look);
        Assert.Equal(2, widget.Version);
        Assert.Equal(("#1F5D4C", "dark", "left"), (look.Color, look.Theme, look.Position));
        Assert.Equal(
            ("Fern", "Hello!\nWhat are you looking for?", "Call us.", "de"),
            (texts.Title, texts.FirstMessage, texts.Fallback, texts.Language)
        );
        Assert.Equal(["One?", "Two?"], texts.Suggestions);
        Assert.Equal((32, 0, "large", 28, "system"), (look.OffsetX, look.OffsetY, look.Size, look.Radius, look.Font));
        Assert.Equal(
            new()
            {
                Feedback = false,
                Comments = false,
                OpenAfter = 5,
                Consent = true,
                SensitiveHint = true,
            },
            widget.Config.Behavior
        );
        Assert.Equal(
            new()
            {
                Prompt = "You are Fern.",
                Personality = "Warm.",
                History = 4,
            },
            widget.Config.Bot
        );
        Assert.Equal(new() { MessagesPerMinute = 6, MessagesPerDay = 900 }, widget.Config.Security.Limits);
        Assert.Equal(30, widget.Config.Retention.Days);
        var version = await portal.As(shop.ClientId, db => db.WidgetVersions.SingleAsync(v => v.Version == 2));
        Assert.Equal((widget.Config.ToJson(), "Maya Kowalski"), (version.Config.ToJson(), version.PublishedName));
        var seen = await portal.Http.GetStringAsync($"/api/widgets/{shop.Id}/config");
        Assert.Contains("\"Fern\"", seen, StringComparison.Ordinal);
        Assert.Contains("\"openAfter\":5", seen, StringComparison.Ordinal);
        Assert.DoesNotContain("You are Fern.", seen, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"days": 0}""", "0")]
    [InlineData("""{"days": "30"}""", "\"30\"")]
    public async Task Days_that_cannot_be_read_are_told_and_nothing_else_that_is_published_makes_them_count(
        string retention,
        string written
    )
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        await WriteAsync(shop, $$"""{"retention": {{retention}}}""");
        var owner = portal.SignedIn(shop.ClientId);

        await owner.OpenAsync($"/widgets/{shop.Id}");
        Assert.Equal("One setting can’t be used as it was written.", owner.Text("#config-problems b"));
        Assert.Equal(written, owner.Text("#config-problems code"));
        Assert.Contains(
            "isn’t a number of days. Nothing is deleted.",
            owner.Text("#config-problems"),
            StringComparison.Ordinal
        );
        Assert.Equal("", owner.Attribute("#KeepDays", "value"));

        await owner.SubmitAsync("#customize", ("Title", "Fern"));
        Assert.Equal("Published. Version 2 is live.", owner.Text(".toasts"));
        var kept = await portal.As(shop.ClientId, db => db.Widgets.SingleAsync());
        Assert.Equal(("Fern", null), (kept.Config.Texts.Title, kept.Config.Retention.Days));
        Assert.True(
            JsonNode.DeepEquals(JsonNode.Parse(retention), JsonNode.Parse(kept.Config.ToJson())!["retention"]),
            kept.Config.ToJson()
        );

        await owner.OpenAsync($"/widgets/{shop.Id}");
        Assert.NotNull(owner.Page.QuerySelector("#config-problems"));
        await owner.SubmitAsync("#customize", ("KeepDays", "30"));
        Assert.Equal(30, (await portal.As(shop.ClientId, db => db.Widgets.SingleAsync())).Config.Retention.Days);
        await owner.OpenAsync($"/widgets/{shop.Id}");
        Assert.Null(owner.Page.QuerySelector("#config-problems"));
    }

    [Fact]
    public async Task Publishing_keeps_what_the_portal_does_not_know_and_what_it_cannot_read()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        const string Config = """
            {"greeting": "hi", "look": {"radius": "round", "shadow": {"depth": [1, {"x": null}]}}, "texts": {"note": "ours"},
             "security": {"limits": {"perHour": 5}}, "retention": {"days": 30, "why": "law"}}
            """;
        await WriteAsync(shop, Config);
        var owner = portal.SignedIn(shop.ClientId);

        await owner.OpenAsync($"/widgets/{shop.Id}");
        Assert.Contains("\"round\"", owner.Text("#config-problems"), StringComparison.Ordinal);
        await owner.SubmitAsync("#customize", ("Title", "Fern"));
        // A version, too, is what it was: going back to it loses nothing.
        var versions = await portal.As(shop.ClientId, db =>
            db.WidgetVersions.Where(version => version.Version == 2).Select(version => version.Config).ToListAsync()
        );
        var live = (await portal.As(shop.ClientId, db => db.Widgets.SingleAsync())).Config;

        Assert.Single(versions);
        Assert.All([live, versions[0]], config =>
        {
            var (before, after) = (JsonNode.Parse(Config)!, JsonNode.Parse(config.ToJson())!);
            Assert.Equal("Fern", (string?)after["texts"]!["title"]);
            Assert.All(
                new[]
                {
                    "greeting",
                    "look.radius",
                    "look.shadow",
                    "texts.note",
                    "security.limits.perHour",
                    "retention.days",
                    "retention.why",
                },
                path =>
                    Assert.True(JsonNode.DeepEquals(At(before, path), At(after, path)), $"{path}: {config.ToJson()}")
            );
        });

        static JsonNode? At(JsonNode config, string path) =>
            path.Split('.').Aggregate((JsonNode?)config, (part, name) => part?[name]);
    }

    [Fact]
    public async Task A_swatch_wins_over_the_color_typed_beside_it()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        var owner = portal.SignedIn(shop.ClientId);

        await owner.OpenAsync($"/widgets/{shop.Id}");
        await owner.SubmitAsync("#customize", ("Swatch", "#7A1F63"), ("Color", "nonsense"));

        Assert.Equal("#7A1F63", (await portal.As(shop.ClientId, db => db.Widgets.SingleAsync())).Config.Look.Color);
    }

    [Theory]
    [InlineData("Turns", "51", "Enter a whole number from 0 to 50.")]
    [InlineData("PerMinute", "0", "Enter a whole number from 1 to 60, or leave it empty for the portal default.")]
    [InlineData(
        "KeepDays",
        "4000",
        "Enter a whole number from 1 to 3,650, or leave it empty to keep conversations forever."
    )]
    [InlineData("Color", "green", "Enter a hex color such as #1F5D4C.")]
    [InlineData("Theme", "sepia", null)]
    [InlineData("Language", "<script>", "Choose a language from the list.")]
    [InlineData("Suggestions", "1\n2\n3\n4\n5\n6\n7", "Add up to 6 questions.")]
    [InlineData("Origins", "ftp://shop.example", "“ftp://shop.example” must start with https:// or http://.")]
    [InlineData(
        "PrivacyUrl",
        "javascript:alert(1)",
        "Enter a full URL that starts with https://, or leave it empty to use our generated page."
    )]
    public async Task An_error_is_a_sentence_beside_its_field_and_nothing_typed_is_lost(
        string field,
        string value,
        string? sentence
    )
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        var owner = portal.SignedIn(shop.ClientId);

        await owner.OpenAsync($"/widgets/{shop.Id}");
        await owner.SubmitAsync("#customize", ("Swatch", "own"), ("Title", "Kept as it was typed"), (field, value));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, owner.Response.StatusCode);
        Assert.Equal("Kept as it was typed", owner.Attribute("#Title", "value"));
        Assert.Equal(1, (await portal.As(shop.ClientId, db => db.Widgets.SingleAsync())).Version);
        if (sentence is not null)
        {
            Assert.Equal(sentence, owner.Text($"#{field}-error"));
            Assert.NotNull(owner.Attribute($"#{field}", "autofocus"));
            Assert.StartsWith(
                $"{field}-error",
                owner.Attribute($"#{field}", "aria-describedby"),
                StringComparison.Ordinal
            );
        }
    }

    [Fact]
    public async Task Only_the_first_wrong_field_takes_the_focus_and_many_are_counted()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        var owner = portal.SignedIn(shop.ClientId);

        await owner.OpenAsync($"/widgets/{shop.Id}");
        await owner.SubmitAsync("#customize", ("Turns", "-1"), ("Title", new string('x', 61)), ("Origins", "*"));

        Assert.Equal(["Title"], owner.Page.QuerySelectorAll("#customize [autofocus]").Select(field => field.Id));
        Assert.StartsWith("3 fields need fixing.", owner.Text("#customize .notice"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whoever_publishes_second_is_told_and_may_replace_the_first()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        var (maya, omar) = (portal.SignedIn(shop.ClientId), portal.SignedIn(shop.ClientId));
        await maya.OpenAsync($"/widgets/{shop.Id}");
        await omar.OpenAsync($"/widgets/{shop.Id}");

        await maya.SubmitAsync("#customize", ("Title", "Maya's"));
        await omar.SubmitAsync("#customize", ("Title", "Omar's"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, omar.Response.StatusCode);
        Assert.StartsWith(
            "Someone else changed this",
            omar.Text("#customize .edit-conflict"),
            StringComparison.Ordinal
        );
        Assert.Equal(
            ["Maya's"],
            omar.Page.QuerySelectorAll("#customize .edit-conflict del").Select(theirs => theirs.TextContent)
        );
        Assert.Equal(
            ["Omar's"],
            omar.Page.QuerySelectorAll("#customize .edit-conflict ins").Select(mine => mine.TextContent)
        );
        Assert.Equal("Omar's", omar.Attribute("#Title", "value"));

        await omar.SubmitAsync("#customize");
        Assert.Equal("Omar's", (await portal.As(shop.ClientId, db => db.Widgets.SingleAsync())).Config.Texts.Title);
    }

    [Fact]
    public async Task With_htmx_the_form_comes_back_alone_with_the_news_in_a_header()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        var owner = portal.SignedIn(shop.ClientId);
        await owner.OpenAsync($"/widgets/{shop.Id}");

        await owner.WithHtmx().SubmitAsync("#customize", ("Title", "Fern"));

        Assert.Equal(HttpStatusCode.OK, owner.Response.StatusCode);
        Assert.Null(owner.Page.QuerySelector("nav"));
        Assert.Equal("true", owner.Attribute("#widget-state", "hx-swap-oob"));
        Assert.Equal(
            """{"toast":"Published. Version 2 is live."}""",
            owner.Response.Headers.GetValues("HX-Trigger").Single()
        );
    }

    // By SQL, as a customer would.
    private Task WriteAsync(Shop shop, string config) =>
        portal.ExecuteAsync($"UPDATE widgets SET config = '{config}' WHERE id = '{shop.Id}'");
}
