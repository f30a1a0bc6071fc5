using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using Portal.Model;
using Portal.Tests.Api;
using Portal.Tests.Pages;

namespace Portal.Tests.Browser;

/// <summary>Team, settings, audit log and the agency's clients, in a real browser: wide and on a phone, light and dark, with long names.</summary>
[Collection(BrowserCollection.Name)]
public sealed class PeoplePagesTests(Chromium chromium, PortalApp portal) : IClassFixture<PortalApp>
{
    private const string Long = "Alderwood, Finchley & Daughters Upholstery and Timber Works";

    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task The_pages_fit_read_well_and_stay_within_the_content_policy(ColorScheme scheme)
    {
        // As a process in Development, because only there are the styles served from the source tree.
        await using var process = await PortalProcess.StartAsync(
        [
            .. portal.Settings.Where(setting => setting.Key != "Portal:PublicUrl").Select(setting => (setting.Key, setting.Value)),
            ("ASPNETCORE_ENVIRONMENT", "Development"), ("Portal:Sample:SitePort", $"{FreePort.Next()}"), ("Portal:Sample:BotPort", $"{FreePort.Next()}"),
        ]);
        foreach (var width in new[] { 1440, 390 })
        {
            await LookAsync(process.Http.BaseAddress!, width, scheme);
        }
    }

    private async Task LookAsync(Uri address, int width, ColorScheme scheme)
    {
        var client = await portal.NewClientAsync(Long);
        var (owner, admin) = (await portal.NewUserAsync(client.Id), await portal.NewUserAsync());
        await using var context = await chromium.Browser.NewContextAsync(new()
        {
            BaseURL = address.ToString(),
            ViewportSize = new() { Width = width, Height = 900 },
            ColorScheme = scheme,
            ReducedMotion = ReducedMotion.Reduce,
        });
        var page = await context.NewPageAsync();
        var complaints = new List<string>();
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
            {
                complaints.Add(message.Text);
            }
        };

        await SignInAsync(page, owner);
        await page.GotoAsync("/team");
        await page.GetByLabel("Name").FillAsync($"Nia {Long}");
        await page.GetByLabel("E-mail").FillAsync($"nia.{Guid.NewGuid():N}@a-rather-long-mail-host-name.test");
        await page.GetByRole(AriaRole.Button, new() { Name = "Invite" }).ClickAsync();
        await Microsoft.Playwright.Assertions.Expect(page.Locator("#handover code")).ToContainTextAsync("/account/welcome");
        await CheckAsync(page, "after an invitation");
        foreach (var path in new[] { "/team/leave", "/settings", "/audit" })
        {
            await page.GotoAsync(path);
            await CheckAsync(page, path);
        }

        await context.ClearCookiesAsync();
        await SignInAsync(page, admin);
        foreach (var path in new[] { "/admin/clients", "/admin/clients/new", $"/admin/clients/{client.Id}", $"/admin/clients/{client.Id}/delete", "/admin/audit" })
        {
            await page.GotoAsync(path);
            await CheckAsync(page, path);
        }

        await page.GotoAsync($"/admin/clients/{client.Id}");
        await page.Locator("#view-as button").ClickAsync();
        await page.WaitForURLAsync("**/dashboard");
        await CheckAsync(page, "as the client");
        Assert.Empty(complaints);
    }

    private async Task SignInAsync(IPage page, User user)
    {
        await page.GotoAsync("/account/sign-in");
        await page.GetByLabel("E-mail").FillAsync(user.Email!);
        await page.GetByLabel("Password", new() { Exact = true }).FillAsync(People.Password);
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForURLAsync(url => !url.Contains("sign-in", StringComparison.Ordinal));
    }

    private static async Task CheckAsync(IPage page, string where)
    {
        var result = await page.RunAxe();
        Assert.True(result.Violations.Length == 0, $"{where}: {string.Join("; ", result.Violations.Select(found => $"{found.Id} at {string.Join(", ", found.Nodes.Select(node => node.Target))}"))}");
        var over = await page.EvaluateAsync<int>("document.documentElement.scrollWidth - document.documentElement.clientWidth");
        Assert.True(over <= 0, $"{where} is {over} px too wide.");
        if (Environment.GetEnvironmentVariable("PORTAL_TEST_PICTURES") is { Length: > 0 } folder)
        {
            var name = $"{where.Trim('/').Replace('/', '-')}-{page.ViewportSize!.Width}-{await page.EvaluateAsync<string>("matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'")}.png";
            await page.ScreenshotAsync(new() { Path = Path.Combine(folder, name), FullPage = true });
        }
    }
}
