using Microsoft.Extensions.Configuration;
using Npgsql;
using Portal.Analytics;

namespace Scale;

/// <summary>
/// How long an owner waits for each page where a million messages stand, and what the jobs take that prepare them.
/// Every page is asked in turn, round after round, each time of another place; beside them an address that does nothing
/// and a page that reads one row, so that a slow machine shows.
/// </summary>
internal static class Pages
{
    private const string Email = "owner@scale.example";

    public static async Task<int> MeasureAsync(
        NpgsqlConnectionStringBuilder database,
        Seed seed,
        IConfiguration settings
    )
    {
        var (clients, widgets, messages) = (
            settings.GetValue("Clients", 1),
            settings.GetValue("Widgets", 100),
            settings.GetValue("Messages", 1_000_000)
        );
        var (days, rounds, ofDay) = (
            settings.GetValue("Days", 90),
            settings.GetValue("Rounds", 150),
            settings.GetValue("Day", 100_000)
        );
        var portal = new Uri(settings["Portal"] ?? throw new InvalidOperationException("--Portal= is missing."));
        var jobs = new Dictionary<string, double>();

        await seed.LeaveJobsAsync("search-index", "daily-analytics");
        jobs[$"{messages:N0} messages written"] = await PortalJobs.TimeAsync(async () =>
        {
            var all = new Tenants(clients, widgets);
            await seed.ClientsAsync(all);
            await seed.PersonAsync(Seed.Client(1), Email, PageVisits.PasswordHash);
            await seed.MessagesAsync(messages, all, days, DateTime.UtcNow.AddMinutes(-10));
            await seed.VacuumAsync();
        });

        await using var portalJobs = await PortalJobs.OpenAsync(database);
        await RunAsync($"{messages:N0} messages");
        await seed.VacuumAsync();
        using var owner = new PageVisits(portal);
        await owner.SignInAsync(Email);
        var pages = await owner.AskAsync(await PlacesAsync(seed), rounds);

        // A day on which nothing was said before, and one that a single widget had all by itself.
        foreach (
            var (name, over, ago) in new[]
            {
                ($"a day of {ofDay:N0} messages over {widgets} widgets", widgets, days + 5),
                ($"a day of {ofDay:N0} messages at one widget", 1, days + 10),
            }
        )
        {
            await seed.DayAsync(ofDay, new Tenants(1, over), ago);
            await RunAsync(name);
        }

        return await PageReport.WriteAsync(
            pages,
            jobs,
            new
            {
                clients,
                widgets,
                messages,
                days,
                rounds,
            },
            settings["Results"]
        );

        async Task RunAsync(string what)
        {
            var (read, reading) = await portalJobs.RunAsync(db => new SearchIndexJob(db));
            jobs[$"{what}: search, messages read {read:N0}"] = reading;
            var (days, counting) = await portalJobs.RunAsync(db => new DailyAnalyticsJob(db));
            jobs[$"{what}: daily totals, days computed {days:N0}"] = counting;
        }
    }

    /// <summary>What is asked, each in many places.</summary>
    public static async Task<IReadOnlyList<(string Name, string[] Paths)>> PlacesAsync(Seed seed, int ofClient = 1)
    {
        var client = Seed.Client(ofClient);
        var sessions = await seed.ReadAsync<Guid>(
            $"SELECT id FROM visitor_sessions WHERE client_id = '{client}' ORDER BY md5(id::text) LIMIT 50"
        );
        var widgets = await seed.ReadAsync<Guid>(
            $"SELECT id FROM widgets WHERE client_id = '{client}' ORDER BY id LIMIT 20"
        );
        var deep = await seed.ReadAsync<string>(
            $"SELECT '/conversations?older=' || (extract(epoch FROM last_message_at)::numeric * 10000000 + 621355968000000000)::bigint || '_' || replace(id::text, '-', '') FROM visitor_sessions WHERE client_id = '{client}' ORDER BY md5(id::text) LIMIT 50"
        );
        var words = await seed.ReadAsync<string>(
            $"SELECT substring(response FROM '\\m[a-z]{{6,}}\\M') FROM chat_logs WHERE client_id = '{client}' AND response ~ '\\m[a-z]{{6,}}\\M' ORDER BY created_at DESC LIMIT 20"
        );
        var last = DateTime.UtcNow.Date;
        return
        [
            ("an address that does nothing", ["/health/live"]),
            ("a page that reads one row", ["/account"]),
            ("dashboard", ["/dashboard"]),
            ("widgets", ["/widgets"]),
            ("one widget’s settings", [.. widgets.Select(widget => $"/widgets/{widget}/settings")]),
            ("analytics, 30 days", ["/analytics"]),
            ("analytics, 90 days", ["/analytics?days=90"]),
            ("analytics, one widget", [.. widgets.Select(widget => $"/analytics?widget={widget}")]),
            ("conversations", ["/conversations"]),
            ("conversations, deep", deep),
            ("conversations of a widget", [.. widgets.Select(widget => $"/conversations?widget={widget}")]),
            (
                "conversations of a week",
                [
                    .. Enumerable
                        .Range(1, 20)
                        .Select(n =>
                            $"/conversations?from={last.AddDays(-3 * n - 7):yyyy-MM-dd}&to={last.AddDays(-3 * n):yyyy-MM-dd}"
                        ),
                ]
            ),
            ("conversations with a thumb down", ["/conversations?feedback=down"]),
            (
                "conversations of a widget, failed",
                [.. widgets.Select(widget => $"/conversations?widget={widget}&failed=true")]
            ),
            ("conversations, unsure", ["/conversations?unsure=true"]),
            ("one conversation", [.. sessions.Select(session => $"/conversations/{session}")]),
            ("search, a common word", ["/conversations?q=delivery"]),
            ("search, a rare word", ["/conversations?q=zanzibar"]),
            ("search, any word", [.. words.Select(word => $"/conversations?q={word}")]),
            ("search, two words", [.. words.Select(word => $"/conversations?q=delivery+{word}")]),
            ("search, three letters", [.. words.Select(word => $"/conversations?q={word[..3]}")]),
            ("errors", ["/errors"]),
        ];
    }
}
