using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using Npgsql;
using Portal.Audit;
using Portal.Model;
using Portal.Tests.Pages;
using static Microsoft.Playwright.Assertions;

namespace Portal.Tests.Browser;

/// <summary>The System page with everything that it can show, in a real browser.</summary>
[Trait("Speed", "slow")]
public sealed class SystemPageLayoutTests(Chromium chromium, PortalApp portal) : IClassFixture<PortalApp>
{
    [Fact]
    public async Task The_system_page_reads_well_with_a_lost_replica_a_failed_job_and_changed_log_levels()
    {
        await FurnishAsync();
        await using var door = await Door.OpenAsync(chromium, portal);
        var page = await door.EnterAsync(await portal.SignedInAsync(await portal.NewUserAsync()));

        await page.GotoAsync("/admin/system");
        await page.GetByLabel("Category").SelectOptionAsync("Portal.Webhooks");
        await page.GetByLabel("Level").SelectOptionAsync("Debug");
        await page.GetByLabel("Duration").SelectOptionAsync("1 hour");
        await page.GetByRole(AriaRole.Button, new() { Name = "Set level" }).ClickAsync();
        await Expect(page.Locator("#log-levels table")).ToContainTextAsync("Portal.Webhooks");
        await Expect(page.Locator("#replicas")).ToContainTextAsync("Not responding");

        await page.InspectAsync("the System page");
        Assert.Empty(door.Complaints);
    }

    private async Task FurnishAsync()
    {
        var (token, _) = AdminToken.Make(
            $"Clean-up for {Door.Long}",
            ["clean-up"],
            (await portal.NewUserAsync()).Id,
            "Kim",
            DateTimeOffset.UtcNow,
            TimeSpan.FromDays(7)
        );
        await portal.With(
            (AccountsDb db) =>
            {
                db.Add(token);
                return db.SaveChangesAsync();
            }
        );
        await using var owner = NpgsqlDataSource.Create(
            portal.Services.GetRequiredService<Portal.Data.Databases>().Strings.Owner!
        );
        await using var command = owner.CreateCommand(
            """
            INSERT INTO replicas (id, host, version, started_at, seen_at) VALUES
                (gen_random_uuid(), 'portal-6c9f7d8b54-x2x7q', '1.0.0+4bf92f3577b34da6a3ce929d0e0e4736aaaaaaaa', now() - interval '9 days', now()),
                (gen_random_uuid(), 'portal-6c9f7d8b54-lost0', '1.0.0+4bf92f3577b34da6a3ce929d0e0e4736aaaaaaaa', now() - interval '9 days', now() - interval '4 hours');
            INSERT INTO job_runs (id, job, period, status, lease_until, finished_at, items, error) VALUES
                (gen_random_uuid(), 'outbox', now(), 'failed', now(), now(), 12,
                 'The mail server closed the connection: 421 4.7.0 smtp-relay.a-rather-long-mail-host-name.example Too many messages');
            INSERT INTO emails (id, template, to_address, to_name, status) SELECT gen_random_uuid(), 'test', 'kim@shop.example', 'Kim', status
                FROM unnest(ARRAY['queued', 'sent', 'sent', 'failed']) status;
            INSERT INTO log_levels (category, level, until, set_by) VALUES ('Npgsql', 'Debug', now() + interval '20 minutes', 'Kim Person')
            """
        );
        await command.ExecuteNonQueryAsync();
    }
}
