using System.Net;
using AngleSharp.Dom;
using Microsoft.EntityFrameworkCore;
using Portal.Audit;
using Portal.Model;
using Portal.Tests.Api;

namespace Portal.Tests.Pages;

/// <summary>
/// The same form sent twice, one after the other or at once, does its work once and leads to the same place.
/// </summary>
public sealed class SubmitOnceTests(SharedPortal portal) : IClassFixture<SharedPortal.Running>
{
    private const string Webhook = "https://n8n.shop.example/webhook/shop";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_client_is_made_once(bool atOnce)
    {
        var admin = await portal.SignedInAsync(await portal.NewUserAsync());
        var (name, email) = ($"Shop {Guid.NewGuid():N}", $"{Guid.NewGuid():N}@owner.test");

        await TwiceAsync(
            admin,
            "/admin/clients/new",
            "#new-client",
            atOnce,
            ("Input.Name", name),
            ("Input.OwnerName", "Nia"),
            ("Input.OwnerEmail", email)
        );

        Assert.Equal(1, await portal.With((AccountsDb db) => db.Clients.CountAsync(client => client.Name == name)));
        Assert.Equal(
            1,
            await portal.With((AccountsDb db) => db.Invitations.CountAsync(invitation => invitation.Email == email))
        );
        Assert.Contains("/account/welcome?t=", admin.Text("#handover code"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_demo_is_made_once_and_two_people_make_two(bool atOnce)
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        var (maya, omar) = (portal.SignedIn(shop.ClientId), portal.SignedIn(shop.ClientId));
        await omar.OpenAsync("/demos");

        await Task.WhenAll(
            TwiceAsync(maya, "/demos", "#new-demo", atOnce, ("Input.Prospect", "Northwind")),
            omar.SubmitAsync("#new-demo", ("Input.Prospect", "Northwind"))
        );

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (maya.Status, omar.Status));
        Assert.StartsWith("/demos/", maya.Path, StringComparison.Ordinal);
        Assert.Equal(2, await portal.As(shop.ClientId, db => db.DemoLinks.CountAsync()));
    }

    [Fact]
    public async Task A_form_with_an_error_is_sent_again_and_what_was_changed_is_another_form()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        var owner = portal.SignedIn(shop.ClientId);
        await owner.OpenAsync("/widgets/new");
        var form = owner.Page.QuerySelector("#new-widget")!;

        await owner.SubmitAsync(form, "/widgets/new", ("Name", "Second"), ("WebhookUrl", "nonsense"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, owner.Status);
        await owner.SubmitAsync(form, "/widgets/new", ("Name", "Second"), ("WebhookUrl", Webhook));
        await owner.SubmitAsync(form, "/widgets/new", ("Name", "Third"), ("WebhookUrl", Webhook));

        Assert.Equal(3, await portal.As(shop.ClientId, db => db.Widgets.CountAsync()));
    }

    [Fact]
    public async Task Two_people_who_add_the_same_alert_address_at_once_read_a_sentence_and_no_error()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        var (maya, omar) = (portal.SignedIn(shop.ClientId), portal.SignedIn(shop.ClientId));
        await Task.WhenAll(maya.OpenAsync("/settings/alerts"), omar.OpenAsync("/settings/alerts"));

        await Task.WhenAll(
            maya.SubmitAsync("#add-recipient", ("Input.Email", "kim@shop.example")),
            omar.SubmitAsync("#add-recipient", ("Input.Email", "kim@shop.example"))
        );

        Assert.Equal(
            [HttpStatusCode.OK, HttpStatusCode.UnprocessableEntity],
            new[] { maya.Status, omar.Status }.Order()
        );
        Assert.Equal(1, await portal.As(shop.ClientId, db => db.AlertRecipients.CountAsync()));
    }

    [Fact]
    public async Task Two_people_who_make_a_widget_of_the_same_name_at_once_read_a_sentence_and_no_error()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        var (maya, omar) = (portal.SignedIn(shop.ClientId), portal.SignedIn(shop.ClientId));
        await Task.WhenAll(maya.OpenAsync("/widgets/new"), omar.OpenAsync("/widgets/new"));

