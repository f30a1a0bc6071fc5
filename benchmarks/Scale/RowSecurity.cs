using System.Diagnostics;
using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Npgsql;
using Portal.Data;
using Portal.Model;

namespace Scale;

/// <summary>
/// What row-level security costs on the list of conversations: 1,000,000 of them, of 1,000 clients. The same queries
/// run in turn with the policies and the setting that they go by, and without both.
/// </summary>
internal static class RowSecurity
{
    public static async Task<int> MeasureAsync(
        NpgsqlConnectionStringBuilder database,
        Seed seed,
        IConfiguration settings
    )
    {
        var (clients, rows, workers) = (
            settings.GetValue("Clients", 1000),
            settings.GetValue("Rows", 1_000_000),
            settings.GetValue("Workers", 8)
        );
        var (rounds, span) = (settings.GetValue("Rounds", 5), TimeSpan.FromSeconds(settings.GetValue("Seconds", 4)));
        var tenants = new Tenants(clients, clients);
        await seed.ClientsAsync(tenants);
        await seed.ConversationsAsync(rows, tenants);
        await seed.VacuumAsync();

        // As the portal connects: its role and its prepared statements.
        await using var portal = NpgsqlDataSource.Create(
            new NpgsqlConnectionStringBuilder(database.ConnectionString)
            {
                Options = "-c role=portal_app",
                MaxPoolSize = 50,
                MaxAutoPrepare = 50,
                AutoPrepareMinUsages = 2,
                NoResetOnClose = true,
            }.ConnectionString
        );
        var with = new DbContextOptionsBuilder<PortalDb>()
            .UseNpgsql(portal)
            .UseSnakeCaseNamingConvention()
            .AddInterceptors(TenantSessionInterceptor.Instance)
            .Options;
        var without = new DbContextOptionsBuilder<PortalDb>().UseNpgsql(portal).UseSnakeCaseNamingConvention().Options;

        var took = new Dictionary<bool, List<double>> { [true] = [], [false] = [] };
        for (var round = 0; round <= rounds; round++)
        {
            foreach (var enabled in round % 2 == 0 ? new[] { true, false } : [false, true])
            {
                foreach (var table in new[] { "visitor_sessions", "widgets", "clients" })
                {
                    await seed.ExecuteAsync(
                        $"ALTER TABLE {table} {(enabled ? "ENABLE" : "DISABLE")} ROW LEVEL SECURITY"
                    );
                }

                var measured = await ListAsync(enabled ? with : without);
                if (round > 0) // the first warms up
                {
                    took[enabled].AddRange(measured);
                }
            }
        }

        foreach (var (enabled, times) in took)
        {
            times.Sort();
            Console.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{(enabled ? "with policies   " : "without policies")}: p50 {times[times.Count / 2]:0.00} ms, p95 {times[times.Count * 95 / 100]:0.00} ms, {times.Count / (rounds * span.TotalSeconds):0} lists/s ({workers} at once, {rounds} rounds of {span.TotalSeconds:0} s)"
                )
            );
        }

        return 0;

        async Task<List<double>> ListAsync(DbContextOptions<PortalDb> options)
        {
            var until = Stopwatch.StartNew();
            var lists = await Task.WhenAll(
                Enumerable
                    .Range(0, workers)
                    .Select(worker =>
                        Task.Run(async () =>
                        {
                            var random = new Random(worker);
                            var times = new List<double>();
                            while (until.Elapsed < span)
                            {
                                var tenant = new Tenant();
                                tenant.Enter(Seed.Client(random.Next(1, clients + 1)));
                                var began = Stopwatch.GetTimestamp();
                                await using var db = new PortalDb(options, tenant);
                                var count = await db.VisitorSessions.WithMessages().Take(1001).CountAsync();
                                var page = await db
                                    .VisitorSessions.WithMessages()
                                    .NewestFirst()
                                    .Take(31)
                                    .Select(s => new
                                    {
                                        s.Id,
                                        Widget = db.Widgets.Where(w => w.Id == s.WidgetId).Select(w => w.Name).First(),
                                        s.FirstMessage,
                                        s.LastMessageAt,
                                        s.MessageCount,
                                    })
                                    .ToListAsync();
                                times.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
                                if (page.Count != 31 || count < 31)
                                {
                                    throw new InvalidOperationException(
                                        $"{page.Count} of {count} conversations, where {rows / clients} stand."
                                    );
                                }
                            }

                            return times;
                        })
                    )
            );
            return [.. lists.SelectMany(times => times)];
        }
    }
}
