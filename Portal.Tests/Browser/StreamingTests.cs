using Microsoft.Playwright;
using Portal.Audit;
using Portal.Tests.Api;
using Portal.Tests.Webhooks;
using static Microsoft.Playwright.Assertions;

namespace Portal.Tests.Browser;

/// <summary>The real widget on a website of its own, and a bot that takes its time.</summary>
[Trait("Speed", "slow")]
public sealed class StreamingTests(Chromium chromium, SharedPortal portal) : IClassFixture<SharedPortal.Running>
{
    [Fact]
    public async Task A_visitor_reads_the_first_words_while_the_bot_is_still_speaking()
    {
        await using var n8n = await N8n.StartAsync();
        var bot = new StreamingBot(n8n);
        var shop = await portal.NewWidgetAsync(n8n.Url);
        await using var website = Upstream.Saying(
            $"""<!doctype html><title>Shop</title><script src="{portal.Url}widget.js" data-widget="{shop.Id}" data-color="#1F5D4C" async></script>""",
            type: "text/html"
        );
        await using var context = await chromium.NewContextAsync(
            new()
            {
                ViewportSize = new() { Width = 1280, Height = 900 },
                Locale = "en-GB",
            }
        );
        var page = await context.NewPageAsync();
        await page.GotoAsync(website.Url);
        await page.GetByRole(AriaRole.Button, new() { Name = "Chat", Exact = true }).ClickAsync();
        var chat = page.GetByRole(AriaRole.Dialog);
        await chat.GetByRole(AriaRole.Textbox).FillAsync("When do you deliver?");
        await page.Keyboard.PressAsync("Enter");
        await bot.Asked;
        bot.Say("We deliver **in six");
        await Expect(chat).ToContainTextAsync("We deliver");
        Assert.DoesNotContain("days", await chat.InnerTextAsync(), StringComparison.Ordinal);

        bot.Say(" days**.");
        bot.End();

        await Expect(chat).ToContainTextAsync("We deliver in six days.");
        await Expect(chat.GetByRole(AriaRole.Button, new() { Name = "Helpful", Exact = true })).ToBeVisibleAsync();
    }

    [Fact]
    public async Task What_a_page_knows_of_its_visitor_reaches_the_workflow()
    {
        await using var n8n = await N8n.StartAsync();
        var shop = await portal.NewWidgetAsync(n8n.Url);
        await using var website = Upstream.Saying(
            $$"""
            <!doctype html><title>Shop</title>
            <script>
                window.ChatPortal = [
                    ["setPage", { url: "https://shop.example/cart", title: "Cart", plan: "pro", customer: { id: "C-1042" } }],
                    ["send", "When do you deliver?"],
                ];
            </script>
            <script src="{{portal.Url}}widget.js" data-widget="{{shop.Id}}" async></script>
            """,
            type: "text/html"
        );
        await using var context = await chromium.NewContextAsync(new() { Locale = "en-GB" });
        var page = await context.NewPageAsync();
        await page.GotoAsync(website.Url);
        await Expect(
                page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Helpful", Exact = true })
            )
            .ToBeVisibleAsync();

        var metadata = n8n.Asked[^1].GetProperty("metadata");
        Assert.Equal("""{"plan":"pro","customer.id":"C-1042"}""", metadata.GetProperty("custom").GetRawText());
        Assert.Equal("https://shop.example/cart", metadata.GetProperty("page").GetProperty("url").GetString());
    }
}
