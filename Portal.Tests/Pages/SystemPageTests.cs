using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using Portal.Audit;
using Portal.Data;
using Portal.Hosting;
using Portal.Model;
using Portal.Tests.Api;

namespace Portal.Tests.Pages;

public sealed class SystemPageTests(PortalApp portal) : IClassFixture<PortalApp>
{
    [Fact]
    public async Task An_admin_sees_replicas_migrations_tables_jobs_outbox_and_keys()
    {
        await BeatAsync(portal);
        var admin = portal.SignedInAsAdmin();

        await admin.OpenAsync("/admin/system");

        Assert.Contains(Environment.MachineName, admin.Text("#replicas"), StringComparison.Ordinal);
        Assert.Contains("Running", admin.Text("#replicas"), StringComparison.Ordinal);
        Assert.Contains(PortalVersion.Short, admin.Text("#replicas"), StringComparison.Ordinal);
        Assert.Contains("None is pending.", admin.Text("#migrations"), StringComparison.Ordinal);
        Assert.Contains("chat_logs", admin.Text("#database"), StringComparison.Ordinal);
        Assert.Contains("Daily analytics", admin.Text("#jobs"), StringComparison.Ordinal);
        Assert.Contains("Queued", admin.Text("#outbox"), StringComparison.Ordinal);
        Assert.Contains("Master key", admin.Text("#keys"), StringComparison.Ordinal);
        Assert.Contains("Cookie key", admin.Text("#keys"), StringComparison.Ordinal);
        Assert.DoesNotContain(PortalApp.MasterKey, admin.Text("main"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_replica_that_stops_disappears_and_one_that_was_killed_does_not_respond()
    {
        var other = await portal.ReplicaAsync();
        await BeatAsync(portal);
        await BeatAsync(other);
        var id = other.Services.GetRequiredService<ReplicaHeartbeat>().Id;
        Assert.Equal(1, await CountAsync(id));

        await other.DisposeAsync();
        Assert.Equal(0, await CountAsync(id));

        await ExecuteAsync(
            "INSERT INTO replicas (id, host, version, seen_at) VALUES (gen_random_uuid(), 'killed', '0', now() - interval '1 minute')"
        );
        var admin = portal.SignedInAsAdmin();
        await admin.OpenAsync("/admin/system");
        var row = admin
            .Page.QuerySelectorAll("#replicas tbody tr")
            .Single(row => row.TextContent.Contains("killed", StringComparison.Ordinal));
        Assert.Contains("Not responding", row.TextContent, StringComparison.Ordinal);
        await ExecuteAsync("DELETE FROM replicas WHERE host = 'killed'");
    }

    [Fact]
    public async Task A_token_near_its_end_is_shown()
    {
        var by = await portal.NewUserAsync();
        var (row, _) = AdminToken.Make(
            "Nightly",
            ["clean-up"],
            by.Id,
            "Kim",
            DateTimeOffset.UtcNow,
            TimeSpan.FromDays(7)
        );
        var (later, _) = AdminToken.Make(
            "Yearly",
            ["clean-up"],
            by.Id,
            "Kim",
            DateTimeOffset.UtcNow,
            TimeSpan.FromDays(365)
        );
        await portal.With(
            (AccountsDb db) =>
            {
                db.AddRange(row, later);
                return db.SaveChangesAsync();
            }
        );
        var admin = portal.SignedInAsAdmin();

        await admin.OpenAsync("/admin/system");

        Assert.Contains("Nightly", admin.Text("#keys"), StringComparison.Ordinal);
        Assert.DoesNotContain("Yearly", admin.Text("#keys"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_log_level_changes_on_every_replica_and_back()
    {
        await using var other = await portal.ReplicaAsync();
        var admin = await portal.SignedInAsync(await portal.NewUserAsync());
        await admin.OpenAsync("/admin/system");
        Assert.False(Debugs(portal));

        await admin.SubmitAsync("#set-level", ("category", "Portal.Mail"), ("level", "Debug"), ("minutes", "15"));
        foreach (var replica in new[] { portal, other })
        {
            await BeatAsync(replica);
            Assert.True(Debugs(replica));
        }

        Assert.Contains("Kim Person", admin.Text("#log-levels"), StringComparison.Ordinal);
        await admin.SubmitAsync("#log-levels table form");
        await BeatAsync(portal);
        Assert.False(Debugs(portal));
    }

    [Fact]
    public async Task A_log_level_ends_by_itself()
    {
        await ExecuteAsync(
            "INSERT INTO log_levels (category, level, until, set_by) VALUES ('Portal.Jobs', 'Debug', now() - interval '1 second', 'Kim')"
        );

        await BeatAsync(portal);
        await BeatAsync(portal);

        Assert.Empty(portal.Services.GetRequiredService<RuntimeLogLevels>().Current);
    }

    [Theory]
    [InlineData("Microsoft.AspNetCore", "Debug", "15")]
    [InlineData("Portal.Mail", "Trace", "15")]
    [InlineData("Portal.Mail", "Debug", "100000")]
    public async Task Only_what_the_form_offers_can_be_set(string category, string level, string minutes)
    {
        var admin = portal.SignedInAsAdmin();
        await admin.OpenAsync("/admin/system");

        await admin.SubmitAsync("#set-level", ("category", category), ("level", level), ("minutes", minutes));

        Assert.Equal(HttpStatusCode.BadRequest, admin.Response.StatusCode);
    }

    private static bool Debugs(PortalApp of) =>
        of
            .Services.GetRequiredService<ILoggerFactory>()
            .CreateLogger("Portal.Mail.OutboxJob")
            .IsEnabled(LogLevel.Debug);

    private static Task BeatAsync(PortalApp of) =>
        of.Services.GetRequiredService<ReplicaHeartbeat>().BeatAsync(CancellationToken.None);

    private async Task<long> CountAsync(Guid id)
    {
        await using var source = NpgsqlDataSource.Create(Owner);
        await using var command = source.CreateCommand("SELECT count(*) FROM replicas WHERE id = $1");
        command.Parameters.Add(new() { Value = id });
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(Owner);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private string Owner => portal.Services.GetRequiredService<Portal.Data.Databases>().Strings.Owner!;
}
