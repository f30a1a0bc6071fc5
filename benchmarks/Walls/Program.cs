using System.Diagnostics;
using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Npgsql;
using Portal.Infrastructure;
using Portal.Model;

// What row level security costs on the list of conversations: 1,000,000 of them, of 1,000 clients. The same queries run in turn
// with the policies and the setting that they go by, and without both. --Database= is a superuser's, of an empty portal.
var settings = new ConfigurationBuilder().AddCommandLine(args).Build();
var database = settings["Database"] ?? throw new InvalidOperationException("--Database= is missing.");
var (clients, rows, workers) = (settings.GetValue("Clients", 1000), settings.GetValue("Rows", 1_000_000), settings.GetValue("Workers", 8));
var (rounds, span) = (settings.GetValue("Rounds", 5), TimeSpan.FromSeconds(settings.GetValue("Seconds", 4)));

await using var superuser = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(database) { CommandTimeout = 600 }.ConnectionString);
await ExecuteAsync($"""
    SET session_replication_role = replica;
    INSERT INTO clients (id, name) SELECT md5('client' || n)::uuid, 'Client ' || n FROM generate_series(1, {clients}) n;
    INSERT INTO widgets (id, client_id, name, config, webhook_url, widget_secret)
    SELECT md5('widget' || n)::uuid, md5('client' || n)::uuid, 'Assistant', '{"{}"}', 'https://n8n.example/webhook/x', 'x' FROM generate_series(1, {clients}) n;
    INSERT INTO visitor_sessions (client_id, widget_id, visitor_id, origin, expires_at, message_count, first_message, last_message_at)
    SELECT md5('client' || c)::uuid, md5('widget' || c)::uuid, md5(n::text), 'https://shop.example', now(), 1 + n % 7, 'When do you open on day ' || n || '?', now() - n * interval '7 seconds'
    FROM (SELECT n, 1 + (n * 7919::bigint) % {clients} AS c FROM generate_series(1, {rows}) n) AS numbered;
    """);
await ExecuteAsync("VACUUM ANALYZE visitor_sessions, widgets, clients");

// As the portal connects: its role and its prepared statements.
await using var portal = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(database) { Options = "-c role=portal_app", MaxPoolSize = 50, MaxAutoPrepare = 50, AutoPrepareMinUsages = 2, NoResetOnClose = true }.ConnectionString);
var with = new DbContextOptionsBuilder<PortalDb>().UseNpgsql(portal).UseSnakeCaseNamingConvention().AddInterceptors(TenantWall.Instance).Options;
var without = new DbContextOptionsBuilder<PortalDb>().UseNpgsql(portal).UseSnakeCaseNamingConvention().Options;

var took = new Dictionary<bool, List<double>> { [true] = [], [false] = [] };
for (var round = 0; round <= rounds; round++)
{
    foreach (var walls in round % 2 == 0 ? new[] { true, false } : [false, true])
    {
        foreach (var table in new[] { "visitor_sessions", "widgets", "clients" })
        {
            await ExecuteAsync($"ALTER TABLE {table} {(walls ? "ENABLE" : "DISABLE")} ROW LEVEL SECURITY");
        }

        var measured = await MeasureAsync(walls ? with : without);
        if (round > 0) // the first warms up
        {
            took[walls].AddRange(measured);
        }
    }
}

foreach (var (walls, times) in took)
{
    times.Sort();
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"{(walls ? "with walls   " : "without walls")}: p50 {times[times.Count / 2]:0.00} ms, p95 {times[times.Count * 95 / 100]:0.00} ms, {times.Count / (rounds * span.TotalSeconds):0} lists/s ({workers} at once, {rounds} rounds of {span.TotalSeconds:0} s)"));
}

async Task<List<double>> MeasureAsync(DbContextOptions<PortalDb> options)
{
    var until = Stopwatch.StartNew();
    var lists = await Task.WhenAll(Enumerable.Range(0, workers).Select(worker => Task.Run(async () =>
    {
        var random = new Random(worker);
        var times = new List<double>();
        while (until.Elapsed < span)
        {
            var tenant = new Tenant();
            tenant.Enter(new Guid(Convert.FromHexString(Convert.ToHexString(System.Security.Cryptography.MD5.HashData(System.Text.Encoding.UTF8.GetBytes($"client{random.Next(1, clients + 1)}")))), bigEndian: true));
            var began = Stopwatch.GetTimestamp();
            await using var db = new PortalDb(options, tenant);
            var count = await db.VisitorSessions.WithMessages().Take(1001).CountAsync();
            var page = await db.VisitorSessions.WithMessages().NewestFirst().Take(31)
                .Select(s => new { s.Id, Widget = db.Widgets.Where(w => w.Id == s.WidgetId).Select(w => w.Name).First(), s.FirstMessage, s.LastMessageAt, s.MessageCount })
                .ToListAsync();
            times.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            if (page.Count != 31 || count < 31)
            {
                throw new InvalidOperationException($"{page.Count} of {count} conversations, where {rows / clients} stand.");
            }
        }

        return times;
    })));
    return [.. lists.SelectMany(times => times)];
}

async Task ExecuteAsync(string sql)
{
    await using var command = superuser.CreateCommand(sql);
    await command.ExecuteNonQueryAsync();
}
