using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Portal.Analytics;
using Portal.Audit;
using Portal.Tests.Api;
using Portal.Tests.Data;

namespace Portal.Tests.Pages;

public sealed class AnalyticsTests(PortalApp portal) : IClassFixture<PortalApp>
{
    private const string Webhook = "https://n8n.shop.example/webhook/shop";

    private readonly DateTimeOffset _now = DateTimeOffset.UtcNow;

    [Fact]
    public async Task Past_days_come_from_the_aggregates_and_today_from_the_messages()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        await portal.HadAsync(shop, new("Yesterday one", _now.AddDays(-1)) { Confidence = 0.4, Feedback = "down" });
        await portal.HadAsync(shop, new("Yesterday two", _now.AddDays(-1)) { Confidence = 0.8, Feedback = "up" });
        await CountAsync();
        await portal.HadAsync(shop, new("Just now", _now) { Confidence = 0.6, Status = "failed" });
        var owner = portal.SignedIn(shop.ClientId);

        await owner.OpenAsync("/analytics?days=7");

        Assert.Equal("3", owner.Text(".stat:nth-child(2) dd"));
        Assert.Contains("1 failed", owner.Text(".stat:nth-child(2) .delta"), StringComparison.Ordinal);
        Assert.Equal("0.60", owner.Text(".stat:nth-child(4) dd"));
        Assert.Equal(7, owner.Page.QuerySelectorAll("#n-chats tbody tr").Length);
        Assert.Equal(["0", "0", "0", "0", "0", "2", "0"], Column(owner, "n-chats", 2));
        Assert.Equal(["0", "0", "0", "0", "0", "0", "1"], Column(owner, "n-chats", 3));
        Assert.Equal(["–", "–", "–", "–", "–", "0.60", "0.60"], Column(owner, "n-confidence", 2));
        Assert.Equal(["0", "0", "0", "0", "0", "1", "0"], Column(owner, "n-feedback", 3));
        Assert.Contains("Yesterday one", owner.Text("main"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_stopped_or_empty_counts_as_a_message_and_as_nothing_else_past_and_present()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        foreach (var at in new[] { _now.AddDays(-1), _now })
        {
            foreach (var status in new[] { "answered", "answered", "answered", "failed", "stopped", "empty" })
            {
                await portal.HadAsync(shop, new($"It was {status}", at) { Status = status });
            }

            await CountAsync();
        }

        // Somebody else's program knows of no such thing.
        await portal.ExecuteAsync(
            $"INSERT INTO analytics (widget_id, date, num_chats) VALUES ('{shop.Id}', (now() AT TIME ZONE 'UTC')::date - 3, 7)"
        );
        var owner = portal.SignedIn(shop.ClientId);

        await owner.OpenAsync("/analytics?days=7");

        Assert.Equal("19", owner.Text(".stat:nth-child(2) dd"));
        Assert.StartsWith(
            "86.7\u2009% answered · 2 failed",
            owner.Text(".stat:nth-child(2) .delta"),
            StringComparison.Ordinal
        );
        Assert.Equal(["0", "0", "0", "7", "0", "3", "3"], Column(owner, "n-chats", 2));
        Assert.Equal(["0", "0", "0", "0", "0", "1", "1"], Column(owner, "n-chats", 3));
        await owner.OpenAsync("/dashboard");
        Assert.Equal(["3", "3"], Column(owner, "n-weeks", 2)[^2..]);
        Assert.Equal("75.0\u2009%", owner.Text(".stat:nth-child(2) dd"));
    }

    [Fact]
    public async Task A_period_stands_beside_the_one_before_it()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        await portal.HadAsync(shop, new("Of the week before", _now.AddDays(-8)));
        await portal.HadAsync(shop, new("Of this week", _now.AddDays(-2)));
        await portal.HadAsync(shop, new("Of this week, too", _now.AddDays(-3)));
        await CountAsync();
        var owner = portal.SignedIn(shop.ClientId);

        await owner.OpenAsync("/analytics?days=7");

        Assert.Contains("+100\u2009% vs previous period", owner.Text(".stat .delta"), StringComparison.Ordinal);
        Assert.Equal(["0", "0", "0", "0", "0", "1", "0"], Column(owner, "n-chats", 4));
    }

    [Fact]
    public async Task Questions_of_several_days_and_widgets_are_counted_together()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        await portal.HadAsync(shop, new("Wann öffnet ihr?", _now.AddDays(-1)));
        await portal.HadAsync(shop, new("Wann öffnen Sie?", _now.AddDays(-2)));
        await portal.HadAsync(shop, new("Habt ihr Betten?", _now.AddDays(-2)));
        await CountAsync();
        var owner = portal.SignedIn(shop.ClientId);

        await owner.OpenAsync("/analytics");

