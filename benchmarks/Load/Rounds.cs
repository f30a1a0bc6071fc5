using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Portal.Hosting;
using Portal.Webhooks;

namespace Load;

/// <summary>What one stretch of load came to. Times in milliseconds, the bot's own taken off.</summary>
internal sealed record Figures(
    int Answered,
    int Failed,
    string? FirstFailure,
    double PerSecond,
    double P50,
    double P95,
    double P99,
    double P999,
    double CpuPerMessage,
    double PostgresCpuPerMessage,
    double KilobytesPerMessage,
    double Megabytes
);

internal sealed partial class Rounds(Rig rig, Subject subject)
{
    /// <summary>Each visitor sends the next question when the answer is there.</summary>
    public Task<Figures> FullSpeedAsync(IReadOnlyList<IVisitor> visitors, TimeSpan length) =>
        MeasureAsync(
            (tally, clock) =>
                Task.WhenAll(
                    visitors.Select(visitor =>
                        Task.Run(async () =>
                        {
                            while (clock.Elapsed < length)
                            {
                                await tally.AskAsync(visitor, clock.Elapsed, clock);
                            }
                        })
                    )
                )
        );

    /// <summary>
    /// So many questions a second, whether those before have been answered or not; each is timed from when it was due.
    /// </summary>
    public Task<Figures> PacedAsync(IReadOnlyList<IVisitor> visitors, double perSecond, TimeSpan length) =>
        MeasureAsync(
            async (tally, clock) =>
            {
                var asking = new ConcurrentBag<Task>();
                var pacing = new Thread(() =>
                {
                    for (var turn = 0; ; turn++)
                    {
                        var due = TimeSpan.FromSeconds(turn / perSecond);
                        if (due >= length)
                        {
                            return;
                        }

                        Sleeping.Until(clock, due);
                        var visitor = visitors[turn % visitors.Count];
                        asking.Add(Task.Run(() => tally.AskAsync(visitor, due, clock)));
                    }
                });
                pacing.Start();
                await Task.Run(pacing.Join);
                await Task.WhenAll(asking);
            }
        );

    private async Task<Figures> MeasureAsync(Func<Tally, Stopwatch, Task> load)
    {
        var tally = new Tally(rig.Bot);
        var (cpu, postgres, allocated) = (subject.Cpu, Meter.PostgresCpu(rig.PostgresData), subject.Allocated);
        var clock = Stopwatch.StartNew();
        await load(tally, clock);

        var sorted = tally.Own.Order().ToArray();
        var count = Math.Max(1, sorted.Length);
        return new Figures(
            sorted.Length,
            tally.Failures.Count,
            tally.Failures.FirstOrDefault(),
            sorted.Length / clock.Elapsed.TotalSeconds,
            At(sorted, 0.5),
            At(sorted, 0.95),
            At(sorted, 0.99),
            At(sorted, 0.999),
            (subject.Cpu - cpu).TotalMilliseconds / count,
            (Meter.PostgresCpu(rig.PostgresData) - postgres).TotalMilliseconds / count,
            (subject.Allocated - allocated) / 1024.0 / count,
            subject.Megabytes
        );
    }

    private static double At(double[] sorted, double part) =>
        sorted.Length == 0 ? double.NaN : sorted[(int)Math.Ceiling(part * sorted.Length) - 1];

    private sealed class Tally(Stub bot)
    {
        public ConcurrentBag<double> Own { get; } = [];

        public ConcurrentQueue<string> Failures { get; } = new();

        public async Task AskAsync(IVisitor visitor, TimeSpan due, Stopwatch clock)
        {
            var (number, question) = Stub.Question();
            try
            {
                using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
                await visitor.AskAsync(question, patience.Token);
                Own.Add((clock.Elapsed - due - bot.Had(number)).TotalMilliseconds);
            }
            catch (Exception failure)
                when (failure
                        is HttpRequestException
                            or InvalidOperationException
                            or OperationCanceledException
                            or IOException
                )
            {
                Failures.Enqueue(failure.Message);
            }
        }
    }

    private static partial class Sleeping
    {
        // Thread.Sleep knows whole milliseconds only, and spinning would take the processor from what is measured.
        public static void Until(Stopwatch clock, TimeSpan due)
        {
            while (due - clock.Elapsed is { Ticks: > 0 } left)
            {
                var time = new Timespec(
                    left.Ticks / TimeSpan.TicksPerSecond,
                    left.Ticks % TimeSpan.TicksPerSecond * 100
                );
                _ = nanosleep(in time, 0);
            }
        }

        [LibraryImport("libc")]
        private static partial int nanosleep(in Timespec time, nint left);

        private readonly struct Timespec(long seconds, long nanoseconds)
        {
            public readonly long Seconds = seconds;
            public readonly long Nanoseconds = nanoseconds;
        }
    }
}
