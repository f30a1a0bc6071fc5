using Deque.AxeCore.Commons;
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
    [InlineData(1440, ColorScheme.Light)]
    [InlineData(1440, ColorScheme.Dark)]
    [InlineData(390, ColorScheme.Light)]
    [InlineData(390, ColorScheme.Dark)]
    public async Task The_pages_fit_read_well_and_stay_within_the_content_policy(int width, ColorScheme scheme)
    {
        var client = await portal.NewClientAsync(Long);
        var (owner, admin) = (await portal.NewUserAsync(client.Id), await portal.NewUserAsync());
        await using var context = await chromium.Browser.NewContextAsync(new()
        {
            BaseURL = portal.Url.ToString(),
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
        await CheckAsync(page, scheme, "after an invitation");
        foreach (var path in new[] { "/team/leave", "/settings", "/audit" })
        {
            await page.GotoAsync(path);
            await CheckAsync(page, scheme, path);
        }

        await context.ClearCookiesAsync();
        await SignInAsync(page, admin);
        foreach (var path in new[] { "/admin/clients", "/admin/clients/new", $"/admin/clients/{client.Id}", $"/admin/clients/{client.Id}/delete", "/admin/audit" })
        {
            await page.GotoAsync(path);
            await CheckAsync(page, scheme, path);
        }

        await page.GotoAsync($"/admin/clients/{client.Id}");
        await page.Locator("#view-as button").ClickAsync();
        await page.WaitForURLAsync("**/dashboard");
        await CheckAsync(page, scheme, "as the client");
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

    private static async Task CheckAsync(IPage page, ColorScheme scheme, string where)
    {
        // Axe reads light-dark() as its light half, so it judges contrast in the light scheme only.
        var result = await page.RunAxe(scheme == ColorScheme.Light ? null : new() { Rules = new Dictionary<string, RuleOptions> { ["color-contrast"] = new() { Enabled = false } } });
        Assert.True(result.Violations.Length == 0, $"{where}: {string.Join("; ", result.Violations.Select(found => $"{found.Id} at {string.Join(", ", found.Nodes.Select(node => node.Target))}"))}");
        var over = await page.EvaluateAsync<int>("document.documentElement.scrollWidth - document.documentElement.clientWidth");
        Assert.True(over <= 0, $"{where} is {over} px too wide.");
    }
}
