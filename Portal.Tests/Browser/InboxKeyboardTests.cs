using Portal.Tests.Api;
using Portal.Tests.Pages;
using static Microsoft.Playwright.Assertions;

namespace Portal.Tests.Browser;

/// <summary>Conversations worked through by keyboard, as in mail programs.</summary>
[Trait("Speed", "slow")]
public sealed class InboxKeyboardTests(Chromium chromium, SharedPortal portal) : IClassFixture<SharedPortal.Running>
{
    private const string Webhook = "https://n8n.shop.example/webhook/shop";

    [Fact]
    public async Task Conversations_are_worked_through_without_a_mouse()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        var now = DateTimeOffset.UtcNow;
        await portal.HadAsync(shop, new("The older one", now.AddHours(-2)));
        var newer = await portal.HadAsync(shop, new("The newer one", now.AddHours(-1)));
        await using var door = await Door.OpenAsync(chromium, portal);
        var page = await door.EnterAsync(portal.SignedIn(shop.ClientId));
        await page.GotoAsync($"/conversations/{newer}");

        await page.Keyboard.PressAsync("j");
        await Expect(page.Locator("#conversation h2").First).ToHaveTextAsync("The older one");
        await page.Keyboard.PressAsync("e");
        await Expect(page.Locator("#work-state")).ToHaveTextAsync("Done");
        await Expect(page.Locator(".ci[aria-current] .badge.ok").First).ToContainTextAsync("Done");
        await page.Keyboard.PressAsync("k");
        await Expect(page.Locator("#conversation h2").First).ToHaveTextAsync("The newer one");
        await Expect(page.Locator("#work-state")).ToHaveTextAsync("Open");

        // What is typed into a field is text.
        await page.Keyboard.PressAsync("n");
        await Expect(page.Locator("#work-note")).ToBeFocusedAsync();
        await page.Keyboard.TypeAsync("jek?");
        await Expect(page.Locator("#work-note")).ToHaveValueAsync("jek?");
        await page.GetByRole(Microsoft.Playwright.AriaRole.Button, new() { Name = "Add note" }).ClickAsync();
        await Expect(page.Locator(".note-x .said")).ToHaveTextAsync("jek?");

        await page.EvaluateAsync("document.activeElement.blur()");
        await page.Keyboard.PressAsync("x");
        await Expect(page.Locator("#bulk")).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("?");
        await Expect(page.Locator("conversation-keys dialog")).ToBeVisibleAsync();
        Assert.Empty(door.Complaints);
    }

    [Fact]
    public async Task What_somebody_else_does_shows_without_a_reload()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        var id = await portal.HadAsync(shop, new("Where is my sofa?", DateTimeOffset.UtcNow.AddHours(-1)));
        await using var door = await Door.OpenAsync(chromium, portal);
        var page = await door.EnterAsync(portal.SignedIn(shop.ClientId));
        await page.GotoAsync($"/conversations/{id}");

        var other = portal.SignedIn(shop.ClientId);
        await other.OpenAsync($"/conversations/{id}");
        await other.SubmitAsync("form:has(#mark-done)");

        await Expect(page.Locator(".ci .badge.ok").First).ToContainTextAsync("Done", new() { Timeout = 60_000 });
    }
}