        await Task.WhenAll(
            maya.SubmitAsync("#new-widget", ("Name", "Fern"), ("WebhookUrl", Webhook)),
            omar.SubmitAsync("#new-widget", ("Name", "\u200BFern "), ("WebhookUrl", Webhook))
        );

        Assert.Equal(
            [HttpStatusCode.OK, HttpStatusCode.UnprocessableEntity],
            new[] { maya.Status, omar.Status }.Order()
        );
        Assert.Equal(1, await portal.As(shop.ClientId, db => db.Widgets.CountAsync(widget => widget.Name == "Fern")));
    }

    [Fact]
    public async Task A_new_token_is_shown_after_a_redirect_and_made_once()
    {
        var admin = await portal.SignedInAsync(await portal.NewUserAsync());
        var name = $"Nightly {Guid.NewGuid():N}";
        await admin.OpenAsync("/admin/tokens");
        var scope = admin.Page.QuerySelector("[name='Input.Scopes']")!.GetAttribute("value")!;

        await TwiceAsync(
            admin,
            "/admin/tokens",
            "main form",
            atOnce: false,
            ("Input.Name", name),
            ("Input.Scopes", scope)
        );

        Assert.Contains(name, admin.Body, StringComparison.Ordinal);
        Assert.Equal(1, await portal.With((AccountsDb db) => db.AdminTokens.CountAsync(token => token.Name == name)));
    }

    [Fact]
    public async Task A_job_runs_once()
    {
        var person = await portal.NewUserAsync();
        var admin = await portal.SignedInAsync(person);
        await admin.OpenAsync("/admin/jobs");
        var form = admin
            .Page.QuerySelectorAll("#jobs form")
            .Single(form => form.QuerySelector("[name=job]")!.GetAttribute("value") == "sign-in-clean-up");

        await admin.SubmitAsync(form, to: null);
        await Timeouts.UntilAsync(() =>
            portal.AsAgency(db =>
                db.JobRuns.AnyAsync(run => run.StartedBy == person.Id && run.Status == JobStatus.Done)
            )
        );
        await admin.SubmitAsync(form, "/admin/jobs?handler=Run");

        Assert.Equal("/admin/jobs", admin.Path);
        Assert.Equal(1, await portal.AsAgency(db => db.JobRuns.CountAsync(run => run.StartedBy == person.Id)));
    }

    [Fact]
    public async Task A_widget_whose_name_nobody_sees_cannot_be_made_and_an_old_one_can_be_deleted()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        var owner = portal.SignedIn(shop.ClientId);
        await owner.OpenAsync("/widgets/new");
        await owner.SubmitAsync("#new-widget", ("Name", "\u200B\u00AD"), ("WebhookUrl", Webhook));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, owner.Status);

        foreach (var name in new[] { "\u200B", "Bob\u2019s  Cafe\u0301\u00A0\u00ADbot" })
        {
            await portal.ExecuteAsync(
                $"UPDATE widgets SET name = '{name}', deletion_requested_at = NULL WHERE id = '{shop.Id}'"
            );
            await owner.OpenAsync($"/widgets/{shop.Id}/delete");
            await owner.SubmitAsync("#delete", ("Typed", name == "\u200B" ? "delete" : "Bob's Caf\u00E9 bot"));
            Assert.Equal("/widgets", owner.Path);
        }
    }

    private static async Task TwiceAsync(
        Visitor visitor,
        string page,
        string selector,
        bool atOnce,
        params (string, string)[] fields
    )
    {
        await visitor.OpenAsync(page);
        IElement form = visitor.Page.QuerySelector(selector)!;
        var first = visitor.SubmitAsync(form, page, fields);
        if (!atOnce)
        {
            await first;
        }

        await Task.WhenAll(first, visitor.SubmitAsync(form, page, fields));
    }
}
