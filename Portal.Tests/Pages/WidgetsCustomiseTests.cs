using System.Net;
using Microsoft.EntityFrameworkCore;
using Portal.Model;
using Portal.Tests.Api;

namespace Portal.Tests.Pages;

public sealed class WidgetsCustomiseTests(PortalApp portal) : IClassFixture<PortalApp>
{
    private const string Webhook = "https://n8n.shop.example/webhook/shop";

    [Fact]
    public async Task Publishing_makes_the_form_live_and_remembers_the_version()
    {
        var shop = await portal.NewWidgetAsync(Webhook, new() { Bot = new() { Prompt = "Be brief." } });
        var owner = portal.SignedIn(shop.ClientId);

        await owner.OpenAsync($"/widgets/{shop.Id}");
        await owner.SubmitAsync("#customise",
            ("Name", "Shop assistant"), ("Title", "Fern"), ("Subtitle", "Usually answers in seconds"), ("Swatch", "own"), ("Color", "#1f5d4c"),
            ("Theme", "dark"), ("Position", "left"), ("FirstMessage", "Hello!\r\nWhat are you looking for?"), ("Suggestions", "One?\r\n\r\n Two? "),
            ("Fallback", "Call us."), ("Placeholder", "Ask"), ("Language", "de"), ("Feedback", "false"), ("Origins", "Shop.example/\nhttps://*.shop.example"),
            ("PrivacyUrl", "https://shop.example/privacy"));

        Assert.Equal(HttpStatusCode.OK, owner.Response.StatusCode);
        Assert.Equal("Live, version 2", owner.Text("#widget-state"));
        Assert.Equal("Version 2 is live.", owner.Text(".toasts"));
        Assert.Equal("https://shop.example\nhttps://*.shop.example", owner.Text("#Origins"));
        var widget = await portal.As(shop.ClientId, db => db.Widgets.SingleAsync());
        var (texts, look) = (widget.Config.Texts, widget.Config.Look);
        Assert.Equal(("Shop assistant", 2), (widget.Name, widget.Version));
        Assert.Equal(("#1F5D4C", "dark", "left"), (look.Color, look.Theme, look.Position));
        Assert.Equal(("Fern", "Hello!\nWhat are you looking for?", "Call us.", "de"), (texts.Title, texts.FirstMessage, texts.Fallback, texts.Language));
        Assert.Equal(["One?", "Two?"], texts.Suggestions);
        Assert.False(widget.Config.Behaviour.Feedback);
        Assert.Equal("Be brief.", widget.Config.Bot.Prompt);
        var version = await portal.As(shop.ClientId, db => db.WidgetVersions.SingleAsync(v => v.Version == 2));
        Assert.Equal((widget.Config.ToJson(), "Maya Kowalski"), (version.Config.ToJson(), version.PublishedName));
        Assert.Contains("\"Fern\"", await portal.Http.GetStringAsync($"/api/widgets/{shop.Id}/config"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_swatch_wins_over_the_colour_typed_beside_it()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        var owner = portal.SignedIn(shop.ClientId);

        await owner.OpenAsync($"/widgets/{shop.Id}");
        await owner.SubmitAsync("#customise", ("Swatch", "#7A1F63"), ("Color", "nonsense"));

        Assert.Equal("#7A1F63", (await portal.As(shop.ClientId, db => db.Widgets.SingleAsync())).Config.Look.Color);
    }

    [Theory]
    [InlineData("Name", "", "Every widget needs a name. Only your team sees it.")]
    [InlineData("Color", "green", "A colour is # and six digits, such as #1F5D4C.")]
    [InlineData("Theme", "sepia", null)]
    [InlineData("Language", "<script>", "Choose one of the languages.")]
    [InlineData("Suggestions", "1\n2\n3\n4\n5\n6\n7", "At most 6 questions: visitors read the first few.")]
    [InlineData("Origins", "ftp://shop.example", "“ftp://shop.example” is not a website: its address starts with https:// or http://.")]
    [InlineData("PrivacyUrl", "javascript:alert(1)", "A full address that starts with https://, or nothing for the page we made for you.")]
    public async Task An_error_is_a_sentence_beside_its_field_and_nothing_typed_is_lost(string field, string value, string? sentence)
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        var owner = portal.SignedIn(shop.ClientId);

        await owner.OpenAsync($"/widgets/{shop.Id}");
        await owner.SubmitAsync("#customise", ("Swatch", "own"), ("Title", "Kept as it was typed"), (field, value));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, owner.Response.StatusCode);
        Assert.Equal("Kept as it was typed", owner.Attribute("#Title", "value"));
        Assert.Equal(1, (await portal.As(shop.ClientId, db => db.Widgets.SingleAsync())).Version);
        if (sentence is not null)
        {
            Assert.Equal(sentence, owner.Text($"#{field}-error"));
            Assert.NotNull(owner.Attribute($"#{field}", "autofocus"));
            Assert.StartsWith($"{field}-error", owner.Attribute($"#{field}", "aria-describedby"), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Only_the_first_wrong_field_takes_the_focus_and_many_are_counted()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        var owner = portal.SignedIn(shop.ClientId);

        await owner.OpenAsync($"/widgets/{shop.Id}");
        await owner.SubmitAsync("#customise", ("Name", ""), ("Title", new string('x', 61)), ("Origins", "*"));

        Assert.Equal(["Title"], owner.Page.QuerySelectorAll("#customise [autofocus]").Select(field => field.Id));
        Assert.StartsWith("3 fields need another look.", owner.Text("#customise .notice"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_that_another_widget_has_is_refused_and_nothing_is_published()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        var owner = portal.SignedIn(shop.ClientId);
        await owner.OpenAsync("/widgets/new");
        await owner.SubmitAsync("#new-widget", ("Name", "Second"), ("WebhookUrl", Webhook));

        await owner.SubmitAsync("#customise", ("Name", "Assistant"), ("Title", "Mine"));

        Assert.Equal("You already have a widget with this name.", owner.Text("#Name-error"));
        Assert.Equal(1, (await portal.As(shop.ClientId, db => db.Widgets.SingleAsync(w => w.Name == "Second"))).Version);
    }

    [Fact]
    public async Task Whoever_publishes_second_is_told_and_may_replace_the_first()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        var (maya, omar) = (portal.SignedIn(shop.ClientId), portal.SignedIn(shop.ClientId));
        await maya.OpenAsync($"/widgets/{shop.Id}");
        await omar.OpenAsync($"/widgets/{shop.Id}");

        await maya.SubmitAsync("#customise", ("Title", "Maya's"));
        await omar.SubmitAsync("#customise", ("Title", "Omar's"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, omar.Response.StatusCode);
        Assert.StartsWith("Somebody published another version", omar.Text("#customise .notice"), StringComparison.Ordinal);
        Assert.Equal("Omar's", omar.Attribute("#Title", "value"));

        await omar.SubmitAsync("#customise");
        Assert.Equal("Omar's", (await portal.As(shop.ClientId, db => db.Widgets.SingleAsync())).Config.Texts.Title);
    }

    [Fact]
    public async Task With_htmx_the_form_comes_back_alone_with_the_news_in_a_header()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        var owner = portal.SignedIn(shop.ClientId);
        await owner.OpenAsync($"/widgets/{shop.Id}");

        await owner.WithHtmx().SubmitAsync("#customise", ("Title", "Fern"));

        Assert.Equal(HttpStatusCode.OK, owner.Response.StatusCode);
        Assert.Null(owner.Page.QuerySelector("nav"));
        Assert.Equal("2", owner.Attribute("#customise [name=Version]", "value"));
        Assert.Equal("true", owner.Attribute("#widget-state", "hx-swap-oob"));
        Assert.Equal("""{"toast":"Version 2 is live."}""", owner.Response.Headers.GetValues("HX-Trigger").Single());
    }

    [Fact]
    public async Task The_picture_and_the_contrast_follow_the_form_before_it_is_published()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        var owner = portal.SignedIn(shop.ClientId);
        await owner.OpenAsync($"/widgets/{shop.Id}");

        await owner.SubmitAsync("#customise", to: $"/widgets/{shop.Id}?handler=Preview", ("Swatch", "own"), ("Color", "#E8B23A"), ("FirstMessage", "<b>Hello</b>"));

        Assert.Equal("#E8B23A", owner.Attribute(".pw-head rect", "fill"));
        Assert.Equal("<b>Hello</b>", owner.Text(".pw-bubble"));
        Assert.Contains("the widget writes in black", owner.Text("#contrast"), StringComparison.Ordinal);
        Assert.Equal(1, (await portal.As(shop.ClientId, db => db.Widgets.SingleAsync())).Version);
    }
}
