using Microsoft.Playwright;
using Portal.Tests.Pages;
using static Microsoft.Playwright.Assertions;

namespace Portal.Tests.Browser;

/// <summary>The passkey ceremony, with a virtual authenticator in a real browser.</summary>
[Collection(BrowserCollection.Name)]
public sealed class PasskeyTests(Chromium chromium, PortalApp portal) : IClassFixture<PortalApp>
{
    [Fact]
    public async Task Somebody_adds_a_passkey_and_signs_in_with_nothing_else()
    {
        var user = await portal.NewOwnerAsync();
        await using var context = await chromium.Browser.NewContextAsync();
        var page = await context.NewPageAsync();
        var devTools = await context.NewCDPSessionAsync(page);
        await devTools.SendAsync("WebAuthn.enable");
        await devTools.SendAsync("WebAuthn.addVirtualAuthenticator", new()
        {
            ["options"] = new Dictionary<string, object>
            {
                ["protocol"] = "ctap2", ["transport"] = "internal", ["hasResidentKey"] = true, ["hasUserVerification"] = true, ["isUserVerified"] = true, ["automaticPresenceSimulation"] = true,
            },
        });

        await page.GotoAsync($"{portal.Url}account/sign-in");
        await page.GetByLabel("E-mail").FillAsync(user.Email!);
        await page.GetByLabel("Password", new() { Exact = true }).FillAsync(People.Password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in", Exact = true }).ClickAsync();
        await page.GotoAsync($"{portal.Url}account/factors");
        await page.GetByLabel("Name").FillAsync("Kim’s laptop");
        await page.GetByRole(AriaRole.Button, new() { Name = "Add a passkey" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Main)).ToContainTextAsync("Kim’s laptop");

        await context.ClearCookiesAsync();
        await page.GotoAsync($"{portal.Url}account/sign-in?returnUrl=%2Faccount%2Ffactors");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in with a passkey" }).ClickAsync();
        await Expect(page).ToHaveURLAsync($"{portal.Url}account/factors");

        await page.GetByRole(AriaRole.Button, new() { Name = "Remove Kim’s laptop" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Main)).Not.ToContainTextAsync("Kim’s laptop");
        await context.ClearCookiesAsync();
        await page.GotoAsync($"{portal.Url}account/sign-in");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in with a passkey" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Main)).ToContainTextAsync("That passkey is not known here");
    }
}
