using Microsoft.EntityFrameworkCore;
using Portal.Audit;
using Portal.Tests.Api;

namespace Portal.Tests.Pages.Widgets;

public sealed class VersionsTests(SharedPortal portal) : IClassFixture<SharedPortal.Running>
{
    private const string Webhook = "https://n8n.shop.example/webhook/shop";

    [Fact]
    public async Task The_history_says_who_when_why_and_what_setting_by_setting()
    {
        var (shop, owner) = await OwnerAsync();
        await PublishAsync(owner, shop, ("Title", "Fern"), ("Swatch", "#7A1F63"));
        await DraftAsync(owner, shop, ("Title", "Ivy"));

        await owner.OpenAsync($"/widgets/{shop.Id}/versions");
        Assert.Equal("Title", owner.Text("#waiting dt"));
        await owner.SubmitAsync("#publish", ("Note", "Autumn greeting"));

        Assert.Equal("Published. Version 3 is live.", owner.Text(".toasts"));
        Assert.Contains("Maya Kowalski", owner.Text("#version-3"), StringComparison.Ordinal);
        Assert.Contains("“Autumn greeting”", owner.Text("#version-3"), StringComparison.Ordinal);
        Assert.Equal(("Fern", "Ivy"), (owner.Text("#version-3 del"), owner.Text("#version-3 ins")));
        Assert.Null(owner.Page.QuerySelector("#waiting"));
        Assert.Contains(
            "Ivy",
            await portal.Http.GetStringAsync($"/api/widgets/{shop.Id}/config"),
            StringComparison.Ordinal
        );
        Assert.Equal(
            2,
            await portal.As(shop.ClientId, db =>
                db.ChangeLogs.CountAsync(log => log.Action == "widget.published" && log.SubjectId == shop.Id)
            )
        );
    }

    [Fact]
    public async Task Going_back_is_a_new_version_and_keeps_the_draft()
    {
        var (shop, owner) = await OwnerAsync();
        await PublishAsync(owner, shop, ("Title", "Fern"));
        await PublishAsync(owner, shop, ("Title", "Ivy"));
        await DraftAsync(owner, shop, ("Title", "Moss"));

        await owner.OpenAsync($"/widgets/{shop.Id}/versions");
        await owner.SubmitAsync("#version-2 form");

        var widget = await portal.As(shop.ClientId, db => db.Widgets.SingleAsync());
        Assert.Equal((4, "Fern", "Moss"), (widget.Version, widget.Config.Texts.Title, widget.Draft!.Texts.Title));
        Assert.Contains("“Restored version 2”", owner.Text("#version-4"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_draft_can_be_discarded()
    {
        var (shop, owner) = await OwnerAsync();
        await DraftAsync(owner, shop, ("Title", "Moss"));

        await owner.OpenAsync($"/widgets/{shop.Id}/versions");
        await owner.SubmitAsync("#discard");

        Assert.Null(owner.Page.QuerySelector("#waiting"));
        Assert.Null((await portal.As(shop.ClientId, db => db.Widgets.SingleAsync())).Draft);
    }

    [Fact]
    public async Task Whoever_publishes_from_an_old_page_is_told_and_nothing_is_lost()
    {
        var (shop, maya) = await OwnerAsync();
        await PublishAsync(maya, shop, ("Title", "Fern"));
        await DraftAsync(maya, shop, ("Title", "Moss"));
        var omar = portal.SignedIn(shop.ClientId);
        await omar.OpenAsync($"/widgets/{shop.Id}/versions");
        await maya.OpenAsync($"/widgets/{shop.Id}/versions");
        await maya.SubmitAsync("#publish");

        await omar.SubmitAsync("#publish");

        Assert.Equal(3, (await portal.As(shop.ClientId, db => db.Widgets.SingleAsync())).Version);
    }

    [Fact]
    public async Task A_long_history_is_read_page_by_page()
    {
        var (shop, owner) = await OwnerAsync();
        await portal.As(shop.ClientId, async db =>
        {
            var widget = await db.Widgets.SingleAsync();
            for (var n = 0; n < 25; n++)
            {
                db.Add(
                    widget.Publish(
                        widget.Config with
                        {
                            PrivacyUrl = $"https://shop.example/{n}",
                        },
                        Guid.CreateVersion7(),
                        "Maya",
                        null,
                        DateTimeOffset.UtcNow
                    )
                );
            }

            return await db.SaveChangesAsync();
        });

        await owner.OpenAsync($"/widgets/{shop.Id}/versions");
        Assert.Equal(20, owner.Page.QuerySelectorAll(".version").Length);
        Assert.Contains("https://shop.example/5", owner.Text("#version-7 ins"), StringComparison.Ordinal);
        await owner.OpenAsync($"/widgets/{shop.Id}/versions?before=7");

        Assert.Equal(
            ["version-6", "version-5", "version-4", "version-3", "version-2"],
            owner.Page.QuerySelectorAll(".version").Select(version => version.Id)
        );
        Assert.Contains("Initial version", owner.Text("#version-2"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_former_version_can_be_looked_at()
    {
        var (shop, owner) = await OwnerAsync();
        await PublishAsync(owner, shop, ("Title", "Fern"));
        await PublishAsync(owner, shop, ("Title", "Ivy"));

        // What a preview's ticket opens hangs on a sign-in that stands in the table.
        owner = await portal.SignedInAsync(await portal.NewUserAsync(shop.ClientId));
        await owner.OpenAsync($"/widgets/{shop.Id}/preview?version=2");

        Assert.Contains(
            "Fern",
            await portal.Http.GetStringAsync(
                $"{owner.Attribute("script[src='/widget.js']", "data-portal")}/api/widgets/{shop.Id}/config"
            ),
            StringComparison.Ordinal
        );
        await owner.OpenAsync($"/widgets/{shop.Id}/preview?version=9");
        Assert.Equal(System.Net.HttpStatusCode.NotFound, owner.Status);
    }

    private async Task<(Shop Shop, Visitor Owner)> OwnerAsync()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        return (shop, portal.SignedIn(shop.ClientId));
    }

    private static async Task PublishAsync(Visitor owner, Shop shop, params (string, string)[] fields)
    {
        await owner.OpenAsync($"/widgets/{shop.Id}");
        await owner.SubmitAsync("#customize", fields);
    }

    private static async Task DraftAsync(Visitor owner, Shop shop, params (string, string)[] fields)
    {
        await owner.OpenAsync($"/widgets/{shop.Id}");
        await owner.SubmitAsync("#customize", to: $"/widgets/{shop.Id}?handler=Draft", fields);
    }
}
