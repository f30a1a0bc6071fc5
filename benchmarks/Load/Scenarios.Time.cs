using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Http;
using Portal.Audit;
using Portal.Demos;
using Portal.Model;
using Scale;

namespace Load;

/// <summary>What takes long: a start, a large clean-up, an hour of load.</summary>
internal sealed partial class Scenarios
{
    /// <summary>From the start of the process until it is ready, on a database that is migrated.</summary>
    public async Task StartAsync()
    {
        if (_portal is { IsGone: false } running)
        {
            await running.DisposeAsync();
        }

        var took = new List<double>();
        for (var start = 0; start <= options.Rounds + 1; start++)
        {
            var clock = Stopwatch.StartNew();
            await using var portal = await rig.StartPortalAsync(PortalPort, [.. options.Settings]);
            if (start > 0)
            {
                took.Add(clock.Elapsed.TotalSeconds);
            }
        }

        report.Say(
            $"starts: {string.Join(", ", took.Select(s => s.ToString("0.00", CultureInfo.InvariantCulture)))} s"
        );
        report.AtMost("start to ready, median", took.Order().ElementAt(took.Count / 2), 3, " s");
    }

    /// <summary>
    /// The clean-up of an expired demo with a million messages, beside 100 messages a second, with and without in turn.
    /// </summary>
    public async Task CleanUpAsync()
    {
        var demo = new Tenants(1, 1, BeforeWidgets: 1);
        await using var seed = new Seed(rig.SuperuserConnection);
        await seed.LeaveJobsAsync("demo-expiry");
        await seed.ClientsAsync(new Tenants(1, 1));
        await using var jobs = await PortalJobs.OpenAsync(rig.SuperuserConnection);
        var portal = await PortalAsync();
        await seed.DemoAsync(options.IsQuick ? 20_000 : 1_000_000, demo);
        await seed.VacuumAsync();
        var visitors = await VisitorsAsync(portal, await rig.NewWidgetAsync("after/20"), 64);
        await WarmAsync(portal, visitors);
        await rig.SettleAsync();

        var expiry = Task.Run(() =>
            jobs.RunAsync(db => new DemoExpiryJob(
                db,
                new AuditLog(new HttpContextAccessor(), new Tenant(), TimeProvider.System),
                Microsoft.Extensions.Options.Options.Create(new DemoOptions())
            ))
        );
        var beside = new List<Figures>();
        do
        {
            var figures = await new Rounds(rig, portal).PacedAsync(visitors, 100, options.Seconds(20, 2));
            beside.Add(figures);
        } while (!expiry.IsCompleted);
        // The last of them was in part alone.
        beside.Take(Math.Max(1, beside.Count - 1)).ToList().ForEach(f => report.Add("beside a clean-up", "portal", f));
        var (rows, seconds) = await expiry;
        var longest = jobs.Longest;
        for (var round = 0; round < Math.Clamp(beside.Count, 2, 6); round++)
        {
            report.Add(
                "without a clean-up",
                "portal",
                await new Rounds(rig, portal).PacedAsync(visitors, 100, options.Seconds(20, 2))
            );
        }

        report.Say($"{rows:N0} rows deleted in {seconds:0.0} s");
        report.AtMost("the longest statement of a clean-up", longest, 1, " s");
        report.AtMost(
            "p99 beside a clean-up, of p99 without",
            report.Median("beside a clean-up", "portal", f => f.P99)
                / report.Median("without a clean-up", "portal", f => f.P99),
            1.2,
            " ×"
        );
    }

    /// <summary>
    /// 100 messages a second for an hour: whatever grows is a leak. What stands after a tenth of the time is compared
    /// with what stands at the end.
    /// </summary>
    public async Task SoakAsync()
    {
        const int Windows = 20;
        var portal = await PortalAsync();
        var widget = await rig.NewWidgetAsync("after/20");
        var windows = new List<Soaked>();
        for (var window = 0; window < Windows; window++)
        {
            // A visitor's session ends after half an hour, and others come.
            var visitors = await VisitorsAsync(portal, widget, 64);
            var figures = await new Rounds(rig, portal).PacedAsync(visitors, 100, options.Soak / Windows);
            var soaked = new Soaked(
                Directory.GetFiles($"/proc/{portal.Process.Id}/fd").Length,
                Directory.GetDirectories($"/proc/{portal.Process.Id}/task").Length,
                await ConnectionsAsync(),
                figures
            );
            windows.Add(soaked);
            report.Add("soak", "portal", figures);
            report.Say(
                $"{(window + 1) * options.Soak.TotalMinutes / Windows:0} min: {figures.Answered} answered, {figures.Failed} failed, p50 {figures.P50:0.0} ms, p99 {figures.P99:0.0} ms, {figures.Megabytes:0} MB, {soaked.Files} files, {soaked.Threads} threads, {soaked.Connections} connections"
            );
        }

        var (early, late) = (windows[2..(Windows / 2)], windows[(Windows / 2)..]);
        report.AtMost("messages without an answer", windows.Sum(w => w.Figures.Failed), 0);
        report.AtMost(
            "memory in the second half, of the first",
            Of(late, w => w.Figures.Megabytes) / Of(early, w => w.Figures.Megabytes),
            1.1,
            " ×"
        );
        report.AtMost("open files and sockets more", Of(late, w => w.Files) - Of(early, w => w.Files), 10);
        report.AtMost("threads more", Of(late, w => w.Threads) - Of(early, w => w.Threads), 10);
        report.AtMost(
            "connections of PostgreSQL more",
            Of(late, w => w.Connections) - Of(early, w => w.Connections),
            5
        );

        static double Of(List<Soaked> windows, Func<Soaked, double> figure) =>
            windows.Select(figure).Order().ElementAt(windows.Count / 2);

        async Task<int> ConnectionsAsync()
        {
            await using var database = rig.Superuser();
            await using var count = database.CreateCommand(
                "SELECT count(*)::int FROM pg_stat_activity WHERE usename LIKE 'portal%'"
            );
            return (int)(await count.ExecuteScalarAsync())!;
        }
    }

    private sealed record Soaked(int Files, int Threads, int Connections, Figures Figures);
}
