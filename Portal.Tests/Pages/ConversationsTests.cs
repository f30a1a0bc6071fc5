using System.Net;
using Portal.Audit;
using Portal.Tests.Api;

namespace Portal.Tests.Pages;

public sealed class ConversationsTests(SharedPortal portal) : IClassFixture<SharedPortal.Running>
{
    private const string Webhook = "https://n8n.shop.example/webhook/shop";

    private readonly DateTimeOffset _now = new(2026, 3, 2, 23, 41, 7, TimeSpan.Zero);

    [Fact]
    public async Task A_conversation_reads_as_a_document_by_the_clients_own_clock()
    {
        var shop = await portal.NewWidgetAsync(Webhook, new() { Texts = new() { Title = "Fern" } });
        await portal.LiveInAsync(shop, "Europe/Berlin");
        var id = await portal.HadAsync(
            shop,
            new("Can I return a sofa?", _now)
            {
                Answer = "Yes, within 30 days.\n<b>Really</b>",
                Confidence = 0.66,
                Feedback = "down",
                Comment = "Not about the price",
                Sources =
                    """[{"title":"Returns","url":"https://www.shop.example/returns"},{"title":"Not a link","url":"javascript:alert(1)"},5]""",
            }
        );
        var owner = portal.SignedIn(shop.ClientId);

        await owner.OpenAsync($"/conversations/{id}");

        Assert.Equal("Tuesday 3 March 2026", owner.Text(".day"));
        Assert.Equal("00:41:07", owner.Text(".turn:first-of-type time"));
        Assert.Equal("2 Mar 2026, 23:41:07 UTC", owner.Attribute(".turn time", "title"));
        Assert.Equal("Fern", owner.Text(".turn:nth-of-type(2) .who"));
        Assert.Equal("AI", owner.Text(".turn:nth-of-type(2) .badge"));
        Assert.Equal("Yes, within 30 days.\n<b>Really</b>", owner.Text(".turn:nth-of-type(2) .said"));
        Assert.Equal("Confidence 0.66", owner.Attribute(".turn .conf.m", "title"));
        Assert.Contains("“Not about the price”", owner.Text(".meta"), StringComparison.Ordinal);
        Assert.Equal("https://www.shop.example/returns", owner.Attribute(".sources a", "href"));
        Assert.DoesNotContain("javascript:", owner.Page.Body!.InnerHtml, StringComparison.Ordinal);
        Assert.Contains("German", owner.Text(".aside"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failure_stands_in_place_with_the_sentence_of_its_type()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        var id = await portal.HadAsync(
            shop,
            new("Where is my label?", _now)
            {
                Status = "failed",
                ErrorType = "timeout",
                Answer = "Please call us.",
            }
        );
        var owner = portal.SignedIn(shop.ClientId);

        await owner.OpenAsync($"/conversations/{id}");

        Assert.Contains("Timed out.", owner.Text(".fail"), StringComparison.Ordinal);
        Assert.Contains("Please call us.", owner.Text(".fail"), StringComparison.Ordinal);
        Assert.Equal($"/widgets/{shop.Id}/connection", owner.Attribute(".fail a", "href"));
    }

    [Fact]
    public async Task Filters_stand_in_the_address_and_are_kept_by_every_link()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        await portal.HadAsync(shop, new("Liked", _now) { Feedback = "up" });
        await portal.HadAsync(shop, new("Disliked", _now) { Feedback = "down" });
        await portal.HadAsync(shop, new("Failed", _now) { Status = "failed" });
        var owner = portal.SignedIn(shop.ClientId);

        await owner.OpenAsync("/conversations?feedback=down");
        Assert.Equal(["Disliked"], Questions(owner));
        Assert.EndsWith("?feedback=down", owner.Attribute(".ci", "href"), StringComparison.Ordinal);

        await owner.OpenAsync("/conversations?failed=true");
        Assert.Equal(["Failed"], Questions(owner));

        await owner.OpenAsync($"/conversations?widget={shop.Id}&feedback=up");
        Assert.Equal(["Liked"], Questions(owner));

        await owner.OpenAsync("/conversations?feedback=up&failed=true");
        Assert.Empty(Questions(owner));
        Assert.Contains("No results", owner.Text("#conv-items"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Older_and_newer_lead_through_all_conversations_once_even_those_of_one_moment()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        for (var i = 0; i < 65; i++)
        {
            // Three share each moment, so that a page ends between equals.
            await portal.HadAsync(shop, new($"Question {i}", _now.AddMinutes(-(i / 3))));
        }

        var owner = portal.SignedIn(shop.ClientId);
        await owner.OpenAsync("/conversations");
        Assert.Equal("65", owner.Text("#count"));
        var first = Questions(owner);
        await owner.OpenAsync(Older(owner)!);
        var second = Questions(owner);
        await owner.OpenAsync(Older(owner)!);
        var third = Questions(owner);

        Assert.Null(Older(owner));
        Assert.Equal((30, 30, 5), (first.Length, second.Length, third.Length));
        Assert.Equal(65, first.Concat(second).Concat(third).Distinct().Count());

        await owner.OpenAsync(Newer(owner)!);
        Assert.Equal(second, Questions(owner));
        await owner.OpenAsync(Newer(owner)!);
        Assert.Equal(first, Questions(owner));
        Assert.Null(Newer(owner));
    }

    [Fact]
    public async Task A_place_in_the_list_that_makes_no_sense_shows_the_beginning()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        await portal.HadAsync(shop, new("Still here", _now));
        var owner = portal.SignedIn(shop.ClientId);

        await owner.OpenAsync("/conversations?older=99999999999999999999_zz&widget=nonsense&failed=maybe");

        Assert.Equal(["Still here"], Questions(owner));
    }

    [Fact]
    public async Task Another_clients_conversation_is_not_there()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        var id = await portal.HadAsync(shop, new("A secret question", _now));
        var stranger = portal.SignedIn((await portal.NewWidgetAsync(Webhook)).ClientId);

        await stranger.OpenAsync($"/conversations/{id}");
        Assert.Equal(HttpStatusCode.NotFound, stranger.Response.StatusCode);

        await stranger.OpenAsync($"/conversations?widget={shop.Id}");
        Assert.Empty(Questions(stranger));
        Assert.DoesNotContain("secret", stranger.Text("main"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_conversations_the_page_says_what_will_be_there()
    {
        var owner = portal.SignedIn((await portal.NewWidgetAsync(Webhook)).ClientId);

        await owner.OpenAsync("/conversations");

        Assert.Equal("No conversations yet", owner.Text("#conversation h2"));
    }

    [Fact]
    public async Task The_signed_out_are_asked_to_sign_in()
    {
        var nobody = portal.SignedOut();

        await nobody.OpenAsync("/conversations");

        Assert.Equal("/account/sign-in", nobody.Address.AbsolutePath);
    }

    private static string[] Questions(Visitor visitor) =>
        [.. visitor.Page.QuerySelectorAll(".ci > p").Select(p => p.TextContent.Trim())];

    private static string? Older(Visitor visitor) => visitor.Attribute(".pager-x a[href*='older=']", "href");

    private static string? Newer(Visitor visitor) => visitor.Attribute(".pager-x a[href*='newer=']", "href");
}
