using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using MimeKit;
using Portal.Audit;
using Portal.Tests.Data;
using Portal.Tests.Mail;
using static Microsoft.Playwright.Assertions;

namespace Portal.Tests.Browser;

/// <summary>The passkey ceremony, with a virtual authenticator in a real browser.</summary>
[Trait("Speed", "slow")]
public sealed class PasskeyTests(Chromium chromium)
{
    [Fact]
    public async Task Somebody_adds_a_passkey_and_signs_in_with_nothing_else()
    {
        await using var mail = new SmtpServer();
        await mail.StartAsync();
        await using var database = await TestDatabase.CreateAsync();
        using var folder = TestFolder.Create();
        using var shop = HeldPort.Take();
        using var bot = HeldPort.Take();
        await using var portal = await PlainPortal.StartAsync(
            "Development",
            [
                .. database.Settings.Select(setting => (setting.Key, setting.Value)),
                .. mail.Settings,
                ("Portal:DataDirectory", folder.Path),
                ("Portal:MasterKey", Convert.ToBase64String(new byte[32])),
                ("Portal:Sample:SitePort", $"{shop}"),
                ("Portal:Sample:BotPort", $"{bot}"),
            ]
        );
        var password = await File.ReadAllTextAsync(Path.Combine(folder.Path, "demo-owner-password"));
        await using var context = await chromium.NewContextAsync(
            new() { BaseURL = portal.Http.BaseAddress!.ToString() }
        );
        var page = await context.NewPageAsync();
        await page.AddAuthenticatorAsync();

        await page.GotoAsync("/account/sign-in");
        await page.GetByLabel("Email").FillAsync("maya@alderfinch.example");
        await page.GetByLabel("Password", new() { Exact = true }).FillAsync(password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in", Exact = true }).ClickAsync();
        await Expect(page).ToHaveURLAsync(new Regex("/dashboard$"));
        await page.GotoAsync("/account/factors");
        await page.GetByLabel("Name").FillAsync("Kim’s laptop");
        await page.GetByRole(AriaRole.Button, new() { Name = "Add a passkey" }).ClickAsync();

        // Ten codes are hashed as passwords are, which takes a busy machine a while.
        await Expect(page.GetByRole(AriaRole.Main))
            .ToContainTextAsync("Kim’s laptop", new() { Timeout = (float)Timeouts.Limit.TotalMilliseconds });
        await Expect(page.Locator("#codes li")).ToHaveCountAsync(10);
        await ReadAsync(mail, "added the passkey “Kim’s laptop” to your account");

        // With the password too, the passkey is asked for.
        await page.SignOutAsync();
        await page.GotoAsync("/account/sign-in");
        await page.GetByLabel("Email").FillAsync("maya@alderfinch.example");
        await page.GetByLabel("Password", new() { Exact = true }).FillAsync(password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in", Exact = true }).ClickAsync();
        await Expect(page).ToHaveURLAsync(new Regex("/account/second-step$"));
        await page.GetByRole(AriaRole.Button, new() { Name = "Use a passkey" }).ClickAsync();
        await Expect(page).ToHaveURLAsync(new Regex("/dashboard$"));

        await page.SignOutAsync();
        await page.GotoAsync("/account/sign-in?returnUrl=%2Faccount%2Ffactors");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in with a passkey" }).ClickAsync();
        await Expect(page).ToHaveURLAsync(new Regex("/account/factors$"));

        await page.GetByRole(AriaRole.Button, new() { Name = "Remove Kim’s laptop" }).ClickAsync();
        await page.Locator("#removing").GetByRole(AriaRole.Button, new() { Name = "Remove" }).ClickAsync();
        await Expect(page.GetByText("Passkey removed.")).ToBeVisibleAsync();
        await ReadAsync(mail, "removed the passkey “Kim’s laptop” from your account");
        await Expect(page.GetByRole(AriaRole.Main)).Not.ToContainTextAsync("Kim’s laptop");
        await page.SignOutAsync();
        await page.GotoAsync("/account/sign-in");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in with a passkey" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Main)).ToContainTextAsync("We don’t recognize this passkey");
    }

    // New sign-ins are mailed, too. One that never comes is a failure of the server's next.
    private static async Task ReadAsync(SmtpServer server, string news)
    {
        while (true)
        {
            using var raw = new MemoryStream(Encoding.UTF8.GetBytes((await server.NextAsync()).Raw));
            if ((await MimeMessage.LoadAsync(raw)).TextBody!.Contains(news, StringComparison.Ordinal))
            {
                return;
            }
        }
    }
}
