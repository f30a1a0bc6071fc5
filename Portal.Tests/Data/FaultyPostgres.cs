using System.Diagnostics;
using System.Net;
using System.Runtime.Versioning;
using Npgsql;

namespace Portal.Tests.Data;

/// <summary>
/// A PostgreSQL for all tests of a class that bring it into trouble and out of it again, and portals on it.
/// </summary>
[SupportedOSPlatform("linux")]
public sealed class FaultyPostgres : IAsyncLifetime
{
    /// <summary>
    /// What a health check may take in the middle: far less than anything that waits for the database, which takes
    /// seconds.
    /// </summary>
    public static readonly TimeSpan AtOnce = TimeSpan.FromSeconds(1);

    public PrivatePostgres Server { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Server = await PrivatePostgres.StartAsync();

    public async ValueTask DisposeAsync() => await Server.DisposeAsync();

    public async Task<PortalProcess> PortalAsync(string moreOfPortal = "", string moreOfJournal = "") =>
        await PortalProcess.StartAsync([
            .. Server.Settings(moreOfPortal, moreOfJournal),
            ("Portal:Webhooks:AllowedTargets:0", await N8n.EndpointAsync()),
        ]);

    public async Task<Guid> NewWidgetAsync(N8n n8n)
    {
        await using var insert = Server.Superuser.CreateCommand(
            """
            WITH client AS (INSERT INTO clients (name) VALUES ('Faults') RETURNING id)
            INSERT INTO widgets (client_id, name, config, webhook_url, widget_secret) SELECT id, 'Bot', '{}', $1, 'by hand' FROM client RETURNING id
            """
        );
        insert.Parameters.AddWithValue(n8n.Url);
        return (Guid)(await insert.ExecuteScalarAsync())!;
    }

    public static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    public static async Task<(HttpStatusCode Status, TimeSpan Took)> CheckAsync(PortalProcess portal, string path)
    {
        var asked = Stopwatch.StartNew();
        using var response = await portal.Http.GetAsync(path);
        return (response.StatusCode, asked.Elapsed);
    }

    /// <summary>The one in the middle, because the machine of the tests has moods of its own.</summary>
    public static TimeSpan Middle(IEnumerable<TimeSpan> times) =>
        times.Order().ToList() is var sorted ? sorted[sorted.Count / 2] : default;
}
