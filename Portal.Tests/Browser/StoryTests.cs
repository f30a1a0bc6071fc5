using Microsoft.Playwright;
using Portal.Audit;
using Portal.Tests.Data;
using static Microsoft.Playwright.Assertions;

namespace Portal.Tests.Browser;

/// <summary>
/// The main job, end to end, on the portal as ./run starts it: its sample shop, its sample bot, its embedded default's
/// seed.
/// </summary>
[Trait("Speed", "slow")]
public sealed class StoryTests(Chromium chromium)
{
    [Fact]
    public async Task A_visitor_asks_on_the_shops_page_and_the_client_reads_the_conversation()
    {
        await using var database = await TestDatabase.CreateAsync();
        using var folder = TestFolder.Create();
        using var shop = HeldPort.Take();
        using var bot = HeldPort.Take();
        await using var portal = await PortalProcess.StartAsync(
            database,
            ("ASPNETCORE_ENVIRONMENT", "Development"),
            ("Portal:DataDirectory", folder.Path),
            ("Portal:MasterKey", Convert.ToBase64String(new byte[32])),
            ("Portal:Sample:SitePort", $"{shop}"),
            ("Portal:Sample:BotPort", $"{bot}")
        );
        await using var context = await chromium.NewContextAsync(
            new()
            {
                ViewportSize = new() { Width = 1280, Height = 900 },
                Locale = "en-GB",
            }
        );
        var page = await context.NewPageAsync();
        var complaints = new List<string>();
        page.Console += (_, message) =>
        {
            if (message.Type == "error")
            {
                complaints.Add(message.Text);
            }
        };

        // The visitor.
        await page.GotoAsync(shop.Url.ToString());
        await page.GetByRole(AriaRole.Button, new() { Name = "Chat", Exact = true }).ClickAsync();
        var chat = page.GetByRole(AriaRole.Dialog);
        await Expect(chat).ToContainTextAsync("AI");
        await chat.GetByRole(AriaRole.Textbox).FillAsync("Can I return a sofa?");
        await page.Keyboard.PressAsync("Enter");
        await Expect(chat).ToContainTextAsync("30 days");
        var rated = page.WaitForResponseAsync(response =>
            response.Url.EndsWith("/feedback", StringComparison.Ordinal) && response.Request.Method == "PUT"
        );
        await chat.GetByRole(AriaRole.Button, new() { Name = "Helpful", Exact = true }).ClickAsync();
        Assert.Equal(204, (await rated).Status);

        // After a reload the chat is open as it was left, with the conversation in it.
        await page.ReloadAsync();
        await Expect(chat).ToContainTextAsync("30 days");

        // The client.
        var password = await File.ReadAllTextAsync(Path.Combine(folder.Path, "demo-owner-password"));
        await page.GotoAsync(portal.Http.BaseAddress!.ToString());
        await page.GetByLabel("Email").FillAsync("maya@alderfinch.example");
        await page.GetByLabel("Password", new() { Exact = true }).FillAsync(password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Conversations" }).First.ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Can I return a sofa?" }).First.ClickAsync();
        var transcript = page.GetByRole(AriaRole.Region, new() { Name = "Transcript" });
        await Expect(transcript).ToContainTextAsync("Can I return a sofa?");
        await Expect(transcript).ToContainTextAsync("30 days");
        await Expect(transcript).ToContainTextAsync("0.80");
        await Expect(transcript).ToContainTextAsync("Helpful");
        Assert.Empty(complaints);
    }
}