        var rows = owner
            .Page.QuerySelectorAll("table:has(.bar) tbody tr")
            .Select(row => string.Join('|', row.Children.Select(cell => cell.TextContent.Trim())))
            .ToList();
        Assert.Equal(2, rows.Count);
        Assert.EndsWith("|2", rows[0], StringComparison.Ordinal);
        Assert.StartsWith("Wann", rows[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_question_leads_to_its_conversations_of_the_same_days_and_widget()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        await portal.HadAsync(shop, new("Habt ihr Betten?", _now.AddDays(-1)));
        await portal.HadAsync(shop, new("Habt ihr Betten?", _now.AddDays(-20)));
        await CountAsync();
        await new SearchIndexJob(portal.Services.GetRequiredService<Portal.Data.Databases>().OpenJobsDb()).RunAsync(
            new(),
            default
        );
        var owner = portal.SignedIn(shop.ClientId);
        await owner.OpenAsync($"/analytics?days=7&widget={shop.Id}");

        await owner.OpenAsync(owner.Attribute("table:has(.bar) tbody a", "href")!);

        Assert.Equal("/conversations", owner.Path);
        Assert.All(["from=", "to=", $"widget={shop.Id}", "q=Habt"], part =>
            Assert.Contains(part, owner.Address.Query, StringComparison.Ordinal)
        );
        Assert.Single(owner.Page.QuerySelectorAll("#conv-items a.ci"));
    }

    [Fact]
    public async Task Another_clients_figures_and_widget_are_not_there()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        await portal.HadAsync(shop, new("Whose unicorn is this?", _now.AddDays(-1)));
        await CountAsync();
        var stranger = portal.SignedIn((await portal.NewWidgetAsync(Webhook)).ClientId);

        await stranger.OpenAsync("/analytics");
        Assert.Contains("No data in this period", stranger.Text("main"), StringComparison.Ordinal);
        await stranger.OpenAsync($"/analytics?widget={shop.Id}");
        Assert.Equal(HttpStatusCode.NotFound, stranger.Status);
        await stranger.OpenAsync($"/analytics/export?widget={shop.Id}");
        Assert.Equal(HttpStatusCode.NotFound, stranger.Status);
    }

    [Theory]
    [InlineData("days=0")]
    [InlineData("days=999999")]
    [InlineData("days=nonsense&from=yesterday&to=0001-01-01")]
    [InlineData("from=0001-01-01&to=9999-12-31")]
    [InlineData("from=2026-05-05&to=2026-01-01")]
    public async Task Periods_that_make_no_sense_show_something_sensible(string query)
    {
        var owner = portal.SignedIn((await portal.NewWidgetAsync(Webhook)).ClientId);

        await owner.OpenAsync($"/analytics?{query}");

        Assert.Equal(HttpStatusCode.OK, owner.Status);
    }

    [Theory]
    [InlineData("2024-11-30", "2024-11-30", "30 Nov 2024")]
    [InlineData("2024-11-01", "2024-11-30", "1–30 Nov 2024")]
    [InlineData("2024-10-28", "2024-11-03", "28 Oct – 3 Nov 2024")]
    [InlineData("2023-12-28", "2024-01-03", "28 Dec 2023 – 3 Jan 2024")]
    public async Task A_span_of_days_is_written_without_saying_anything_twice(string from, string to, string expected)
    {
        var owner = portal.SignedIn((await portal.NewWidgetAsync(Webhook)).ClientId);

        await owner.OpenAsync($"/analytics?from={from}&to={to}");
        Assert.StartsWith($"{expected} · ", owner.Text(".phead .small"), StringComparison.Ordinal);

        await owner.OpenAsync($"/conversations?from={from}&to={to}");
        Assert.Contains(expected, owner.Text(".chip"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_export_has_the_days_of_the_page()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        await portal.HadAsync(shop, new("Hm", new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero)) { Confidence = 0.25 });
        await CountAsync();
        var owner = portal.SignedIn(shop.ClientId);

        await owner.OpenAsync("/analytics/export?from=2026-03-01&to=2026-03-02");

        Assert.Equal(
            ["\"2026-03-01\",\"UTC\",0,0,0,0,,0,0,0,0", "\"2026-03-02\",\"UTC\",1,1,1,0,0.25,1,1,0,0"],
            (await owner.Response.Content.ReadAsStringAsync()).Split("\r\n", StringSplitOptions.RemoveEmptyEntries)[1..]
        );
    }

    private static string[] Column(Visitor visitor, string table, int column) =>
        [
            .. visitor
                .Page.QuerySelectorAll($"#{table} tbody td:nth-child({column})")
                .Select(cell => cell.TextContent.Trim()),
        ];

    private async Task CountAsync()
    {
        var databases = portal.Services.GetRequiredService<Portal.Data.Databases>();
        await new SearchIndexJob(databases.OpenJobsDb()).RunAsync(new(), default);
        await new DailyAnalyticsJob(databases.OpenJobsDb()).RunAsync(new(), default);
    }
}
