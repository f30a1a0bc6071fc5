using System.Diagnostics;
using Portal.Hosting;
using Portal.Model;

namespace Load;

/// <summary>Loads of messages and answers in one piece.</summary>
internal sealed partial class Scenarios(Rig rig, Options options, Report report)
{
    private const int PortalPort = 5470;
    private const int ForwarderPort = 5474;

    // Methods compiled in ten seconds by a process that is warm.
    private const int Settled = 30;

    private readonly HttpClient _http = new(
        new SocketsHttpHandler { UseProxy = false, PooledConnectionIdleTimeout = TimeSpan.FromMinutes(5) }
    )
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };
    private Subject? _portal;

    private async Task<Subject> PortalAsync() =>
        _portal is { IsGone: false } portal
            ? portal
            : _portal = await rig.StartPortalAsync(PortalPort, [.. options.Settings]);

    /// <summary>How much it can carry, at so many visitors who each wait for their answer.</summary>
    public async Task ThroughputAsync()
    {
        var (portal, forwarder) = (await PortalAsync(), await rig.StartForwarderAsync(ForwarderPort, "after/0"));
        await WarmAsync(portal, forwarder, "after/0");
        var widget = await rig.NewWidgetAsync("after/0");
        // After minutes of rest the first seconds are not like those after them.
        await new Rounds(rig, portal).FullSpeedAsync(await VisitorsAsync(portal, widget, 64), options.Seconds(5, 1));

        foreach (var count in options.Visitors)
        {
            var name = $"{count} visitor{(count == 1 ? "" : "s")}";
            for (var round = 0; round < options.Rounds; round++)
            {
                // Who goes first changes, so that neither always finds the machine as the other left it.
                foreach (var isPortal in round % 2 == 0 ? [true, false] : new[] { false, true })
                {
                    var subject = isPortal ? portal : forwarder;
                    IReadOnlyList<IVisitor> visitors = isPortal
                        ? await VisitorsAsync(portal, widget, count)
                        : Callers(forwarder, count);
                    using var halted = isPortal ? null : portal.Halted();
                    report.Add(
                        name,
                        subject.Name,
                        await new Rounds(rig, subject).FullSpeedAsync(visitors, options.Length ?? options.Seconds(5, 2))
                    );
                }
            }
        }

        report.AtLeast(
            "messages/s at 64 visitors, of the forwarder's",
            report.Median("64 visitors", "portal", f => f.PerSecond)
                / report.Median("64 visitors", "forwarder", f => f.PerSecond),
            0.75,
            " ×"
        );
        report.AtMost(
            "resident memory",
            report.Median($"{options.Visitors[^1]} visitors", "portal", f => f.Megabytes),
            300,
            " MB"
        );
        await forwarder.DisposeAsync();
    }

    /// <summary>How long it takes at a load it easily carries.</summary>
    public async Task PacedAsync()
    {
        var (portal, forwarder) = (await PortalAsync(), await rig.StartForwarderAsync(ForwarderPort, "after/20"));
        await WarmAsync(portal, forwarder, "after/20");
        var widget = await rig.NewWidgetAsync("after/20");

        for (var round = 0; round < Math.Min(2, options.Rounds); round++)
        {
            report.Add(
                "200/s",
                "portal",
                await new Rounds(rig, portal).PacedAsync(
                    await VisitorsAsync(portal, widget, 64),
                    200,
                    options.Seconds(60.0 / Math.Min(2, options.Rounds), 8)
                )
            );
            using var halted = portal.Halted();
            report.Add(
                "200/s",
                "forwarder",
                await new Rounds(rig, forwarder).PacedAsync(Callers(forwarder, 64), 200, options.Seconds(15, 4))
            );
        }

        report.AtMost(
            "own time at 200/s, p50, of the forwarder's",
            report.Median("200/s", "portal", f => f.P50) / report.Median("200/s", "forwarder", f => f.P50),
            2.5,
            " ×"
        );
        report.AtMost("messages without an answer", report.Median("200/s", "portal", f => f.Failed), 0);
        await forwarder.DisposeAsync();
    }

    /// <summary>One bot hangs, with 500 visitors waiting: the others must not feel it.</summary>
    public async Task HangingBotAsync()
    {
        var portal = await PortalAsync();
        var (healthy, hanging) = (await rig.NewWidgetAsync("after/20"), await rig.NewWidgetAsync("hang"));
        var visitors = await VisitorsAsync(portal, healthy, 64);
        await new Rounds(rig, portal).PacedAsync(visitors, 100, options.Seconds(10, 3));
        await rig.SettleAsync();

        // Alone and beside, in turn, so that the machine's moods fall on both.
        for (var round = 0; round < options.Rounds; round++)
        {
            report.Add(
                "healthy bot, alone",
                "portal",
                await new Rounds(rig, portal).PacedAsync(visitors, 100, options.Seconds(8, 4))
            );

            using var leaving = new CancellationTokenSource();
            var waiting = (await VisitorsAsync(portal, hanging, 500))
                .Select(visitor => Swallow(visitor.AskAsync("Anybody there?", leaving.Token)))
                .ToList();
            for (
                var patience = TimeSpan.FromSeconds(20);
                rig.Bot.Open < waiting.Count && patience > TimeSpan.Zero;
                patience -= TimeSpan.FromMilliseconds(50)
            )
            {
                await Task.Delay(50);
            }

            // What is measured is their waiting, not their coming.
            await Task.Delay(1000);

            report.Add(
                "beside a hanging one",
                "portal",
                await new Rounds(rig, portal).PacedAsync(visitors, 100, options.Seconds(8, 4))
            );
            await leaving.CancelAsync();
            await Task.WhenAll(waiting);
        }

        report.AtMost(
            "p95 beside a hanging bot, of p95 alone",
            report.Median("beside a hanging one", "portal", f => f.P95)
                / report.Median("healthy bot, alone", "portal", f => f.P95),
            1.2,
            " ×"
        );
        await portal.DisposeAsync();
    }

    // With a widget of its own: a day of a hundred thousand messages is counted anew every minute, beside whatever
    // comes after.
    private async Task WarmAsync(Subject portal, Subject forwarder, string path)
    {
        await WarmAsync(portal, await VisitorsAsync(portal, await rig.NewWidgetAsync(path), 64));
        using (portal.Halted())
        {
            await WarmAsync(forwarder, Callers(forwarder, 64));
        }

        await rig.SettleAsync();
    }

    // JIT, pools, caches: the runtime watches hot code for a while and compiles it again, beside the work, which takes
    // a tenth of the machine for a minute.
    private async Task WarmAsync(Subject subject, IReadOnlyList<IVisitor> visitors)
    {
        var patience = Stopwatch.StartNew();
        long compiled;
        do
        {
            compiled = subject.Compiled;
            await new Rounds(rig, subject).FullSpeedAsync(visitors, options.Seconds(10, 2));
        } while (subject.Compiled - compiled > Settled && patience.Elapsed < options.Seconds(150, 4));
    }

    private async Task<IReadOnlyList<PortalVisitor>> VisitorsAsync(Subject portal, Guid widget, int count)
    {
        using var opening = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var visitors = Enumerable.Range(0, count).Select(_ => new PortalVisitor(_http, portal.Url, widget)).ToList();
        await Parallel.ForEachAsync(
            visitors,
            new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = opening.Token },
            async (visitor, cancellationToken) => await visitor.OpenAsync(cancellationToken)
        );
        return visitors;
    }

    private IReadOnlyList<ForwarderVisitor> Callers(Subject forwarder, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => new ForwarderVisitor(_http, forwarder.Url))];

    private static async Task Swallow(Task task)
    {
        try
        {
            await task;
        }
        catch (Exception gone)
            when (gone is OperationCanceledException or HttpRequestException or InvalidOperationException or IOException
            )
        {
            // It was not its answer that mattered.
        }
    }
}
