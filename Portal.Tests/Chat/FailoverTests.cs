using System.Runtime.Versioning;
using Portal.Tests.Data;

namespace Portal.Tests.Chat;

/// <summary>
/// The drills of <c>scripts/cluster</c> in a few seconds: a primary that dies under load with a synchronous replica
/// beside it, and pgbouncer that stands before a PostgreSQL that is away.
/// </summary>
[SupportedOSPlatform("linux")]
[Trait("Speed", "slow")]
public sealed class FailoverTests : IAsyncLifetime
{
    private static readonly TimeSpan s_recovery = TimeSpan.FromSeconds(10);

    private readonly FaultyPostgres _postgres = new();
    private N8n _n8n = null!;

    private PrivatePostgres Server => _postgres.Server;

    public async ValueTask InitializeAsync()
    {
        await _postgres.InitializeAsync();
        _n8n = await N8n.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _n8n.DisposeAsync();
        await _postgres.DisposeAsync();
    }

    [Fact]
    public async Task When_the_primary_dies_its_synchronous_replica_goes_on_with_every_message()
    {
        await using var standby = await StandbyPostgres.OfAsync(Server);
        await Server.ExecuteAsync("ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()");
        await using var proxy = new DatabaseProxy(Server.Strings.Portal!);
        var widget = await _postgres.NewWidgetAsync(_n8n);
        await using var portal = await StartAsync(
            Server
                .Settings()
                .Select(setting =>
                    (setting.Key, IsOfDatabase(setting.Key) ? proxy.Through(setting.Value) : setting.Value)
                )
        );
        await using var visitors = await TalkingVisitors.OfAsync(portal.Http, widget, 8);
        var calm = await visitors.AnsweredAsync(40);

        proxy.LeadTo(null);
        await Server.CrashAsync();
        await standby.PromoteAsync();
        proxy.LeadTo(standby.Superuser.ConnectionString);

        Assert.InRange(await visitors.AnsweredAsync(40), TimeSpan.Zero, s_recovery.Allowing(calm));
        await visitors.NothingIsLostAsync(standby.Superuser);
    }

    // pgbouncer says of a server that it cannot reach, or that ended, what Npgsql takes for a fault of ours.
    [Fact]
    public async Task Behind_pgbouncer_a_crash_of_PostgreSQL_loses_no_message_and_nobody_is_told_of_a_fault()
    {
        await using var bouncer = await PgBouncer.StartAsync(Server.Strings);
        var widget = await _postgres.NewWidgetAsync(_n8n);
        await using var portal = await StartAsync([
            .. Server.Settings().Where(setting => !IsOfDatabase(setting.Key)),
            .. bouncer.Settings(Server.Strings),
        ]);
        await using var visitors = await TalkingVisitors.OfAsync(portal.Http, widget, 8);
        var calm = await visitors.AnsweredAsync(40);

        await Server.RestartImmediateAsync();

        // Whoever was refused was refused with a 503: the visitors take nothing else.
        Assert.InRange(await visitors.AnsweredAsync(40), TimeSpan.Zero, s_recovery.Allowing(calm));
        await visitors.NothingIsLostAsync(Server.Superuser);
    }

    private static bool IsOfDatabase(string setting) =>
        setting.StartsWith("ConnectionStrings:", StringComparison.Ordinal);

    private static async Task<PortalProcess> StartAsync(IEnumerable<(string, string)> settings) =>
        await PortalProcess.StartAsync([.. settings, ("Portal:Webhooks:AllowedTargets:0", await N8n.EndpointAsync())]);
}
