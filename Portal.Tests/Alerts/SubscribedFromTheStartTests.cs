using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Portal.Alerts;
using Portal.Audit;
using Portal.Jobs;
using Portal.Model;
using Portal.Tests.Api;
using Portal.Tests.Pages;

namespace Portal.Tests.Alerts;

/// <summary>
/// Owners and admins hear of a bot that breaks without having asked for it, and stop when they want to.
/// </summary>
public sealed class SubscribedFromTheStartTests(PortalApp portal) : IClassFixture<PortalApp>
{
    [Fact]
    public async Task An_owner_with_a_confirmed_address_is_on_the_list_a_member_is_not_and_whoever_leaves_the_list_stays_off()
    {
        var client = await portal.NewClientAsync();
        var owner = await portal.NewUserAsync(client.Id);
        await portal.NewUserAsync(client.Id, UserRole.Member);
        Assert.Equal([owner.Email!], await RecipientsAsync(client.Id));

        await portal.As(client.Id, db => db.AlertRecipients.ExecuteDeleteAsync());
        await ChangeAsync(owner, user => user.DisplayName = "Somebody");
        Assert.Empty(await RecipientsAsync(client.Id));
    }

    [Fact]
    public async Task An_address_counts_when_it_is_confirmed_moves_along_and_goes_with_its_owner()
    {
        var client = await portal.NewClientAsync();
        var email = $"{Guid.NewGuid():N}@people.test";
        var user = new User
        {
            ClientId = client.Id,
            Role = UserRole.Member,
            DisplayName = "Kim",
            UserName = email,
            Email = email,
            EmailConfirmed = false,
        };
        await portal.With((UserManager<User> users) => users.CreateAsync(user, People.Password));
        Assert.Empty(await RecipientsAsync(client.Id));

        await ChangeAsync(user, changed => (changed.Role, changed.EmailConfirmed) = (UserRole.Owner, true));
        Assert.Equal([email], await RecipientsAsync(client.Id));

        await ChangeAsync(user, changed => changed.Email = changed.UserName = $"new-{email}");
        Assert.Equal([$"new-{email}"], await RecipientsAsync(client.Id));

        await portal.With(
            async (UserManager<User> users) => await users.DeleteAsync((await users.FindByIdAsync(user.Id.ToString()))!)
        );
        Assert.Empty(await RecipientsAsync(client.Id));
    }

    [Fact]
    public async Task An_admin_hears_of_every_clients_incidents_from_the_start_and_can_stop()
    {
        var user = await portal.NewUserAsync();
        Assert.True(await portal.With((AccountsDb db) => db.AdminAlerts.AnyAsync(alert => alert.UserId == user.Id)));

        var admin = await portal.SignedInAsync(user);
        await admin.OpenAsync("/admin/incidents");
        Assert.Contains("Stop alert emails", admin.Text("main"), StringComparison.Ordinal);
        await admin.SubmitAsync("main form");
        Assert.False(await portal.With((AccountsDb db) => db.AdminAlerts.AnyAsync(alert => alert.UserId == user.Id)));
    }

    [Fact]
    public async Task Who_subscribes_during_an_outage_is_told_of_it_once_and_those_told_before_are_not_told_again()
    {
        var shop = await portal.NewWidgetAsync("https://n8n.shop.example/webhook/shop");
        var early = await portal.NewUserAsync(shop.ClientId);
        await portal.HadAsync(
            shop,
            new("Anybody?", DateTimeOffset.UtcNow) { Status = "failed", ErrorType = "not_found" }
        );
        await RunAsync();
        Assert.Equal([early.Email!], await ToldAsync(shop));

        var late = await portal.NewUserAsync(shop.ClientId);
        await RunAsync();
        await RunAsync();

        Assert.Equal(new[] { early.Email!, late.Email! }.Order(), await ToldAsync(shop));
    }

    [Fact]
    public async Task Settings_lead_to_the_list()
    {
        var client = await portal.NewClientAsync();
        await portal.NewUserAsync(client.Id);
        var owner = portal.SignedIn(client.Id);

        await owner.OpenAsync("/settings");

        Assert.Contains(
            "1 address gets an email when a widget goes down.",
            owner.Text("#alerts"),
            StringComparison.Ordinal
        );
        Assert.Equal("/settings/alerts", owner.Attribute("#alerts a", "href"));
    }

    private Task ChangeAsync(User user, Action<User> change) =>
        portal.With(
            async (UserManager<User> users) =>
            {
                var known = (await users.FindByIdAsync(user.Id.ToString()))!;
                change(known);
                var changed = await users.UpdateAsync(known);
                Assert.True(changed.Succeeded, changed.ToString());
                return true;
            }
        );

    private Task<List<string>> RecipientsAsync(Guid client) =>
        portal.As(client, db =>
            db.AlertRecipients.Where(r => r.ConfirmedAt != null).Select(r => r.Email).Order().ToListAsync()
        );

    private async Task<List<string>> ToldAsync(Shop shop)
    {
        await using var command = portal
            .Services.GetRequiredService<Portal.Data.Databases>()
            .Jobs.CreateCommand(
                "SELECT to_address FROM emails WHERE client_id = $1 AND template = 'incident' ORDER BY to_address"
            );
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = shop.ClientId });
        await using var rows = await command.ExecuteReaderAsync();
        var told = new List<string>();
        while (await rows.ReadAsync())
        {
            told.Add(rows.GetString(0));
        }

        return told;
    }

    private Task<bool> RunAsync() =>
        portal.With(
            async (IncidentJob job) =>
            {
                await job.RunAsync(new JobProgress(), default);
                return true;
            }
        );
}
