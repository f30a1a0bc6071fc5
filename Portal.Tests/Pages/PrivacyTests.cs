using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Portal.Audit;
using Portal.Tests.Api;
using Portal.Web;

namespace Portal.Tests.Pages;

public sealed class PrivacyTests(SharedPortal portal) : IClassFixture<SharedPortal.Running>
{
    private const string Webhook = "https://n8n.shop.example/webhook/shop";

    [Fact]
    public async Task A_visitor_reads_who_runs_the_chat_that_an_ai_answers_and_how_to_be_forgotten()
    {
        var shop = await portal.NewWidgetAsync(
            Webhook,
            new()
            {
                Texts = new() { Title = "Fern" },
                PrivacyUrl = "https://shop.example/privacy",
            },
            isActive: false
        );
        var visitor = portal.SignedOut();

        await visitor.OpenAsync($"/privacy/{shop.Id}");

        Assert.Equal(HttpStatusCode.OK, visitor.Response.StatusCode);
        Assert.Contains("Fern", visitor.Text(".prose"), StringComparison.Ordinal);
        Assert.Contains("You’re chatting with an AI", visitor.Text(".prose"), StringComparison.Ordinal);
        Assert.Contains(
            $"choose {portal.Services.GetRequiredService<WidgetFiles>().Strings["forget"].English}.",
            visitor.Text(".prose"),
            StringComparison.Ordinal
        );
        Assert.Contains("without the query parameters", visitor.Text(".prose"), StringComparison.Ordinal);
        Assert.Equal("https://shop.example/privacy", visitor.Attribute(".prose a", "href"));
    }

    [Fact]
    public async Task The_notice_says_what_this_very_widget_does_and_what_its_menu_says()
    {
        var shop = await portal.NewWidgetAsync(
            Webhook,
            new()
            {
                Security = new() { PageQuery = true },
                Texts = new() { Strings = new Dictionary<string, string> { ["forget"] = "Erase our chat" } },
            }
        );
        var visitor = portal.SignedOut();

        await visitor.OpenAsync($"/privacy/{shop.Id}");

        Assert.Contains("with the query parameters", visitor.Text(".prose"), StringComparison.Ordinal);
        Assert.Contains("choose Erase our chat.", visitor.Text(".prose"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/account/sign-in")]
    [InlineData("/account/forgot")]
    [InlineData("/account/welcome?t=x")]
    [InlineData("/alerts/stop?t=x")]
    [InlineData("/nowhere")]
    [InlineData("/privacy")]
    public async Task Every_public_page_leads_to_the_portals_own_notice(string page)
    {
        var visitor = portal.SignedOut();
        await visitor.OpenAsync(page);
        Assert.InRange(visitor.Attribute("meta[name=description]", "content")!.Length, 30, 160);

        await visitor.OpenAsync(visitor.Attribute("footer a[href*=privacy]", "href")!);

        Assert.Equal((HttpStatusCode.OK, "/privacy"), (visitor.Status, visitor.Path));
        Assert.Equal("Privacy", visitor.Text("h1"));
        Assert.Contains("If you have an account", visitor.Text(".prose"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Crawlers_are_told_what_is_for_them()
    {
        var crawler = portal.SignedOut();

        await crawler.OpenAsync("/robots.txt");

        Assert.Equal(
            (HttpStatusCode.OK, "/robots.txt", "text/plain"),
            (crawler.Status, crawler.Path, crawler.Response.Content.Headers.ContentType!.MediaType)
        );
        Assert.Contains("Disallow: /\n", crawler.Body.ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_operators_own_notice_is_linked_where_there_is_one()
    {
        await using var with = await portal.ReplicaAsync(("Portal:PrivacyUrl", "https://agency.example/privacy"));
        var (visitor, without) = (with.SignedOut(), portal.SignedOut());

        await visitor.OpenAsync("/privacy");
        await without.OpenAsync("/privacy");

        Assert.Equal("https://agency.example/privacy", visitor.Attribute(".prose a", "href"));
        Assert.Null(without.Attribute(".prose a", "href"));
    }

    [Fact]
    public async Task An_unknown_widget_has_no_page()
    {
        var visitor = portal.SignedOut();

        await visitor.OpenAsync($"/privacy/{Guid.CreateVersion7()}");

        Assert.Equal(HttpStatusCode.NotFound, visitor.Response.StatusCode);
    }
}
