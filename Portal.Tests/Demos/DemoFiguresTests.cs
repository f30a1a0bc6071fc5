using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Portal.Analytics;
using Portal.Audit;
using Portal.Demos;
using Portal.Model;
using Portal.Tests.Api;
using Portal.Tests.Data;
using Portal.Tests.Pages;

namespace Portal.Tests.Demos;

/// <summary>What lists and figures say of demos.</summary>
public sealed class DemoFiguresTests(PortalApp portal) : IClassFixture<PortalApp>
{
    private const string Webhook = "https://n8n.shop.example/webhook/shop";

    private readonly DateTimeOffset _now = DateTimeOffset.UtcNow;

    [Theory]
    [InlineData("Active", "")]
    [InlineData("Limit reached", "UPDATE demo_links SET messages = message_cap WHERE id = '{link}'")]
    [InlineData("Revoked", "UPDATE demo_links SET revoked_at = now() WHERE id = '{link}'")]
    [InlineData("Revoked", "UPDATE widgets SET is_active = false WHERE id = '{widget}'")]
    [InlineData("Expired", "UPDATE widgets SET expires_at = now() - interval '1 minute' WHERE id = '{widget}'")]
    [InlineData(
        "Expired",
        "UPDATE widgets SET expires_at = now() - interval '1 minute', is_active = false WHERE id = '{widget}'"
    )]
    public async Task Every_list_says_the_same_of_a_demo(string state, string sql)
    {
        var (shop, demo, link) = await NewAsync();
        if (sql.Length > 0)
        {
            await portal.ExecuteAsync(
                sql.Replace("{link}", $"{link}", StringComparison.Ordinal)
                    .Replace("{widget}", $"{demo.Id}", StringComparison.Ordinal)
            );
        }

        // A dashboard has its list of widgets once a visitor has asked something.
        await portal.HadAsync(shop, new("Do you ship?", _now));
        var owner = portal.SignedIn(shop.ClientId);
        await owner.OpenAsync("/demos");
        Assert.Equal(state, owner.Text("#demos .badge"));

        var admin = portal.SignedInAsAdmin();
        var business = await portal.As(shop.ClientId, db => db.Clients.Select(client => client.Name).SingleAsync());
        await admin.OpenAsync($"/admin/widgets?kind=demo&search={Uri.EscapeDataString(business)}");
        Assert.Equal($"Demo: {state}", admin.Text("#widgets .badge"));

        // A demo that runs is told to be well, as any widget is.
        var shown = state == "Active" ? "No messages yet" : state;
        foreach (var page in new[] { "/widgets", "/dashboard" })
        {
            await owner.OpenAsync(page);
            var row = owner
                .Page.QuerySelectorAll("tr, li")
                .Single(row => row.QuerySelector($"a[href*='{demo.Id}']") is not null);
            Assert.Equal(shown, row.QuerySelector(".badge")!.TextContent.Trim());
        }
    }

    [Fact]
    public async Task What_prospects_asked_counts_in_no_live_figure_and_in_their_demos_own()
    {
        var (shop, demo, _) = await NewAsync();
        foreach (var at in new[] { _now, _now.AddDays(-1) })
        {
            await portal.HadAsync(shop, new("Do you ship?", at) { Confidence = 0.9 });
            for (var i = 0; i < 3; i++)
            {
                await portal.HadAsync(
                    demo,
                    new("Is this a demo?", at)
                    {
                        Kind = "demo",
                        Confidence = 0.1,
                        Feedback = "down",
                        Status = "failed",
                        LatencyMs = 90_000,
                    }
                );
            }
        }

        await CountAsync();
        var owner = portal.SignedIn(shop.ClientId);

        await owner.OpenAsync("/dashboard");
        Assert.Equal("1", owner.Text(".stat:nth-child(1) dd"));
        Assert.Equal("100\u2009%", owner.Text(".stat:nth-child(2) dd"));
        await AssertTotalsAsync(owner, "/analytics?days=7", "2", "0.90");
        Assert.DoesNotContain("Is this a demo?", owner.Text("main"), StringComparison.Ordinal);
        await AssertTotalsAsync(owner, $"/analytics?days=7&widget={demo.Id}", "6", "0.10");
        Assert.Contains("Is this a demo?", owner.Text("main"), StringComparison.Ordinal);
        await owner.OpenAsync("/analytics/export?days=7");
        Assert.Contains(
            ",1,1,1,0,0.9,1,0,0,0",
            await owner.Response.Content.ReadAsStringAsync(),
            StringComparison.Ordinal
        );
        Assert.DoesNotContain(",3,3,", await owner.Response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_demo_that_went_live_counts_from_then_on()
    {
        var (shop, demo, link) = await NewAsync();
        await portal.HadAsync(demo, new("As a prospect", _now.AddDays(-1)) { Kind = "demo", Confidence = 0.1 });
        await portal.HadAsync(demo, new("As a prospect", _now) { Kind = "demo", Confidence = 0.1 });
        await CountAsync();
        var owner = portal.SignedIn(shop.ClientId);
        await owner.OpenAsync($"/demos/{link}");
        await owner.SubmitAsync("#live", ("Live.Website", "https://shop.example"));
        await portal.HadAsync(demo, new("As a visitor", _now) { Confidence = 0.8 });

        // Another zone counts all days again.
        await portal.LiveInAsync(shop, "Asia/Kathmandu");
        await CountAsync();

        await AssertTotalsAsync(owner, "/analytics?days=7", "1", "0.80");
        await AssertTotalsAsync(owner, $"/analytics?days=7&widget={demo.Id}", "1", "0.80");
    }

    private static async Task AssertTotalsAsync(Visitor owner, string page, string messages, string confidence)
    {
        await owner.OpenAsync(page);
        Assert.Equal(messages, owner.Text(".stat:nth-child(2) dd"));
        Assert.Equal(confidence, owner.Text(".stat:nth-child(4) dd"));
    }

    private async Task<(Shop Shop, Shop Demo, Guid Link)> NewAsync()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        await using var scope = portal.Services.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<Tenant>().Enter(shop.ClientId);
        var like = await scope
            .ServiceProvider.GetRequiredService<PortalDb>()
            .Widgets.SingleAsync(widget => widget.Id == shop.Id);
        var link = await scope
            .ServiceProvider.GetRequiredService<DemoService>()
            .MakeAsync(like, "Northwind", 14, 10, null, Guid.CreateVersion7(), "Kim", default);
        return (shop, new(link.WidgetId, shop.ClientId), link.Id);
    }

    private async Task CountAsync()
    {
        var databases = portal.Services.GetRequiredService<Portal.Data.Databases>();
        await new SearchIndexJob(databases.OpenJobsDb()).RunAsync(new(), default);
        await new DailyAnalyticsJob(databases.OpenJobsDb()).RunAsync(new(), default);
    }
}
