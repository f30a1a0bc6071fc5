using System.Net;
using Microsoft.EntityFrameworkCore;
using Portal.Audit;
using Portal.Model;
using Portal.Tests.Api;

namespace Portal.Tests.Pages;

/// <summary>Two people over the same row: the second is told, sees the difference, and chooses.</summary>
public sealed class ConcurrentEditsTests(SharedPortal portal) : IClassFixture<SharedPortal.Running>
{
    private const string Webhook = "https://n8n.shop.example/webhook/shop";

    [Fact]
    public async Task Publishing_over_a_draft_that_somebody_else_has_saved_is_a_choice()
    {
        var (shop, maya, omar) = await TwoAsync("");
        await omar.SubmitAsync("#customize", to: $"/widgets/{shop.Id}?handler=Draft", ("Title", "Omar's draft"));

        await maya.SubmitAsync("#customize", ("Subtitle", "Maya's line"));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, maya.Status);
        Assert.Contains("Omar's draft", maya.Text(".edit-conflict"), StringComparison.Ordinal);
        Assert.Equal("Maya's line", maya.Attribute("#Subtitle", "value"));
        Assert.Equal($"/widgets/{shop.Id}", maya.Attribute(".edit-conflict a", "href"));
        var widget = await FindAsync(shop);
        Assert.Equal((1, "Omar's draft"), (widget.Version, widget.Draft!.Texts.Title));

        // Typing on decides nothing.
        await maya.SubmitAsync("#customize", to: $"/widgets/{shop.Id}?handler=Draft");
        Assert.Equal("Omar's draft", (await FindAsync(shop)).Draft!.Texts.Title);

        await maya.SubmitAsync("#customize");
        widget = await FindAsync(shop);
        Assert.Equal(
            (2, null, "Maya's line", null),
            (widget.Version, widget.Config.Texts.Title, widget.Config.Texts.Subtitle, widget.Draft)
        );
    }

    [Fact]
    public async Task A_draft_can_replace_somebody_elses_when_its_editor_says_so()
    {
        var (shop, maya, omar) = await TwoAsync("");
        await omar.SubmitAsync("#customize", to: $"/widgets/{shop.Id}?handler=Draft", ("Title", "Omar's"));

        await maya.SubmitAsync("#customize", to: $"/widgets/{shop.Id}?handler=Draft", ("Title", "Maya's"));
        Assert.Equal("Omar's", (await FindAsync(shop)).Draft!.Texts.Title);
        await maya.SubmitAsync("#customize", to: $"/widgets/{shop.Id}?handler=Draft&keep=true");

        Assert.Equal("Maya's", (await FindAsync(shop)).Draft!.Texts.Title);
    }

    [Fact]
    public async Task Changing_the_timeout_does_not_turn_off_the_signature_that_somebody_else_turned_on()
    {
        var (shop, maya, omar) = await TwoAsync("/connection");
        await omar.SubmitAsync("#connection", ("Auth", "Signed"));

        await maya.SubmitAsync("#connection", ("TimeoutSeconds", "45"));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, maya.Status);
        Assert.Equal(
            ["Signed requests", "90"],
            maya.Page.QuerySelectorAll(".edit-conflict del").Select(theirs => theirs.TextContent)
        );
        Assert.Equal(["None", "45"], maya.Page.QuerySelectorAll(".edit-conflict ins").Select(mine => mine.TextContent));
        Assert.Equal((WebhookAuth.Signed, 90), await ConnectionAsync(shop));

        await maya.SubmitAsync("#connection", ("Auth", "Signed"));
        Assert.Equal((WebhookAuth.Signed, 45), await ConnectionAsync(shop));
    }

    [Fact]
    public async Task What_two_people_save_alike_is_no_conflict_and_a_second_click_no_second_version()
    {
        var (shop, maya, omar) = await TwoAsync("");

        await Task.WhenAll(
            maya.SubmitAsync("#customize", ("Title", "Fern")),
            omar.SubmitAsync("#customize", ("Title", "Fern"))
        );

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (maya.Status, omar.Status));
        Assert.Equal((2, "Fern"), ((await FindAsync(shop)).Version, (await FindAsync(shop)).Config.Texts.Title));
    }

    [Fact]
    public async Task Of_many_who_save_at_once_one_saves_and_the_others_are_told()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        var people = Enumerable.Range(0, 6).Select(_ => portal.SignedIn(shop.ClientId)).ToList();
        foreach (var person in people)
        {
            await person.OpenAsync($"/widgets/{shop.Id}/connection");
        }

        await Task.WhenAll(
            people.Select((person, n) => person.SubmitAsync("#connection", ("TimeoutSeconds", $"{20 + n}")))
        );

        Assert.Equal(5, people.Count(person => person.Status == HttpStatusCode.UnprocessableEntity));
        Assert.Equal(
            1,
            await portal.As(shop.ClientId, db => db.ChangeLogs.CountAsync(log => log.Action == "widget.connected"))
        );
    }

    [Fact]
    public async Task The_agency_and_an_owner_do_not_overwrite_each_other_in_the_settings()
    {
        var client = await portal.NewClientAsync();
        var (owner, admin) = (portal.SignedIn(client.Id), portal.SignedInAsAdmin());
        await owner.OpenAsync("/settings");
        await admin.OpenAsync($"/admin/clients/{client.Id}");
        await admin.SubmitAsync("#edit", ("Input.Company", "Alder Ltd"));

        await owner.SubmitAsync("#settings", ("Input.ContactEmail", "hello@alder.example"));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, owner.Status);
        Assert.Contains("Alder Ltd", owner.Text(".edit-conflict"), StringComparison.Ordinal);
        Assert.Equal("Alder Ltd", (await portal.As(client.Id, db => db.Clients.SingleAsync())).CompanyName);
    }

    private async Task<(WebhookAuth, int)> ConnectionAsync(Shop shop)
    {
        var widget = await FindAsync(shop);
        return (widget.WebhookAuth, widget.TimeoutSeconds);
    }

    private Task<Widget> FindAsync(Shop shop) =>
        portal.As(shop.ClientId, db => db.Widgets.SingleAsync(widget => widget.Id == shop.Id));

    private async Task<(Shop Shop, Visitor Maya, Visitor Omar)> TwoAsync(string tab)
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        var (maya, omar) = (portal.SignedIn(shop.ClientId), portal.SignedIn(shop.ClientId));
        await maya.OpenAsync($"/widgets/{shop.Id}{tab}");
        await omar.OpenAsync($"/widgets/{shop.Id}{tab}");
        return (shop, maya, omar);
    }
}
