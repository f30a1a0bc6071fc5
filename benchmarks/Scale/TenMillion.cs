using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using Npgsql;
using Portal.Analytics;
using Portal.Audit;
using Portal.Demos;
using Portal.Model;

namespace Scale;

/// <summary>
/// Ten million messages of 300 clients with 1,000 widgets: every page of the largest client, of a usual one and of the
/// agency; a day's totals; a demo of a million messages that is cleaned up; an export of a million. The largest client
/// has a tenth of all messages and a hundred widgets.
/// </summary>
internal static class TenMillion
{
    private const string Largest = "largest@scale.example";
    private const string Usual = "usual@scale.example";
    private const string Admin = "admin@scale.example";
    private const int Slices = 10;

    private static readonly Tenants s_largest = new(1, 100);
    private static readonly Tenants s_others = new(299, 900, BeforeClients: 1, BeforeWidgets: 100);
    private static readonly Tenants s_demo = new(1, 1, BeforeWidgets: 1000);

    /// <summary>Writes the rows and builds what the jobs would make of them, in bounded time.</summary>
    public static async Task<int> SeedAsync(NpgsqlConnectionStringBuilder database, Seed seed, IConfiguration settings)
    {
        var (messages, days) = (settings.GetValue("Messages", 10_000_000), settings.GetValue("Days", 90));
        await seed.LeaveJobsAsync("search-index", "daily-analytics", "demo-expiry");
        await StepAsync("clients and people", async () =>
        {
            await seed.ClientsAsync(s_largest);
            await seed.ClientsAsync(s_others);
            await seed.PersonAsync(Seed.Client(1), Largest, PageVisits.PasswordHash);
            await seed.PersonAsync(Seed.Client(2), Usual, PageVisits.PasswordHash);
            await seed.PersonAsync(null, Admin, PageVisits.PasswordHash);
        });
        await seed.InBulkAsync(async () =>
        {
            for (var slice = Slices - 1; slice >= 0; slice--)
            {
                var until = DateTime.UtcNow.AddMinutes(-10).AddDays(-slice * days / (double)Slices);
                await StepAsync($"messages, slice {Slices - slice} of {Slices}", async () =>
                {
                    await seed.MessagesAsync(messages / Slices / 10, s_largest, days / (double)Slices, until);
                    await seed.MessagesAsync(messages / Slices / 10 * 9, s_others, days / (double)Slices, until);
                });
            }
        });
        await StepAsync("search index", seed.IndexAsync);
        await using var jobs = await PortalJobs.OpenAsync(database);
        // Two at once, as two portals do it.
        await StepAsync("daily totals", () =>
            Task.WhenAll(Enumerable.Range(0, 2).Select(_ => jobs.RunAsync(db => new DailyAnalyticsJob(db))))
        );
        await StepAsync("vacuum", seed.VacuumAsync);
        return 0;
    }

