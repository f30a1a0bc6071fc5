using System.Net;
using System.Runtime.Versioning;
using Npgsql;
using Portal.Tests.Api;
using Portal.Tests.Pages;

namespace Portal.Tests.Data;

/// <summary>Analytics and exports on a read replica: a real one, which streams.</summary>
[SupportedOSPlatform("linux")]
[Trait("Speed", "slow")]
public sealed class ReportsTests : IAsyncLifetime
{
    private PrivatePostgres _primary = null!;
    private StandbyPostgres _standby = null!;
    private PortalApp _portal = null!;

    public async ValueTask InitializeAsync()
    {
        _primary = await PrivatePostgres.StartAsync();
        _standby = await StandbyPostgres.OfAsync(_primary);
        _portal = await PortalWithAsync(_standby.Of(_primary.Strings.Portal!));
    }

    public async ValueTask DisposeAsync()
    {
        await _portal.DisposeAsync();
        await _standby.DisposeAsync();
        await _primary.DisposeAsync();
    }

    [Fact]
    public async Task Analytics_and_exports_read_the_replica_and_are_logged_on_the_primary()
    {
        var shop = await _portal.NewWidgetAsync("https://n8n.example/x");
        await _portal.HadAsync(shop, new("Do you sell lamps?", DateTimeOffset.UtcNow) { Feedback = "down" });
        await _standby.CatchUpAsync();
        await _standby.PauseAsync();
        await _portal.HadAsync(shop, new("Do you sell sofas?", DateTimeOffset.UtcNow) { Feedback = "down" });
        var owner = _portal.SignedIn(shop.ClientId);

        // Conversations are read where they are written: nobody waits there for their own change.
        await owner.OpenAsync("/conversations");
        Assert.Contains("Do you sell sofas?", owner.Text("main"), StringComparison.Ordinal);
        Assert.Equal((true, false), await SeenAsync(owner, "/conversations/export"));
        Assert.Equal((true, false), await SeenAsync(owner, "/analytics"));

        await _standby.ResumeAsync();
        await _standby.CatchUpAsync();
        Assert.Equal((true, true), await SeenAsync(owner, "/conversations/export"));
        Assert.Equal((true, true), await SeenAsync(owner, "/analytics"));
        await owner.OpenAsync("/analytics/export");
        Assert.Equal(HttpStatusCode.OK, owner.Status);

        await using var log = _primary.Superuser.CreateCommand(
            "SELECT count(*) FROM change_logs WHERE client_id = $1 AND action LIKE '%export%'"
        );
        log.Parameters.AddWithValue(shop.ClientId);
        Assert.Equal(3L, await log.ExecuteScalarAsync());
    }

    [Fact]
    public async Task On_the_replica_row_level_security_shows_each_client_its_own_rows_alone()
    {
        var (ours, theirs) = (
            await _portal.NewWidgetAsync("https://n8n.example/x"),
            await _portal.NewWidgetAsync("https://n8n.example/x")
        );
        await _portal.HadAsync(ours, new("Do you sell lamps?", DateTimeOffset.UtcNow));
        await _portal.HadAsync(theirs, new("Do you sell sofas?", DateTimeOffset.UtcNow));
        await _standby.CatchUpAsync();

        Assert.Equal((true, false), await SeenAsync(_portal.SignedIn(ours.ClientId), "/conversations/export"));
        Assert.Equal((false, true), await SeenAsync(_portal.SignedIn(theirs.ClientId), "/conversations/export"));
        await using var nobody = NpgsqlDataSource.Create(_standby.Of(_primary.Strings.Portal!));
        await using var count = nobody.CreateCommand("SELECT count(*) FROM chat_logs");
        Assert.Equal(0L, await count.ExecuteScalarAsync());
    }

    [Fact]
    public async Task While_the_replica_is_away_reports_say_so_and_everything_else_works()
    {
        var shop = await _portal.NewWidgetAsync("https://n8n.example/x");
        await _standby.StopAsync();
        var owner = _portal.SignedIn(shop.ClientId);

        await owner.OpenAsync("/analytics");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, owner.Status);
        await owner.OpenAsync("/conversations");
        Assert.True(owner.Status == HttpStatusCode.OK, owner.Body);

        // Nor does a portal wait for it to start.
        await using var another = await PortalWithAsync(_standby.Of(_primary.Strings.Portal!));
        await another.SignedIn(shop.ClientId).OpenAsync("/conversations");
    }

    private static async Task<(bool Lamps, bool Sofas)> SeenAsync(Visitor owner, string path)
    {
        await owner.OpenAsync(path);
        Assert.Equal(HttpStatusCode.OK, owner.Status);
        return (
            owner.Body.Contains("Do you sell lamps?", StringComparison.Ordinal),
            owner.Body.Contains("Do you sell sofas?", StringComparison.Ordinal)
        );
    }

    private async Task<PortalApp> PortalWithAsync(string reports)
    {
        var portal = new PortalApp
        {
            More =
            [
                .. _primary
                    .Settings()
                    .Where(setting => setting.Key.StartsWith("ConnectionStrings", StringComparison.Ordinal)),
                ("ConnectionStrings:Reports", reports),
            ],
        };
        await portal.InitializeAsync();
        return portal;
    }
}
