using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Npgsql;

namespace Load;

/// <summary>
/// One drill on the cluster of <c>scripts/cluster</c>, which starts this: load, a fault in the middle of it, and
/// afterwards the count of what was lost or done twice. Prints a line and writes a JSON.
/// </summary>
internal sealed class Drill : IAsyncDisposable
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    // Faults of a portal must not be felt beyond that; others are failovers.
    private static readonly string[] s_ofPortals = ["portal", "rolling", "haproxy", "clock", "etcd", "etcd-all"];

    private readonly string _name;
    private readonly int _rate;
    private readonly TimeSpan _hold;
    private readonly string? _results;
    private readonly NpgsqlDataSource _database = NpgsqlDataSource.Create(Setting("DATABASE"));
    private readonly MailSink _mails = new(int.Parse(Setting("MAIL_PORT"), CultureInfo.InvariantCulture));
    private readonly List<string> _queued = [];
    private readonly Stopwatch _clock = new();

    private Drill(string[] arguments)
    {
        var given = arguments
            .Select(argument => argument.TrimStart('-').Split('=', 2))
            .ToDictionary(a => a[0], a => a[1]);
        _name = given["name"];
        _rate = int.Parse(given.GetValueOrDefault("rate", "100"), CultureInfo.InvariantCulture);
        _hold = TimeSpan.FromSeconds(int.Parse(given.GetValueOrDefault("hold", "20"), CultureInfo.InvariantCulture));
        _results = given.GetValueOrDefault("results");
    }

    public static async Task<int> RunAsync(string[] arguments)
    {
        await using var drill = new Drill(arguments);
        return await drill.RunAsync();
    }

    private static string Setting(string name) =>
        Environment.GetEnvironmentVariable($"DRILL_{name}")
        ?? throw new InvalidOperationException($"DRILL_{name} is not set: start this with scripts/cluster drill.");

    private async Task<int> RunAsync()
    {
        await using var bot = await Stub.StartAsync(int.Parse(Setting("BOT_PORT"), CultureInfo.InvariantCulture));
        bot.Counts = true;
        var started = DateTimeOffset.UtcNow;
        var widget = await NewWidgetAsync(bot.Url("echo/20"));
        Uri[] fronts = [.. Setting("FRONTS").Split(',').Select(front => new Uri(front))];
        var visitors = new DrillVisitors(fronts, widget, _rate);
        await visitors.OpenAsync();

        using var ending = new CancellationTokenSource();
        _clock.Start();
        var asking = visitors.AskAsync(_clock, ending.Token);
        var mailing = QueueMailsAsync(ending.Token);
        await Task.Delay(TimeSpan.FromSeconds(15));
        var brokenAt = _clock.Elapsed;
        var details = await ClusterAsync("fault");
        await Task.Delay(_hold);
        details.AddRange(await ClusterAsync("mend"));
        await Task.Delay(TimeSpan.FromSeconds(15));
        await ending.CancelAsync();
        await Task.WhenAll(asking, mailing);

        var outcome = await JudgeAsync(visitors, widget, bot, brokenAt);
        Console.WriteLine(Line(outcome, details));
        if (_results is not null)
        {
            await File.WriteAllTextAsync(_results, Json(outcome, details, started, visitors));
        }

        return outcome.Kept ? 0 : 1;
    }

    private async Task<Outcome> JudgeAsync(DrillVisitors visitors, Guid widget, Stub bot, TimeSpan brokenAt)
    {
        var answered = visitors.All.Where(asked => asked.AnsweredAt is not null).ToList();
        // Also those who saw no answer for a while: whoever asks again gets the very same.
        foreach (var asked in answered.OrderByDescending(asked => asked.Attempts).Take(100))
        {
            await visitors.AskAgainAsync(asked);
        }

        var rows = await RowsAsync(widget);
        var lost = answered.Count(asked => !rows.Contains((asked.Question, $"You asked: {asked.Question}")));
        var doubled = rows.Count - rows.Distinct().Count();
        var silence = answered
            .Select(asked => asked.AnsweredAt!.Value)
            .Append(TimeSpan.Zero)
            .Order()
            .Pairwise((before, after) => after - before)
            .DefaultIfEmpty()
            .Max();
        var (late, twice) = await MailsAsync();
        return new(
            visitors.All.Count,
            answered.Count,
            lost,
            visitors.All.Count - answered.Count,
            doubled,
            silence.TotalSeconds,
            answered
                .Where(asked => asked.AnsweredAt > brokenAt)
                .Max(asked => asked.AnsweredAt - asked.At)!
                .Value.TotalSeconds,
            answered.Count(asked => asked.Attempts > 1),
            bot.Asked.Count(asked => asked.Value > 1),
            _queued.Count,
            late,
            twice,
            await OverlapsAsync(),
            visitors.Problems.Count,
            s_ofPortals.Contains(_name) ? 5 : 60
        );
    }

    private async Task<List<(string, string)>> RowsAsync(Guid widget)
    {
        await using var rows = await WithPatienceAsync(() =>
        {
            var command = _database.CreateCommand(
                "SELECT message, coalesce(response, '') FROM chat_logs WHERE widget_id = $1"
            );
            command.Parameters.AddWithValue(widget);
            return command.ExecuteReaderAsync();
        });
        var found = new List<(string, string)>();
        while (await rows.ReadAsync())
        {
            found.Add((rows.GetString(0), rows.GetString(1)));
        }

        return found;
    }

    // A mail whose portal died is sent again when its lease of two minutes is over.
    private async Task<(int Missing, int Twice)> MailsAsync()
    {
        for (var patience = Stopwatch.StartNew(); patience.Elapsed < TimeSpan.FromSeconds(240); await Task.Delay(500))
        {
            if (_queued.All(_mails.Taken.ContainsKey))
            {
                break;
            }
        }

        return (
            _queued.Count(mail => !_mails.Taken.ContainsKey(mail)),
            _queued.Count(mail => _mails.Taken.GetValueOrDefault(mail) > 1)
        );
    }

    /// <summary>Runs of one job that went on at the same time.</summary>
    private async Task<long> OverlapsAsync() =>
        (long)
            (
                await WithPatienceAsync(() =>
                    _database
                        .CreateCommand(
                            """
                            SELECT count(*) FROM job_runs a JOIN job_runs b ON a.job = b.job AND a.id < b.id
                            WHERE a.started_at < coalesce(b.finished_at, now()) AND b.started_at < coalesce(a.finished_at, now())
                              AND coalesce(a.error, '') NOT LIKE '%stopped unexpectedly%' AND coalesce(b.error, '') NOT LIKE '%stopped unexpectedly%'
                            """
                        )
                        .ExecuteScalarAsync()
                )
            )!;

    private async Task<Guid> NewWidgetAsync(string bot)
    {
        await using var insert = _database.CreateCommand(
            """
            WITH client AS (INSERT INTO clients (name) VALUES ('Drill ' || gen_random_uuid()) RETURNING id)
            INSERT INTO widgets (client_id, name, config, webhook_url, widget_secret)
            SELECT id, 'Assistant', '{"bot": {"history": 4}}', $1, 'a secret by hand' FROM client RETURNING id
            """
        );
        insert.Parameters.AddWithValue(bot);
        return (Guid)(await insert.ExecuteScalarAsync())!;
    }

    /// <summary>A mail every second. One that the database has taken has to be sent, once.</summary>
    private async Task QueueMailsAsync(CancellationToken ending)
    {
        var run = Guid.NewGuid().ToString("N")[..8];
        for (var i = 0; !ending.IsCancellationRequested; i++)
        {
            try
            {
                var (address, id) = ($"{i}.{run}@example.com", Guid.CreateVersion7());
                await using var insert = _database.CreateCommand(
                    "INSERT INTO emails (id, template, to_address, dedupe_key) VALUES ($1, 'test', $2, $2) ON CONFLICT DO NOTHING"
                );
                insert.Parameters.AddWithValue(id);
                insert.Parameters.AddWithValue(address);
                await insert.ExecuteNonQueryAsync(CancellationToken.None);
                _queued.Add(address);
            }
            catch (NpgsqlException)
            {
                // Nobody was told that it would be sent.
            }

            await Task.Delay(TimeSpan.FromSeconds(1), ending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task<T> WithPatienceAsync<T>(Func<Task<T>> work)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return await work();
            }
            catch (NpgsqlException) when (attempt < 60)
            {
                await Task.Delay(TimeSpan.FromSeconds(1));
            }
        }
    }

    private async Task<List<string>> ClusterAsync(string command)
    {
        using var script = Process.Start(
            new ProcessStartInfo("scripts/cluster", [command, _name]) { RedirectStandardOutput = true }
        )!;
        var said = await script.StandardOutput.ReadToEndAsync();
        await script.WaitForExitAsync();
        return
        [
            .. said.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Where(line => line.Contains('=', StringComparison.Ordinal)),
            .. script.ExitCode == 0 ? Array.Empty<string>() : [$"{command}_failed={script.ExitCode}"],
        ];
    }

    private string Line(Outcome outcome, List<string> details) =>
        FormattableString.Invariant(
            $"{_name}: {(outcome.Kept ? "kept" : "MISSED")}: {outcome.Answered} answered of {outcome.Asked} at {_rate}/s, {outcome.Lost} lost, {outcome.Doubled} twice, {outcome.Unanswered} given up, silence {outcome.Silence:0.0} s (at most {outcome.Limit}), longest wait {outcome.LongestWait:0.0} s, {outcome.AskedAgain} asked again, {outcome.BotTwice} at the bot twice, mails {outcome.Mails} ({outcome.MailsMissing} missing, {outcome.MailsTwice} twice), jobs at once {outcome.JobsAtOnce}, problems {outcome.Problems}; synchronous {Setting("SYNCHRONOUS")}; {string.Join(", ", details)}"
        );

    private string Json(Outcome outcome, List<string> details, DateTimeOffset started, DrillVisitors visitors) =>
        JsonSerializer.Serialize(
            new
            {
                Drill = _name,
                Started = started,
                Rate = _rate,
                Synchronous = Setting("SYNCHRONOUS"),
                Network = Setting("NETWORK"),
                Outcome = outcome,
                Details = details,
                Refusals = visitors.All.SelectMany(asked => asked.Refusals).CountBy(refusal => refusal).ToDictionary(),
                Problems = visitors.Problems.Take(20),
                Machine = new { Environment.ProcessorCount, Load = File.ReadAllText("/proc/loadavg").Trim() },
            },
            s_json
        ) + "\n";

    public async ValueTask DisposeAsync()
    {
        await _mails.DisposeAsync();
        await _database.DisposeAsync();
    }

    /// <param name="Silence">The longest time in which no visitor at all got an answer, in seconds.</param>
    /// <param name="LongestWait">Of one visitor for one answer, in seconds.</param>
    private sealed record Outcome(
        int Asked,
        int Answered,
        int Lost,
        int Unanswered,
        int Doubled,
        double Silence,
        double LongestWait,
        int AskedAgain,
        int BotTwice,
        int Mails,
        int MailsMissing,
        int MailsTwice,
        long JobsAtOnce,
        int Problems,
        double Limit
    )
    {
        public bool Kept =>
            (Lost, Unanswered, Doubled, MailsMissing, MailsTwice, JobsAtOnce, Problems) is (0, 0, 0, 0, 0, 0, 0)
            && Silence <= Limit;
    }
}

internal static class Pairs
{
    extension<T>(IEnumerable<T> items)
    {
        public IEnumerable<TResult> Pairwise<TResult>(Func<T, T, TResult> pair) => items.Zip(items.Skip(1), pair);
    }
}
