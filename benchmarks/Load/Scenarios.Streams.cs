using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Portal.Web;
using Portal.Webhooks;

namespace Load;

/// <summary>Loads of streamed answers.</summary>
internal sealed partial class Scenarios
{
    /// <summary>200 answers at a time, 50 words a second each: how late a word comes.</summary>
    public async Task StreamsAsync()
    {
        var portal = await PortalAsync();
        var count = options.IsQuick ? 50 : 200;
        var widget = await rig.NewWidgetAsync($"stream/{(options.IsQuick ? 150 : 500)}/50");
        var visitors = await VisitorsAsync(portal, widget, count);
        var delays = new ConcurrentBag<double>();
        var ends = new ConcurrentBag<string>();
        var cpu = portal.Cpu;
        var clock = Stopwatch.StartNew();

        await Task.WhenAll(
            visitors.Select(async visitor =>
            {
                await foreach (var item in visitor.StreamAsync(Stub.Question().Text, CancellationToken.None))
                {
                    var now = Stopwatch.GetTimestamp();
                    if (item.EventType == "delta")
                    {
                        using var delta = JsonDocument.Parse(item.Data);
                        // The stub writes into each word when it was said.
                        foreach (
                            var said in delta
                                .RootElement.GetProperty("text")
                                .GetString()!
                                .Split(' ')
                                .Where(word => long.TryParse(word, CultureInfo.InvariantCulture, out _))
                        )
                        {
                            delays.Add(
                                (now - long.Parse(said, CultureInfo.InvariantCulture)) * 1000.0 / Stopwatch.Frequency
                            );
                        }
                    }
                    else if (item.EventType is "done" or "failed")
                    {
                        ends.Add(item.EventType);
                    }
                }
            })
        );

        var sorted = delays.Order().ToArray();
        report.Say(
            $"{sorted.Length} words in {clock.Elapsed.TotalSeconds:0.0} s, {sorted.Length / clock.Elapsed.TotalSeconds:0}/s; from the bot's writing to the visitor's reading p50 {Part(sorted, 0.5):0.0} ms, p99 {Part(sorted, 0.99):0.0} ms; {(portal.Cpu - cpu) / clock.Elapsed * 100:0} % of a core"
        );
        report.AtMost($"answers of {count} that did not come whole", count - ends.Count(end => end == "done"), 0);
        report.AtMost("a streamed word's way through, p99", Part(sorted, 0.99), 250, " ms");
    }

    /// <summary>2,000 answers that have begun and say nothing: what each costs in memory.</summary>
    public async Task IdleStreamsAsync()
    {
        var portal = await PortalAsync();
        var count = options.IsQuick ? 500 : 2000;
        var widget = await rig.NewWidgetAsync("idle");
        var visitors = await VisitorsAsync(portal, widget, count);
        await Task.Delay(2000);
        var before = portal.Megabytes;

        using var leaving = new CancellationTokenSource();
        var reading = visitors.Select(visitor => Swallow(ReadAsync(visitor, leaving.Token))).ToList();
        var opened = Stopwatch.StartNew();
        while (rig.Bot.Open < count && opened.Elapsed < TimeSpan.FromSeconds(60))
        {
            await Task.Delay(100);
        }

        await Task.Delay(options.Seconds(15, 5));
        report.Say($"{rig.Bot.Open} open; {before:0} MB before, {portal.Megabytes:0} MB with them");
        report.AtLeast($"of {count} idle streams open", rig.Bot.Open, count);
        report.AtMost("an idle stream", (portal.Megabytes - before) * 1024 / count, 60, " kB");
        rig.Bot.EndIdle();
        await Task.WhenAny(Task.WhenAll(reading), Task.Delay(TimeSpan.FromSeconds(20)));
        await leaving.CancelAsync();
        await Task.WhenAll(reading);
        await portal.DisposeAsync();

        static async Task ReadAsync(PortalVisitor visitor, CancellationToken cancellationToken)
        {
            await foreach (var _ in visitor.StreamAsync("Tell me, slowly.", cancellationToken)) { }
        }
    }

    private static double Part(double[] sorted, double part) =>
        sorted.Length == 0 ? double.NaN : sorted[(int)Math.Ceiling(part * sorted.Length) - 1];
}
