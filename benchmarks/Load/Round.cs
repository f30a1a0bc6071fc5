using System.Collections.Concurrent;
using System.Diagnostics;

/// <summary>What one stretch of load came to.</summary>
internal sealed record Result(string Target, double PerSecond, double P50, double P99, int Failed, string? FirstFailure);

/// <summary>A number of visitors, each sending its next question when it has its answer, or all of them together at a given rate.</summary>
internal sealed class Round(Stub stub, int visitors, TimeSpan length)
{
    private static int numbers;

    /// <param name="perSecond">Questions a second over all visitors; null: as many as they get answered.</param>
    public async Task<Result> RunAsync(ITarget target, double? perSecond = null)
    {
        using var opening = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var says = await Task.WhenAll(Enumerable.Range(0, visitors).Select(_ => target.OpenAsync(opening.Token)));
        var own = new ConcurrentBag<double>();
        var failures = new ConcurrentQueue<string>();
        var turn = -1;
        var clock = Stopwatch.StartNew();

        await Task.WhenAll(says.Select(say => Task.Run(async () =>
        {
            while (clock.Elapsed < length)
            {
                if (perSecond is { } rate)
                {
                    var due = TimeSpan.FromSeconds(Interlocked.Increment(ref turn) / rate);
                    if (due >= length)
                    {
                        return;
                    }

                    await Task.Delay(due > clock.Elapsed ? due - clock.Elapsed : TimeSpan.Zero);
                }

                var number = Interlocked.Increment(ref numbers);
                var asked = Stopwatch.GetTimestamp();
                try
                {
                    using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
                    await say(Stub.Question(number), patience.Token);
                    own.Add((Stopwatch.GetElapsedTime(asked) - stub.Had(number)).TotalMilliseconds);
                }
                catch (Exception failure) when (failure is HttpRequestException or InvalidOperationException or OperationCanceledException)
                {
                    failures.Enqueue(failure.Message);
                }
            }
        })));

        var sorted = own.Order().ToArray();
        return new Result(target.Name, sorted.Length / clock.Elapsed.TotalSeconds, At(sorted, 0.5), At(sorted, 0.99), failures.Count, failures.FirstOrDefault());
    }

    private static double At(double[] sorted, double part) => sorted.Length == 0 ? double.NaN : sorted[(int)Math.Ceiling(part * sorted.Length) - 1];
}
