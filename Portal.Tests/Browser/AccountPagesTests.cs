using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using Portal.Accounts;
using Portal.Audit;
using Portal.Model;
using Portal.Tests.Pages;
using static Microsoft.Playwright.Assertions;

namespace Portal.Tests.Browser;

/// <summary>The pages of one's own account and those before one has one, in a real browser.</summary>
[Trait("Speed", "slow")]
public sealed class AccountPagesTests(Chromium chromium, PortalApp portal) : IClassFixture<PortalApp>
{
    private static readonly HeldPort s_noMailServer = HeldPort.Take();

    private static readonly (string, string)[] s_open =
    [
        ("Portal:SignUp", "open"),
        ("Portal:Mail:Host", "127.0.0.1"),
        ("Portal:Mail:Port", $"{s_noMailServer}"),
        ("Portal:Mail:From", "portal@people.test"),
    ];

    [Fact]
    public async Task The_pages_before_one_has_an_account_fit_and_read_well()
    {
        await using var door = await Door.OpenAsync(chromium, portal, s_open);
        var owner = await portal.NewUserAsync((await portal.NewClientAsync(Door.Long)).Id);
        var page = await door.EnterAsync();
        foreach (
            var path in new[]
            {
                "/account/sign-in",
                "/account/sign-up",
                await LinkAsync(await InviteAsync(owner, $"Nia {Door.Long}")),
            }
        )
        {
            await page.GotoAsync(path);
            await page.InspectAsync(path.Split('?')[0]);
        }

        Assert.Empty(door.Complaints);
    }

    [Fact]
    public async Task A_change_of_mail_is_asked_for_at_both_addresses()
    {
        await using var door = await Door.OpenAsync(chromium, portal, s_open);
        var page = await door.EnterAsync(await portal.SignedInAsync(await portal.NewOwnerAsync()));

        await page.GotoAsync("/account/email");
        await page.GetByLabel("New email")
            .FillAsync($"{Guid.NewGuid():N}@a-rather-long-mail-host-name-of-a-business.test");
        await page.GetByRole(AriaRole.Button, new() { Name = "Send confirmation emails" }).ClickAsync();
        await Expect(page.Locator("#asked")).ToBeVisibleAsync();

        await page.InspectAsync("/account/email asked");
        Assert.Empty(door.Complaints);
    }

    [Fact]
    public async Task Somebody_invited_joins_with_a_passkey_and_never_has_a_password()
    {
        await using var door = await Door.OpenAsync(chromium, portal, s_open);
        var owner = await portal.NewOwnerAsync();
        var invitation = await InviteAsync(owner, "Nia New");
        var page = await door.EnterAsync();
        await page.AddAuthenticatorAsync();

        await page.GotoAsync(await LinkAsync(invitation));
        await page.GetByRole(AriaRole.Button, new() { Name = "Join with a passkey" }).ClickAsync();
        await Expect(page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("/dashboard$"));

        var made = await portal.With(
            (Microsoft.AspNetCore.Identity.UserManager<User> users) => users.FindByEmailAsync(invitation.Email)
        );
        Assert.Equal((owner.ClientId, "Nia New", null), (made!.ClientId, made.DisplayName, made.PasswordHash));
        await page.SignOutAsync();
        await page.GotoAsync("/account/sign-in?returnUrl=%2Faccount");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in with a passkey" }).ClickAsync();
        await Expect(page.Locator("#password")).ToContainTextAsync("You haven’t set a password.");

        await page.GetByLabel("New password").FillAsync(People.Password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Set password" }).ClickAsync();
        await Expect(page.Locator("#password")).ToContainTextAsync("Change password");

        // The password alone is not enough where there is a passkey.
        Assert.Equal("/account/second-step", (await portal.SigningInAsync(made.Email!, People.Password)).Path);
    }

    private async Task<Invitation> InviteAsync(User owner, string name) =>
        (
            await portal.With(
                (InvitationService desk) =>
                    desk.InviteAsync(
                        owner.ClientId!.Value,
                        $"{Guid.NewGuid():N}@team.test",
                        name,
                        UserRole.Member,
                        owner.Id,
                        owner.DisplayName,
                        default
                    )
            )
        )!;

    private async Task<string> LinkAsync(Invitation invitation)
    {
        await using var scope = portal.Services.CreateAsyncScope();
        var kept = await scope
            .ServiceProvider.GetRequiredService<AccountsDb>()
            .Invitations.SingleAsync(i => i.Id == invitation.Id);
        return (
            await scope.ServiceProvider.GetRequiredService<InvitationService>().LinkAsync(kept, default)
        ).PathAndQuery;
    }
}
