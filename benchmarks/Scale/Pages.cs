using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;
using Portal.Analytics;
using Portal.Chat;
using Portal.Data;
using Portal.Jobs;
using Portal.Model;

namespace Scale;

/// <summary>
/// How long an owner waits for each page where a million messages stand, and what the jobs take that prepare them.
/// Every page is asked in turn, round after round, each time of another place; beside them an address that does nothing
/// and a page that reads one row, so that a slow machine shows.
/// </summary>
internal static partial class Pages
{
    private const string Email = "owner@scale.example";
    private const string Password = "an owner of this run";
    private const double Budget = 100;

    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

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

        // While this says that some replica runs them, the portal's own clock leaves these jobs to us.
        await seed.ExecuteAsync(
            "INSERT INTO job_runs (id, job, period, lease_until) SELECT gen_random_uuid(), job, now() - interval '1 year', now() + interval '1 day' FROM unnest('{search-index,daily-analytics}'::text[]) AS job"
        );
        jobs[$"{messages:N0} messages written"] = await TimeAsync(async () =>
        {
            await seed.ClientsAsync(clients, widgets);
            await seed.OwnerAsync(Seed.Client(1), Email, new PasswordHasher<User>().HashPassword(null!, Password));
            await seed.MessagesAsync(messages, clients, widgets, days, DateTime.UtcNow.AddMinutes(-10));
            await seed.VacuumAsync();
        });

        await using var databases = await OpenAsync(database);
        await using var db = new JobsDb(
            new DbContextOptionsBuilder<JobsDb>().UseNpgsql(databases.Jobs).UseSnakeCaseNamingConvention().Options
        );
        await RunAsync($"{messages:N0} messages", new SearchIndexJob(db), new DailyAnalyticsJob(db));
        await seed.VacuumAsync();
        var pages = await AskAsync(portal, await PlacesAsync(seed), rounds);

        // A day on which nothing was said before, and one that a single widget had all by itself.
        foreach (
            var (name, over, ago) in new[]
            {
                ($"a day of {ofDay:N0} messages over {widgets} widgets", widgets, days + 5),
                ($"a day of {ofDay:N0} messages at one widget", 1, days + 10),
            }
        )
        {
            await seed.MessagesAsync(ofDay, 1, over, 0.9, DateTime.UtcNow.Date.AddDays(-ago).AddHours(22));
            await seed.ExecuteAsync(
                "UPDATE chat_logs SET recorded_at = now() WHERE created_at < @until",
                new NpgsqlParameter("until", DateTime.UtcNow.AddDays(-ago + 2))
            );
            await RunAsync(name, new SearchIndexJob(db), new DailyAnalyticsJob(db));
        }

        return await ReportAsync(
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

        async Task RunAsync(string what, params IJob[] works)
        {
            foreach (var job in works)
            {
                var progress = new JobProgress();
                var took = await TimeAsync(() => job.RunAsync(progress, CancellationToken.None));
                jobs[
                    $"{what}: {(job is SearchIndexJob ? "search, messages read" : "daily numbers, days made")} {progress.Items:N0}"
                ] = took;
            }
        }
    }

    // As the portal's own jobs connect.
    private static async Task<Databases> OpenAsync(NpgsqlConnectionStringBuilder database)
    {
        string As(string role) =>
            new NpgsqlConnectionStringBuilder(database.ConnectionString)
            {
                Options = $"-c role={role}",
            }.ConnectionString;
        var databases = new Databases(
            Options.Create(
                new ConnectionStrings
                {
                    Portal = As("portal_app"),
                    Accounts = As("portal_accounts"),
                    Journal = As("portal_journal"),
                    Jobs = As("portal_jobs"),
                }
            ),
            Options.Create(new EmbeddedPostgresOptions()),
            WebApplication.CreateBuilder().Environment,
            NullLoggerFactory.Instance
        );
        await databases.StartAsync();
        return databases;
    }

