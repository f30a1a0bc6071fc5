using System.Net;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Portal.Audit;
using Portal.Chat;
using Portal.Model;
using Portal.Tests.Api;
using Portal.Web;

namespace Portal.Tests.Pages.Widgets;

/// <summary>
/// What is typed is kept and shown to its editor; visitors see it when it is published, and never before.
/// </summary>
public sealed class DraftTests(SharedPortal portal) : IClassFixture<SharedPortal.Running>
{
    private const string Webhook = "https://n8n.shop.example/webhook/shop";

    [Fact]
    public async Task A_draft_is_kept_and_no_visitor_sees_it()
    {
        var (shop, owner) = await OwnerAsync();

        await SaveAsync(owner, shop, ("Title", "Fern"), ("Swatch", "own"), ("Color", "#E8B23A"));

        Assert.Equal(HttpStatusCode.OK, owner.Status);
        Assert.StartsWith("Draft saved", owner.Text("#draft-state"), StringComparison.Ordinal);
        Assert.Equal("Review 2 changes", owner.Text("#draft-changes"));
        Assert.Contains("so black text is used", owner.Text("#contrast"), StringComparison.Ordinal);
        var widget = await portal.As(shop.ClientId, db => db.Widgets.SingleAsync());
        Assert.Equal(("Fern", null, 1), (widget.Draft!.Texts.Title, widget.Config.Texts.Title, widget.Version));
        Assert.DoesNotContain(
            "Fern",
            await portal.Http.GetStringAsync($"/api/widgets/{shop.Id}/config"),
            StringComparison.Ordinal
        );

        // It is there again tomorrow.
        var tomorrow = portal.SignedIn(shop.ClientId);
        await tomorrow.OpenAsync($"/widgets/{shop.Id}");
        Assert.Equal("Fern", tomorrow.Attribute("#Title", "value"));
    }

    [Fact]
    public async Task A_draft_that_says_what_is_live_is_none()
    {
        var (shop, owner) = await OwnerAsync();
        await SaveAsync(owner, shop, ("Title", "Fern"));

        await owner.OpenAsync($"/widgets/{shop.Id}");
        await SaveAsync(owner, shop, ("Title", ""));

        Assert.Equal("No unpublished changes", owner.Text("#draft-state"));
        Assert.Null((await portal.As(shop.ClientId, db => db.Widgets.SingleAsync())).Draft);
    }

