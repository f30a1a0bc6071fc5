using Microsoft.Playwright;
using Portal.Audit;
using Portal.Tests.Pages;
using static Microsoft.Playwright.Assertions;

namespace Portal.Tests.Browser;

/// <summary>What an invitation leaves behind, and the portal seen as a client, in a real browser.</summary>
[Trait("Speed", "slow")]
public sealed class PeoplePagesTests(Chromium chromium, PortalApp portal) : IClassFixture<PortalApp>
{
    [Fact]
    public async Task An_owner_invites_somebody_and_gets_the_link_to_hand_over()
    {
        await using var door = await Door.OpenAsync(chromium, portal);
        var page = await door.EnterAsync(
            await portal.SignedInAsync(await portal.NewUserAsync((await portal.NewClientAsync(Door.Long)).Id))
        );

        await page.GotoAsync("/team");
        await page.GetByLabel("Name").FillAsync($"Nia {Door.Long}");
        await page.GetByLabel("Email").FillAsync($"nia.{Guid.NewGuid():N}@a-rather-long-mail-host-name.test");
        await page.GetByRole(AriaRole.Button, new() { Name = "Create invitation" }).ClickAsync();
        await Expect(page.Locator("#handover code")).ToContainTextAsync("/account/welcome");

        await page.InspectAsync("after an invitation");
        Assert.Empty(door.Complaints);
    }

    [Fact]
    public async Task An_admin_sees_the_portal_as_a_client_and_sees_that()
    {
        var client = await portal.NewClientAsync(Door.Long);
        await using var door = await Door.OpenAsync(chromium, portal);
        var page = await door.EnterAsync(await portal.SignedInAsync(await portal.NewUserAsync()));

        await page.GotoAsync($"/admin/clients/{client.Id}");
        await page.Locator("#view-as button").ClickAsync();
        await page.WaitForURLAsync("**/dashboard");

        await page.InspectAsync("as the client");
        Assert.Empty(door.Complaints);
    }
}
