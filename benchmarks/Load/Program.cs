// Loads portal and forwarder in turn and holds the one against the other. Both run already; `benchmarks/run` starts them.
using System.Globalization;
using System.Text.Json;
using Npgsql;

var settings = new ConfigurationBuilder().AddCommandLine(args).Build();
var visitors = settings.GetValue("Visitors", 64);
var rounds = settings.GetValue("Rounds", 3);
var length = TimeSpan.FromSeconds(settings.GetValue("Seconds", 5));
var rate = settings.GetValue("Rate", 200);

// The demo widget, which every new portal of Development has.
var widget = settings.GetValue("Widget", new Guid("0198c0de-0000-7000-8000-000000000001"));
await LeadToBotAsync(Needed("Database"), widget, Needed("Bot"));

await using var stub = await Stub.StartAsync(new Uri(Needed("Bot")).Port);
using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
ITarget[] targets =
[
    new Portal(http, new Uri(Needed("Portal")), widget, settings["Origin"] ?? "http://localhost:5471"),
    new Forwarder(http, new Uri(Needed("Forwarder"))),
];

Console.WriteLine($"{visitors} visitors, {rounds} rounds of {length.TotalSeconds:0} s each, then {rate} messages/s; own time is without the bot's");
foreach (var target in targets)
{
    await new Round(stub, visitors, TimeSpan.FromSeconds(3)).RunAsync(target);   // warm: JIT, pools, caches
}

var full = new List<Result>();
var paced = new List<Result>();
for (var round = 0; round < rounds; round++)
{
    // Who goes first changes, so that neither always finds the machine as the other left it.
    foreach (var target in round % 2 == 0 ? targets : targets.Reverse())
    {
        full.Add(Show("full speed", await new Round(stub, visitors, length).RunAsync(target)));
    }

    foreach (var target in round % 2 == 0 ? targets : targets.Reverse())
    {
        paced.Add(Show($"{rate}/s", await new Round(stub, visitors, length).RunAsync(target, rate)));
    }
}

double Of(List<Result> results, string target, Func<Result, double> figure) => Median(results.Where(r => r.Target == target).Select(figure));

var summary = new
{
    At = DateTimeOffset.UtcNow,
    Cores = Environment.ProcessorCount,
    Visitors = visitors,
    PortalPerSecond = Of(full, "portal", r => r.PerSecond),
    ForwarderPerSecond = Of(full, "forwarder", r => r.PerSecond),
    Ratio = Of(full, "portal", r => r.PerSecond) / Of(full, "forwarder", r => r.PerSecond),
    Rate = rate,
    PortalP50 = Of(paced, "portal", r => r.P50),
    PortalP99 = Of(paced, "portal", r => r.P99),
    ForwarderP50 = Of(paced, "forwarder", r => r.P50),
    ForwarderP99 = Of(paced, "forwarder", r => r.P99),
    PortalMegabytes = ResidentMegabytes(settings["PortalPid"]),
    Failed = full.Concat(paced).Sum(r => r.Failed),
};

Console.WriteLine();
Console.WriteLine(Invariant($"messages/s at {visitors} visitors   portal {summary.PortalPerSecond,8:0}   forwarder {summary.ForwarderPerSecond,8:0}   ratio {summary.Ratio:0.00}"));
Console.WriteLine(Invariant($"own time at {rate}/s, p50 ms     portal {summary.PortalP50,8:0.00}   forwarder {summary.ForwarderP50,8:0.00}"));
Console.WriteLine(Invariant($"own time at {rate}/s, p99 ms     portal {summary.PortalP99,8:0.00}   forwarder {summary.ForwarderP99,8:0.00}"));
Console.WriteLine(Invariant($"resident memory of the portal   {summary.PortalMegabytes:0} MB"));

if (settings["Results"] is { } file)
{
    await File.WriteAllTextAsync(file, JsonSerializer.Serialize(summary) + "\n");
}

if (summary.Failed > 0)
{
    Console.Error.WriteLine($"{summary.Failed} messages got no answer; the first: {full.Concat(paced).First(r => r.FirstFailure is not null).FirstFailure}");
    return 1;
}

return 0;

string Needed(string name) => settings[name] ?? throw new InvalidOperationException($"--{name}=… is missing; benchmarks/run gives it.");

static async Task LeadToBotAsync(string database, Guid widget, string bot)
{
    await using var db = NpgsqlDataSource.Create(database);
    await using var update = db.CreateCommand("UPDATE widgets SET webhook_url = $2 WHERE id = $1");
    update.Parameters.AddWithValue(widget);
    update.Parameters.AddWithValue(bot);
    if (await update.ExecuteNonQueryAsync() != 1)
    {
        throw new InvalidOperationException($"There is no widget {widget}.");
    }

    // The portal keeps a widget for up to a second.
    await Task.Delay(TimeSpan.FromSeconds(1.5));
}

static Result Show(string how, Result result)
{
    Console.WriteLine(Invariant($"  {how,-11} {result.Target,-10} {result.PerSecond,8:0}/s   p50 {result.P50,7:0.00} ms   p99 {result.P99,7:0.00} ms   failed {result.Failed}"));
    return result;
}

static double Median(IEnumerable<double> figures)
{
    var sorted = figures.Order().ToArray();
    return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
}

static double? ResidentMegabytes(string? pid)
{
    // "VmRSS:     123456 kB"
    var line = pid is null ? null : File.ReadLines($"/proc/{pid}/status").FirstOrDefault(line => line.StartsWith("VmRSS", StringComparison.Ordinal));
    return line is null ? null : double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) / 1024;
}

static string Invariant(FormattableString text) => FormattableString.Invariant(text);
