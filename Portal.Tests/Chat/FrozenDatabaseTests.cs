using System.Diagnostics;
using System.Net;
using System.Runtime.Versioning;
using Portal.Audit;
using Portal.Tests.Data;

namespace Portal.Tests.Chat;

/// <summary>
/// What visitors notice when PostgreSQL answers nobody for a minute. By itself, so that other tests go on meanwhile.
/// </summary>
[SupportedOSPlatform("linux")]
[Trait("Speed", "slow")]
public sealed class FrozenDatabaseTests(FaultyPostgres postgres) : IClassFixture<FaultyPostgres>
{
    private static readonly TimeSpan Recovery = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task A_PostgreSQL_that_freezes_costs_visitors_seconds_and_no_message_and_health_checks_nothing()
    {
        await using var n8n = await N8n.StartAsync();
        await using var portal = await postgres.PortalAsync();
        await using var visitors = await TalkingVisitors.OfAsync(portal.Http, await postgres.NewWidgetAsync(n8n), 8);
        var calm = await visitors.AnsweredAsync(40);

        await postgres.Server.FreezeAsync();
        var frozen = Stopwatch.StartNew();
        var (live, ready) = (new List<TimeSpan>(), new List<(HttpStatusCode Status, TimeSpan Took)>());
        while (frozen.Elapsed < TimeSpan.FromMinutes(1))
        {
            live.Add((await FaultyPostgres.CheckAsync(portal, "/health/live")).Took);
            ready.Add(await FaultyPostgres.CheckAsync(portal, "/health/ready"));
            await Task.Delay(100);
        }

        await postgres.Server.ThawAsync();
        Assert.InRange(await visitors.AnsweredAsync(40), TimeSpan.Zero, Recovery.Allowing(calm));

        await visitors.NothingIsLostAsync(postgres.Server.Superuser);
        Assert.NotEmpty(visitors.Refusals);
        Assert.InRange(visitors.Refusals.Max(), TimeSpan.Zero, Recovery.Allowing(calm));
        Assert.InRange(FaultyPostgres.Middle(live), TimeSpan.Zero, FaultyPostgres.AtOnce);
        Assert.InRange(FaultyPostgres.Middle(ready.Select(check => check.Took)), TimeSpan.Zero, FaultyPostgres.AtOnce);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready[^1].Status);
    }
}
