// Runs every scenario of the chat path against a portal as in production, each beside its baseline in the same run.
// `benchmarks/run` builds and starts it.
using Load;

if (args is ["drill", .. var ofDrill])
{
    return await Drill.RunAsync(ofDrill);
}

var options = new Options(args);
var report = new Report(options);
await using var rig = await Rig.StartAsync();
var scenarios = new Scenarios(rig, options, report);

(string Name, Func<Task> Run)[] all =
[
    ("throughput", scenarios.ThroughputAsync),
    ("paced", scenarios.PacedAsync),
    ("streams", scenarios.StreamsAsync),
    ("idle", scenarios.IdleStreamsAsync),
    ("hanging", scenarios.HangingBotAsync),
    ("restart", scenarios.RestartAsync),
    ("start", scenarios.StartAsync),
    ("clean-up", scenarios.CleanUpAsync),
    ("soak", scenarios.SoakAsync),
    ("crashes", () => new Crashes(rig, options, report).RunAsync()),
];
foreach (var (name, run) in all.Where(scenario => options.Wants(scenario.Name)))
{
    report.Begin(name);
    await run();
}

return await report.FinishAsync();
