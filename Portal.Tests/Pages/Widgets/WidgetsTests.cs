using System.Net;
using Microsoft.EntityFrameworkCore;
using Portal.Audit;
using Portal.Tests.Api;

namespace Portal.Tests.Pages.Widgets;

public sealed class WidgetsTests(SharedPortal portal) : IClassFixture<SharedPortal.Running>
{
    private const string Webhook = "https://n8n.shop.example/webhook/shop";

    [Fact]
    public async Task A_new_widget_is_live_with_a_secret_of_its_own_and_its_first_version()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        var owner = portal.SignedIn(shop.ClientId);

        await owner.OpenAsync("/widgets/new");
        await owner.SubmitAsync("#new-widget", ("Name", " Returns desk "), ("WebhookUrl", $" {Webhook}/returns "));

        var widget = await portal.As(shop.ClientId, db => db.Widgets.SingleAsync(w => w.Name == "Returns desk"));
        Assert.Equal($"/widgets/{widget.Id}", owner.Address.AbsolutePath);
        Assert.Equal("Live · v1", owner.Text("#widget-state"));
        Assert.Equal($"{Webhook}/returns", widget.WebhookUrl);
        Assert.DoesNotContain(widget.WidgetSecret, owner.Page.Source.Text, StringComparison.Ordinal);
        Assert.Equal(
            1,
            await portal.As(shop.ClientId, db =>
                db.WidgetVersions.CountAsync(v => v.WidgetId == widget.Id && v.PublishedName == "Maya Kowalski")
            )
        );
        await portal.Guest(new(widget.Id, shop.ClientId)).OpenAsync();
    }

    [Fact]
    public async Task A_name_can_be_given_once_and_the_page_says_so_kindly()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        var owner = portal.SignedIn(shop.ClientId);

        await owner.OpenAsync("/widgets/new");
        await owner.SubmitAsync("#new-widget", ("Name", "Assistant"), ("WebhookUrl", $"{Webhook}/two"));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, owner.Response.StatusCode);
        Assert.Equal("You already have a widget with this name.", owner.Text("#Name-error"));
        Assert.Equal($"{Webhook}/two", owner.Attribute("#WebhookUrl", "value"));
    }

    [Theory]
    [InlineData("", Webhook, "Name")]
    [InlineData("A name of sixty-one letters is one letter more than there may", Webhook, "Name")]
    [InlineData("Shop", "https://n8n.shop.example", "WebhookUrl")]
    [InlineData("Shop", "https://n8n.shop.example/form/shop", "WebhookUrl")]
    [InlineData("Shop", "n8n.shop.example/webhook/shop", "WebhookUrl")]
    [InlineData("Shop", "https://10.0.0.7/webhook/shop", "WebhookUrl")]
    [InlineData("Shop", "https://n8n.shop.example/webhook-test/shop", "WebhookUrl")]
    public async Task What_is_wrong_with_a_new_widget_is_said_beside_its_field(
        string name,
        string webhook,
        string field
    )
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        var owner = portal.SignedIn(shop.ClientId);

        await owner.OpenAsync("/widgets/new");
        await owner.SubmitAsync("#new-widget", ("Name", name), ("WebhookUrl", webhook));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, owner.Response.StatusCode);
        Assert.NotEmpty(owner.Text($"#{field}-error"));
        Assert.Equal("true", owner.Attribute($"#{field}", "aria-invalid"));
        Assert.NotNull(owner.Attribute($"#{field}", "autofocus"));
        Assert.Equal(1, await portal.As(shop.ClientId, db => db.Widgets.CountAsync()));
    }

    [Fact]
    public async Task The_list_says_how_each_widget_does_and_where_it_is()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        var owner = portal.SignedIn(shop.ClientId);
        await owner.OpenAsync("/widgets");
        Assert.Equal("No messages yet", owner.Text("#widgets .badge"));
        Assert.Contains("Not installed", owner.Text("#widgets"), StringComparison.Ordinal);

        await portal.HadAsync(shop, new("Hello?", DateTimeOffset.UtcNow));
        await owner.OpenAsync("/widgets");

        Assert.Equal("Operational", owner.Text("#widgets .badge"));
        Assert.Equal("1", owner.Text("#widgets td.num"));
        Assert.Contains("www.shop.example", owner.Text("#widgets"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Switching_off_silences_the_widget_at_once_and_on_brings_it_back()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        var owner = portal.SignedIn(shop.ClientId);

        await owner.OpenAsync($"/widgets/{shop.Id}/install");
        Assert.Equal(
            (owner.Attribute("#switch", "action"), $"/widgets/{shop.Id}/switch"),
            (owner.Attribute("#switch", "hx-post"), owner.Attribute("#switch", "hx-post"))
        );
        await owner.SubmitAsync("#switch");
        Assert.Equal($"/widgets/{shop.Id}/install", owner.Address.AbsolutePath);
        Assert.Equal("Off", owner.Text("#widget-state"));
        Assert.Equal(
            HttpStatusCode.NotFound,
            (await portal.Http.GetAsync($"/api/widgets/{shop.Id}/config")).StatusCode
        );

        await owner.SubmitAsync("#switch");
        Assert.Equal("Live · v1", owner.Text("#widget-state"));
    }

    [Fact]
    public async Task The_snippet_names_the_widget_its_color_and_its_corner()
    {
        var shop = await portal.NewWidgetAsync(
            Webhook,
            new()
            {
                Look = new() { Color = "#1F5D4C", Position = "left" },
            }
        );
        var owner = portal.SignedIn(shop.ClientId);

        await owner.OpenAsync($"/widgets/{shop.Id}/install");

        var snippet = owner.Text("#snippet");
        Assert.StartsWith("<script src=\"http", snippet, StringComparison.Ordinal);
        Assert.EndsWith(
            $"/widget.js\" data-widget=\"{shop.Id}\" data-color=\"#1F5D4C\" data-position=\"left\" async></script>",
            snippet,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task The_snippet_says_what_else_the_launcher_needs_to_stand_in_its_place_at_once()
    {
        var shop = await portal.NewWidgetAsync(
            Webhook,
            new()
            {
                Look = new()
                {
                    Color = "#FFD400",
                    Size = "large",
                    OffsetX = 48,
                    OffsetY = 64,
                },
            }
        );
        var owner = portal.SignedIn(shop.ClientId);

        await owner.OpenAsync($"/widgets/{shop.Id}/install");

        Assert.Contains(
            "data-on=\"#16161A\" data-size=\"large\" data-offset-x=\"48\" data-offset-y=\"64\" async>",
            owner.Text("#snippet"),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_color_written_by_hand_cannot_break_out_of_the_snippet()
    {
        var shop = await portal.NewWidgetAsync(
            Webhook,
            new() { Look = new() { Color = "\"><script>alert(1)</script>" } }
        );
        var owner = portal.SignedIn(shop.ClientId);

        await owner.OpenAsync($"/widgets/{shop.Id}/install");

        Assert.DoesNotContain("<script>alert", owner.Text("#snippet"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_connection_is_saved_trimmed_and_refused_with_a_sentence()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        var owner = portal.SignedIn(shop.ClientId);

        await owner.OpenAsync($"/widgets/{shop.Id}/connection");
        await owner.SubmitAsync("#connection", ("WebhookUrl", $" {Webhook}/new "), ("TimeoutSeconds", "30"));
        var widget = await portal.As(shop.ClientId, db => db.Widgets.SingleAsync());
        Assert.Equal(($"{Webhook}/new", 30), (widget.WebhookUrl, widget.TimeoutSeconds));

        await owner.SubmitAsync(
            "#connection",
            ("WebhookUrl", "http://localhost:5678/webhook/x"),
            ("TimeoutSeconds", "4")
        );
        Assert.Equal(HttpStatusCode.UnprocessableEntity, owner.Response.StatusCode);
        Assert.NotEmpty(owner.Text("#WebhookUrl-error"));
        Assert.Equal("Enter 5 to 600 seconds.", owner.Text("#TimeoutSeconds-error"));

        await owner.SubmitAsync("#connection", ("TimeoutSeconds", "soon"));
        Assert.Equal("Enter 5 to 600 seconds.", owner.Text("#TimeoutSeconds-error"));
    }

    [Fact]
    public async Task The_test_page_holds_the_real_widget()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        var owner = portal.SignedIn(shop.ClientId);

        await owner.OpenAsync($"/widgets/{shop.Id}/test");

        Assert.Equal(shop.Id.ToString(), owner.Attribute("script[src='/widget.js']", "data-widget"));
        Assert.Equal(shop.Id.ToString(), owner.Attribute("button[data-chat-open]", "data-chat-open"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/connection")]
    [InlineData("/install")]
    [InlineData("/test")]
    public async Task A_strangers_widget_is_not_there_and_the_signed_out_sign_in(string tab)
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        var stranger = portal.SignedIn((await portal.NewWidgetAsync(Webhook)).ClientId);
        var nobody = portal.SignedOut();

        await stranger.OpenAsync($"/widgets/{shop.Id}{tab}");
        await nobody.OpenAsync($"/widgets/{shop.Id}{tab}");

        Assert.Equal(HttpStatusCode.NotFound, stranger.Response.StatusCode);
        Assert.Equal("/account/sign-in", nobody.Address.AbsolutePath);
    }

    [Theory]
    [InlineData("#customize", "")]
    [InlineData("#switch", "/switch")]
    [InlineData("#connection", "/connection")]
    public async Task Nobody_can_change_another_clients_widget(string form, string path)
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        var own = await portal.NewWidgetAsync(Webhook);
        var stranger = portal.SignedIn(own.ClientId);

        await stranger.OpenAsync($"/widgets/{own.Id}{(form == "#connection" ? "/connection" : "")}");
        await stranger.SubmitAsync(form, to: $"/widgets/{shop.Id}{path}");

        Assert.Equal(HttpStatusCode.NotFound, stranger.Response.StatusCode);
        var widget = await portal.As(shop.ClientId, db => db.Widgets.SingleAsync());
        Assert.Equal((1, true), (widget.Version, widget.IsActive));
    }
}
