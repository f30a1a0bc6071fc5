using Deque.AxeCore.Playwright;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using Portal.Infrastructure;
using Portal.Model;
using Portal.Tests.Pages;
using static Microsoft.Playwright.Assertions;

namespace Portal.Tests.Browser;

/// <summary>The pages of one's own account and those before one has one, in a real browser: wide and on a phone, light and dark.</summary>
[Collection(BrowserCollection.Name)]
public sealed class AccountPagesTests(Chromium chromium, PortalApp portal) : IClassFixture<PortalApp>
{
    private const string Long = "Alderwood, Finchley & Daughters Upholstery and Timber Works";

    [Fact]
    public async Task The_pages_fit_read_well_and_stay_within_the_content_policy()
    {
        await using var process = await StartAsync();
        foreach (var scheme in new[] { ColorScheme.Light, ColorScheme.Dark })
        {
            foreach (var width in new[] { 1440, 390 })
            {
                await LookAsync(process.Http.BaseAddress!, width, scheme);
            }
        }
    }

    [Fact]
    public async Task Somebody_invited_joins_with_a_passkey_and_never_has_a_password()
    {
        await using var process = await StartAsync();
        var owner = await portal.NewOwnerAsync();
        var invitation = await portal.With((InvitationDesk desk) => desk.InviteAsync(owner.ClientId!.Value, $"{Guid.NewGuid():N}@team.test", "Nia New", UserRole.Member, owner.Id, owner.DisplayName, default));
        await using var context = await chromium.Browser.NewContextAsync(new() { BaseURL = process.Http.BaseAddress!.ToString() });
        var page = await context.NewPageAsync();
        await WithAuthenticatorAsync(context, page);

        await page.GotoAsync(await LinkAsync(invitation!));
        await page.GetByRole(AriaRole.Button, new() { Name = "Join with a passkey" }).ClickAsync();
        await Expect(page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("/dashboard$"));

        var made = await portal.With((Microsoft.AspNetCore.Identity.UserManager<User> users) => users.FindByEmailAsync(invitation!.Email));
        Assert.Equal((owner.ClientId, "Nia New", null), (made!.ClientId, made.DisplayName, made.PasswordHash));
        await context.ClearCookiesAsync();
        await page.GotoAsync("/account/sign-in?returnUrl=%2Faccount");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in with a passkey" }).ClickAsync();
        await Expect(page.Locator("#password")).Not.ToContainTextAsync("Current password");

        await page.GetByLabel("New password").FillAsync(People.Password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Set a password" }).ClickAsync();
        await Expect(page.Locator("#password")).ToContainTextAsync("Current password");
        Assert.Equal("/dashboard", (await portal.SigningInAsync(made.Email!, People.Password)).Path);
    }

    private Task<PortalProcess> StartAsync() =>

        // As a process in Development, because only there are the styles served from the source tree.
        PortalProcess.StartAsync(
        [
            .. portal.Settings.Where(setting => setting.Key != "Portal:PublicUrl").Select(setting => (setting.Key, setting.Value)),
            ("ASPNETCORE_ENVIRONMENT", "Development"), ("Portal:Sample:SitePort", $"{FreePort.Next()}"), ("Portal:Sample:BotPort", $"{FreePort.Next()}"),
            ("Portal:SignUp", "open"), ("Portal:Mail:Host", "127.0.0.1"), ("Portal:Mail:Port", $"{FreePort.Next()}"), ("Portal:Mail:From", "portal@people.test"),
        ]);

    private async Task<string> LinkAsync(Invitation invitation)
    {
        await using var scope = portal.Services.CreateAsyncScope();
        var kept = await scope.ServiceProvider.GetRequiredService<AccountsDb>().Invitations.SingleAsync(i => i.Id == invitation.Id);
        return (await scope.ServiceProvider.GetRequiredService<InvitationDesk>().LinkAsync(kept, default)).PathAndQuery;
    }

    private async Task LookAsync(Uri address, int width, ColorScheme scheme)
    {
        var client = await portal.NewClientAsync(Long);
        var (owner, admin) = (await portal.NewUserAsync(client.Id), await portal.NewUserAsync());
        var invitation = await portal.With((InvitationDesk desk) => desk.InviteAsync(client.Id, $"{Guid.NewGuid():N}@team.test", $"Nia {Long}", UserRole.Member, owner.Id, Long, default));
        await portal.NewSessionAsync(owner);
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

        foreach (var path in new[] { "/account/sign-in", "/account/sign-up", "/account/forgot", await LinkAsync(invitation!) })
        {
            await page.GotoAsync(path);
            await CheckAsync(page, path.Split('?')[0]);
        }

        await SignInAsync(page, owner);
        foreach (var path in new[] { "/account", "/account/sessions", "/account/factors", "/account/email" })
        {
            await page.GotoAsync(path);
            await CheckAsync(page, path);
        }

        await page.GetByLabel("New e-mail").FillAsync($"{Guid.NewGuid():N}@a-rather-long-mail-host-name-of-a-business.test");
        await page.GetByLabel("Your password").FillAsync(People.Password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Ask both" }).ClickAsync();
        await Expect(page.Locator("#asked")).ToBeVisibleAsync();
        await CheckAsync(page, "/account/email asked");

        await context.ClearCookiesAsync();
        await SignInAsync(page, admin);
        await page.GotoAsync($"/admin/people/{owner.Id}");
        await CheckAsync(page, "/admin/people");
        Assert.Empty(complaints);
    }

    private static async Task SignInAsync(IPage page, User user)
    {
        await page.GotoAsync("/account/sign-in");
        await page.GetByLabel("E-mail").FillAsync(user.Email!);
        await page.GetByLabel("Password", new() { Exact = true }).FillAsync(People.Password);
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForURLAsync(url => !url.Contains("sign-in", StringComparison.Ordinal));
    }

    private static async Task WithAuthenticatorAsync(IBrowserContext context, IPage page)
    {
        var devTools = await context.NewCDPSessionAsync(page);
        await devTools.SendAsync("WebAuthn.enable");
        await devTools.SendAsync("WebAuthn.addVirtualAuthenticator", new()
        {
            ["options"] = new Dictionary<string, object>
            {
                ["protocol"] = "ctap2",
                ["transport"] = "internal",
                ["hasResidentKey"] = true,
                ["hasUserVerification"] = true,
                ["isUserVerified"] = true,
                ["automaticPresenceSimulation"] = true,
            },
        });
    }

    private static async Task CheckAsync(IPage page, string where)
    {
        var result = await page.RunAxe();
        Assert.True(result.Violations.Length == 0, $"{where}: {string.Join("; ", result.Violations.Select(found => $"{found.Id} at {string.Join(", ", found.Nodes.Select(node => node.Target))}"))}");
        var over = await page.EvaluateAsync<int>("document.documentElement.scrollWidth - document.documentElement.clientWidth");
        Assert.True(over <= 0, $"{where} is {over} px too wide.");
    }
}