    private static async Task<double> TimeAsync(Func<Task> work)
    {
        var began = Stopwatch.GetTimestamp();
        await work();
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    /// <summary>What is asked, each in many places.</summary>
    private static async Task<IReadOnlyList<(string Name, string[] Paths)>> PlacesAsync(Seed seed)
    {
        var client = Seed.Client(1);
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
            "SELECT substring(response FROM '\\m[a-z]{6,}\\M') FROM chat_logs WHERE response ~ '\\m[a-z]{6,}\\M' ORDER BY created_at DESC LIMIT 20"
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

    private static async Task<List<(string Name, double[] Times)>> AskAsync(
        Uri portal,
        IReadOnlyList<(string Name, string[] Paths)> places,
        int rounds
    )
    {
        using var http = new HttpClient(
            new SocketsHttpHandler { UseProxy = false, CookieContainer = new CookieContainer() }
        )
        {
            BaseAddress = portal,
        };
        var form = await http.GetStringAsync(new Uri("/account/sign-in", UriKind.Relative));
        using var fields = new FormUrlEncodedContent([
            new("Input.Email", Email),
            new("Input.Password", Password),
            new(
                "__RequestVerificationToken",
                Token().Match(form[form.IndexOf("id=\"password\"", StringComparison.Ordinal)..]).Groups[1].Value
            ),
        ]);
        using var signedIn = await http.PostAsync(new Uri("/account/sign-in", UriKind.Relative), fields);
        if (signedIn.RequestMessage?.RequestUri?.AbsolutePath != "/dashboard")
        {
            throw new InvalidOperationException(
                $"Signing in ended at {signedIn.RequestMessage?.RequestUri} with {signedIn.StatusCode}."
            );
        }

        var times = places.Select(place => (place.Name, Times: new double[rounds])).ToList();
        const int Warming = 10;
        for (var round = -Warming; round < rounds; round++)
        {
            foreach (var ((_, paths), (name, took)) in places.Zip(times))
            {
                var path = paths[(round + Warming) % paths.Length];
                var began = Stopwatch.GetTimestamp();
                using var answer = await http.GetAsync(new Uri(path, UriKind.Relative));
                var elapsed = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
                if (answer.StatusCode != HttpStatusCode.OK || answer.RequestMessage!.RequestUri!.PathAndQuery != path)
                {
                    throw new InvalidOperationException(
                        $"{path} answered {answer.StatusCode} at {answer.RequestMessage?.RequestUri}."
                    );
                }

                if (round >= 0)
                {
                    took[round] = elapsed;
                }
            }
        }

        times.ForEach(line => Array.Sort(line.Times));
        return times;
    }

    private static async Task<int> ReportAsync(
        List<(string Name, double[] Times)> pages,
        Dictionary<string, double> jobs,
        object seeded,
        string? file
    )
    {
        var lines = pages.ConvertAll(page => new
        {
            page.Name,
            P50 = At(page.Times, 0.5),
            P95 = At(page.Times, 0.95),
            Max = page.Times[^1],
            Kept = At(page.Times, 0.95) <= Budget,
        });
        Console.WriteLine("| page | p50 ms | p95 ms | max ms | |");
        Console.WriteLine("|---|---:|---:|---:|---|");
        foreach (var line in lines)
        {
            Console.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"| {line.Name} | {line.P50:0.0} | {line.P95:0.0} | {line.Max:0.0} | {(line.Kept ? "" : "over the budget")} |"
                )
            );
        }

        Console.WriteLine();
        Console.WriteLine("| job | s |");
        Console.WriteLine("|---|---:|");
        foreach (var (job, seconds) in jobs)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {job} | {seconds:0.0} |"));
        }

        if (file is not null)
        {
            var machine = new
            {
                Cores = Environment.ProcessorCount,
                Processor = File.ReadLines("/proc/cpuinfo")
                    .FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))
                    ?.Split(':', 2)[1]
                    .Trim(),
                Load = (await File.ReadAllTextAsync("/proc/loadavg")).Trim(),
            };
            await File.WriteAllTextAsync(
                file,
                JsonSerializer.Serialize(
                    new
                    {
                        At = DateTimeOffset.UtcNow,
                        Machine = machine,
                        Seeded = seeded,
                        Pages = lines,
                        Seconds = jobs,
                    },
                    s_json
                ) + "\n"
            );
        }

        return lines.TrueForAll(line => line.Kept) ? 0 : 1;
    }

    private static double At(double[] sorted, double share) =>
        sorted[(int)Math.Min(sorted.Length - 1, Math.Ceiling(sorted.Length * share) - 1)];

    [GeneratedRegex("name=\"__RequestVerificationToken\"[^>]* value=\"([^\"]+)\"")]
    private static partial Regex Token();
}