    [Theory]
    [InlineData("Radius", "29", "Enter a whole number from 0 to 28.")]
    [InlineData("OffsetX", "", "Enter a whole number from 0 to 200.")]
    [InlineData("OffsetY", "1.5", "Enter a whole number from 0 to 200.")]
    [InlineData("OpenAfter", "soon", "Enter a whole number from 1 to 120, or leave it empty to disable.")]
    [InlineData("Size", "huge", "Choose compact, regular or large.")]
    [InlineData("Font", "Comic Sans", "Choose a font from the list.")]
    [InlineData("Origins", "*", "Leave this empty to allow any website.")]
    public async Task What_is_wrong_is_not_kept_and_is_said_for_its_field(string field, string value, string sentence)
    {
        var (shop, owner) = await OwnerAsync();

        await SaveAsync(owner, shop, ("Title", "Fern"), (field, value));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, owner.Status);
        Assert.Equal(sentence, owner.Text($"#draft-errors [data-field='{field}']"));
        Assert.Contains("unsaved", owner.Attribute("#draft-state", "class"), StringComparison.Ordinal);
        Assert.Null((await portal.As(shop.ClientId, db => db.Widgets.SingleAsync())).Draft);
    }

    [Fact]
    public async Task A_clients_own_words_reach_the_widget_under_the_names_it_knows()
    {
        var (shop, owner) = await OwnerAsync();
        await owner.OpenAsync($"/widgets/{shop.Id}");
        Assert.Equal("Close chat", owner.Text("label[for='Wording-close']"));
        // That an AI speaks is not theirs to word.
        Assert.All(["ai", "bot", "fine"], name => Assert.Null(owner.Attribute($"#Wording-{name}", "name")));

        await owner.SubmitAsync(
            "#customize",
            to: $"/widgets/{shop.Id}",
            ("Wording[close]", "Put it away"),
            ("Wording[ai]", "A person answers"),
            ("Wording[nonsense]", "Nothing")
        );

        await owner.OpenAsync($"/widgets/{shop.Id}");
        Assert.Equal("Put it away", owner.Attribute("#Wording-close", "value"));
        var texts = JsonDocument
            .Parse(await portal.Http.GetStringAsync($"/api/widgets/{shop.Id}/config"))
            .RootElement.GetProperty("texts");
        var close = portal.Services.GetRequiredService<WidgetFiles>().Strings["close"].Key;
        Assert.Equal(
            [(close, "Put it away")],
            texts.GetProperty("strings").EnumerateObject().Select(own => (own.Name, own.Value.GetString()))
        );

        await owner.SubmitAsync("#customize", ("Wording[close]", ""));
        Assert.DoesNotContain(
            "close",
            (await portal.As(shop.ClientId, db => db.Widgets.SingleAsync())).Config.Texts.Strings.Keys
        );
    }

    [Fact]
    public async Task Nobody_overwrites_the_draft_that_somebody_else_has_saved_meanwhile()
    {
        var (shop, maya) = await OwnerAsync();
        var omar = portal.SignedIn(shop.ClientId);
        await omar.OpenAsync($"/widgets/{shop.Id}");
        await SaveAsync(maya, shop, ("Title", "Maya's"));

        await SaveAsync(omar, shop, ("Title", "Omar's"));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, omar.Status);
        Assert.StartsWith(
            "Draft not saved: someone else edited this",
            omar.Text("#draft-state"),
            StringComparison.Ordinal
        );
        Assert.Equal("Maya's", omar.Text(".edit-conflict del"));
        Assert.Equal("Omar's", omar.Text(".edit-conflict ins"));
        Assert.Equal("Maya's", (await portal.As(shop.ClientId, db => db.Widgets.SingleAsync())).Draft!.Texts.Title);
    }

    [Fact]
    public async Task Without_scripts_a_draft_is_saved_by_a_button()
    {
        var (shop, owner) = await OwnerAsync();

        await owner.SubmitAsync("#customize", to: $"/widgets/{shop.Id}?handler=Draft", ("Title", "Fern"));

        Assert.Equal($"/widgets/{shop.Id}", owner.Path);
        Assert.Equal("Fern", owner.Attribute("#Title", "value"));
        Assert.Equal("Live · v1", owner.Text("#widget-state"));
    }

    [Fact]
    public async Task The_preview_holds_the_real_widget_and_its_api_shows_the_draft()
    {
        var (shop, owner) = await OwnerAsync();
        await SaveAsync(owner, shop, ("Title", "Fern"), ("OpenAfter", "3"));

        await owner.OpenAsync($"/widgets/{shop.Id}/preview?theme=dark");

        Assert.EndsWith(
            "frame-ancestors 'self'",
            owner.Response.Headers.GetValues("Content-Security-Policy").Single(),
            StringComparison.Ordinal
        );
        Assert.Equal(shop.Id.ToString(), owner.Attribute("script[src='/widget.js']", "data-widget"));
        using var config = JsonDocument.Parse(
            await portal.Http.GetStringAsync(
                $"{owner.Attribute("script[src='/widget.js']", "data-portal")}/api/widgets/{shop.Id}/config"
            )
        );
        Assert.Equal("Fern", config.RootElement.GetProperty("texts").GetProperty("title").GetString());
        Assert.Equal("dark", config.RootElement.GetProperty("look").GetProperty("theme").GetString());
        Assert.Equal(JsonValueKind.Null, config.RootElement.GetProperty("behavior").GetProperty("openAfter").ValueKind);
        Assert.False(config.RootElement.TryGetProperty("bot", out _));
    }

    [Fact]
    public async Task The_page_that_edits_may_hold_the_preview_and_nobody_may_hold_it()
    {
        var (_, owner) = await OwnerAsync();

        Assert.EndsWith(
            "frame-src 'self'; frame-ancestors 'none'",
            owner.Response.Headers.GetValues("Content-Security-Policy").Single(),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_preview_asks_with_the_drafts_instructions_and_counts_as_a_preview()
    {
        await using var bot = await N8n.StartAsync();
        var shop = await portal.NewWidgetAsync(bot.Url, new() { Bot = new() { Prompt = "Be old." } });
        var owner = portal.SignedIn(shop.ClientId);
        await owner.OpenAsync($"/widgets/{shop.Id}");
        await SaveAsync(owner, shop, ("Prompt", "Be new."));

        var guest = await (await PreviewOf(shop)).OpenAsync();
        var reply = await guest.AskAsync("Hello?");

        Assert.Equal("answered", reply.GetProperty("status").GetString());
        Assert.Equal("Be new.", bot.Asked.Single().GetProperty("systemPrompt").GetString());
        Assert.Equal(
            SessionKind.Preview,
            await portal.As(shop.ClientId, db => db.VisitorSessions.Select(s => s.Kind).SingleAsync())
        );
    }

    [Fact]
    public async Task A_widget_that_is_switched_off_can_still_be_tried_in_the_preview_and_nowhere_else()
    {
        await using var bot = await N8n.StartAsync();
        var shop = await portal.NewWidgetAsync(bot.Url, isActive: false);

        var guest = await (await PreviewOf(shop)).OpenAsync();

        Assert.Equal("answered", (await guest.AskAsync("Hello?")).GetProperty("status").GetString());
        Assert.Equal(
            HttpStatusCode.NotFound,
            (await portal.Http.GetAsync($"/api/widgets/{shop.Id}/config")).StatusCode
        );
    }

    [Fact]
    public async Task A_ticket_opens_its_own_widget_only_and_no_word_of_anybody_else_opens_one()
    {
        var (shop, other) = (await portal.NewWidgetAsync(Webhook), await portal.NewWidgetAsync(Webhook));
        var user = await portal.NewUserAsync(shop.ClientId);
        var session = await portal.NewSessionAsync(user);
        var ticket = portal.Services.GetRequiredService<PreviewTickets>().Write(new(shop.Id, session));

        Assert.Equal(
            HttpStatusCode.OK,
            (await portal.Http.GetAsync($"/api/preview/{ticket}/api/widgets/{shop.Id}/config")).StatusCode
        );
        Assert.Equal(
            HttpStatusCode.NotFound,
            (await portal.Http.GetAsync($"/api/preview/{ticket}/api/widgets/{other.Id}/config")).StatusCode
        );
        Assert.Equal(
            HttpStatusCode.NotFound,
            (await portal.Http.GetAsync($"/api/preview/{ticket[..^2]}xx/api/widgets/{shop.Id}/config")).StatusCode
        );
        Assert.Equal(
            HttpStatusCode.NotFound,
            (await portal.Http.GetAsync($"/api/preview/nonsense/api/widgets/{shop.Id}/config")).StatusCode
        );
    }

    [Theory]
    [InlineData("UPDATE user_sessions SET ended_at = now() WHERE user_id = '{0}'")]
    [InlineData("UPDATE users SET disabled_at = now() WHERE id = '{0}'")]
    [InlineData("DELETE FROM users WHERE id = '{0}'")]
    [InlineData("UPDATE users SET security_stamp = 'another' WHERE id = '{0}'")]
    public async Task A_ticket_is_worth_no_more_than_the_sign_in_of_whom_it_was_given_to(string end)
    {
        var (shop, user) = (await portal.NewWidgetAsync(Webhook), default(User));
        user = await portal.NewUserAsync(shop.ClientId, UserRole.Member);
        var config =
            $"/api/preview/{portal.Services.GetRequiredService<PreviewTickets>().Write(new(shop.Id, await portal.NewSessionAsync(user)))}/api/widgets/{shop.Id}/config";
        Assert.Equal(HttpStatusCode.OK, (await portal.Http.GetAsync(config)).StatusCode);

        await using (
            var owner = new Npgsql.NpgsqlConnection(
                portal.Services.GetRequiredService<Portal.Data.Databases>().Strings.Owner
            )
        )
        {
            await owner.OpenAsync();
            await using var command = new Npgsql.NpgsqlCommand(
                string.Format(System.Globalization.CultureInfo.InvariantCulture, end, user.Id),
                owner
            );
            await command.ExecuteNonQueryAsync();
        }

        Assert.Equal(HttpStatusCode.NotFound, (await portal.Http.GetAsync(config)).StatusCode);
    }

    private async Task<Guest> PreviewOf(Shop shop)
    {
        var session = await portal.NewSessionAsync(await portal.NewUserAsync(shop.ClientId));
        return new(portal.Http, shop.Id, portal.Url.GetLeftPart(UriPartial.Authority))
        {
            Prefix =
                $"/api/preview/{portal.Services.GetRequiredService<PreviewTickets>().Write(new(shop.Id, session))}",
        };
    }

    private async Task<(Shop Shop, Visitor Owner)> OwnerAsync()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        var owner = await portal.SignedInAsync(await portal.NewUserAsync(shop.ClientId));
        await owner.OpenAsync($"/widgets/{shop.Id}");
        return (shop, owner);
    }

    // As htmx does it while somebody types.
    private static Task SaveAsync(Visitor visitor, Shop shop, params (string, string)[] fields) =>
        visitor.WithHtmx().SubmitAsync("#customize", to: $"/widgets/{shop.Id}?handler=Draft", fields);
}