    public static async Task<int> MeasureAsync(
        NpgsqlConnectionStringBuilder database,
        Seed seed,
        IConfiguration settings
    )
    {
        var (rounds, portal) = (settings.GetValue("Rounds", 60), Setting("Portal"));
        var figures = new Dictionary<string, double>();
        await seed.LeaveJobsAsync("search-index", "daily-analytics", "demo-expiry");
        await using var jobs = await PortalJobs.OpenAsync(database);

        var pages = new List<PageTimes>();
        foreach (var (who, email, client) in new[] { ("largest", Largest, 1), ("usual", Usual, 2) })
        {
            using var owner = await SignedInAsync(email);
            var times = await owner.AskAsync(await Pages.PlacesAsync(seed, client), rounds);
            pages.AddRange(times.Select(page => page with { Name = $"{who}: {page.Name}" }));
        }

        using (var admin = await SignedInAsync(Admin))
        {
            var times = await admin.AskAsync(await OfAgencyAsync(seed), rounds);
            pages.AddRange(times.Select(page => page with { Name = $"agency: {page.Name}" }));
        }

        Console.WriteLine($"{pages.Count} pages asked {rounds} times");
        await ExportAsync();
        await DayAsync();
        await DemoAsync();
        figures["bytes a message on disk, indexes and search included"] = (
            await seed.ReadAsync<double>(
                "SELECT sum(pg_total_relation_size(name::regclass))::float8 / (SELECT count(*) FROM chat_logs) FROM unnest('{chat_logs,chat_search,visitor_sessions,analytics}'::text[]) AS name"
            )
        )[0];
        return await PageReport.WriteAsync(pages, figures, new { Rounds = rounds }, settings["Results"]);

        string Setting(string name) => settings[name] ?? throw new InvalidOperationException($"--{name}= is missing.");

        async Task<PageVisits> SignedInAsync(string email)
        {
            var visits = new PageVisits(new Uri(portal));
            await visits.SignInAsync(email);
            return visits;
        }

        async Task ExportAsync()
        {
            using var owner = await SignedInAsync(Largest);
            var portalProcess = int.Parse(Setting("Process"), CultureInfo.InvariantCulture);
            var before = Memory.ResidentMegabytes(portalProcess);
            var (most, rows, bytes, began) = (before, 0L, 0L, Stopwatch.GetTimestamp());
            await using var file = await owner.Http.GetStreamAsync(new Uri("/conversations/export", UriKind.Relative));
            var buffer = new byte[1 << 16];
            for (int read; (read = await file.ReadAsync(buffer)) > 0; )
            {
                rows += buffer.AsSpan(0, read).Count((byte)'\n');
                bytes += read;
                if (bytes % (1 << 22) < read)
                {
                    most = Math.Max(most, Memory.ResidentMegabytes(portalProcess));
                }
            }

            figures["export of the largest client: seconds"] = Stopwatch.GetElapsedTime(began).TotalSeconds;
            figures["export: lines"] = rows;
            figures["export: MB"] = bytes / 1e6;
            figures["export: resident MB before"] = before;
            figures["export: resident MB at most"] = most;
        }

        async Task DayAsync()
        {
            foreach (var (name, over) in new[] { ("the others' widgets", 900), ("a single widget", 1) })
            {
                // Before everything else, so that it is a day of its own in every run.
                var ago = (await seed.ReadAsync<int>("SELECT current_date - min(created_at)::date + 5 FROM chat_logs"))[
                    0
                ];
                await seed.DayAsync(100_000, s_others with { Widgets = over, Clients = Math.Min(over, 299) }, ago);
                await jobs.RunAsync(db => new SearchIndexJob(db));
                var (days, seconds) = await jobs.RunAsync(db => new DailyAnalyticsJob(db));
                figures[$"daily totals of 100,000 messages, {name}, days computed {days:N0}: seconds"] = seconds;
            }
        }

        async Task DemoAsync()
        {
            await seed.DemoAsync(settings.GetValue("Demo", 1_000_000), s_demo);
            var (rows, seconds) = await jobs.RunAsync(db => new DemoExpiryJob(
                db,
                new AuditLog(new HttpContextAccessor(), new Tenant(), TimeProvider.System),
                Options.Create(new DemoOptions())
            ));
            figures[$"clean-up of a demo, rows deleted {rows:N0}: seconds"] = seconds;
            figures["clean-up of a demo, longest statement: seconds"] = jobs.Longest;
        }
    }

    private static async Task<IReadOnlyList<(string Name, string[] Paths)>> OfAgencyAsync(Seed seed)
    {
        var clients = await seed.ReadAsync<Guid>("SELECT id FROM clients ORDER BY md5(id::text) LIMIT 20");
        var logs = await seed.ReadAsync<string>(
            "SELECT '/admin/chat-logs?widget=' || id || '&client=' || client_id FROM widgets ORDER BY md5(id::text) LIMIT 20"
        );
        return
        [
            ("clients", ["/admin/clients"]),
            ("clients, deep", ["/admin/clients?p=6"]),
            ("clients, searched", ["/admin/clients?search=client+29"]),
            ("one client", [.. clients.Select(client => $"/admin/clients/{client}")]),
            ("widgets", ["/admin/widgets"]),
            ("widgets, searched", ["/admin/widgets?search=assistant+77"]),
            ("widgets, deep", ["/admin/widgets?p=15"]),
            ("incidents", ["/admin/incidents"]),
            ("jobs", ["/admin/jobs"]),
            ("mail", ["/admin/mail"]),
            ("audit log", ["/admin/audit"]),
            ("tokens", ["/admin/tokens"]),
            ("system", ["/admin/system"]),
            ("chat logs of a widget", logs),
        ];
    }

    private static async Task StepAsync(string what, Func<Task> work)
    {
        var seconds = await PortalJobs.TimeAsync(work);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what}: {seconds:0.0} s"));
    }
}
