using System.Collections.Concurrent;
using System.Diagnostics;
using Portal.Limits;

namespace Load;

/// <summary>Loads under which something breaks.</summary>
internal sealed partial class Scenarios
{
    /// <summary>
    /// PostgreSQL is restarted in the middle of 100 messages a second, whose senders try again as the widget does.
    /// </summary>
    public async Task RestartAsync()
    {
        var portal = await PortalAsync();
        var widget = await rig.NewWidgetAsync("after/20");
        var visitors = await VisitorsAsync(portal, widget, 64);
        var length = options.Seconds(20, 12);
        var lateness = new ConcurrentBag<double>();
        var lost = new ConcurrentQueue<string>();
        var retries = 0;
        var clock = Stopwatch.StartNew();

        var asking = Enumerable
            .Range(0, 64)
            .Select(i =>
                Task.Run(async () =>
                {
                    for (var due = TimeSpan.FromSeconds(i * 0.01); due < length; due += TimeSpan.FromSeconds(0.64))
                    {
                        await Task.Delay(due > clock.Elapsed ? due - clock.Elapsed : TimeSpan.Zero);
                        var asked = clock.Elapsed;
                        var id = Guid.NewGuid();
                        while (true)
                        {
                            using var reply = await TryAsync(() =>
                                visitors[i].TryAskAsync("When are you open?", id, CancellationToken.None)
                            );
                            if (reply?.IsSuccessStatusCode == true)
                            {
                                lateness.Add((clock.Elapsed - asked).TotalSeconds);
                                break;
                            }

                            if (
                                clock.Elapsed - asked > TimeSpan.FromSeconds(30)
                                || reply is { StatusCode: not System.Net.HttpStatusCode.ServiceUnavailable }
                            )
                            {
                                lost.Enqueue(reply?.StatusCode.ToString() ?? "no answer");
                                break;
                            }

                            Interlocked.Increment(ref retries);
                            await Task.Delay(reply?.Headers.RetryAfter?.Delta ?? TimeSpan.FromSeconds(1));
                        }
                    }
                })
            )
            .ToList();

        await Task.Delay(length / 3);
        var stopping = clock.Elapsed;
        await rig.RestartPostgresAsync();
        report.Say($"PostgreSQL was away for {(clock.Elapsed - stopping).TotalSeconds:0.0} s");
        await Task.WhenAll(asking);

        await using var database = rig.Superuser();
        await using var count = database.CreateCommand(
            "SELECT count(*) FROM chat_logs WHERE widget_id = $1 AND status = 'answered'"
        );
        count.Parameters.AddWithValue(widget);
        report.Say($"{lateness.Count} answered, {retries} tried again");
        report.AtMost("messages lost in a restart of PostgreSQL", lost.Count, 0);
        report.AtMost(
            "answered twice, or not in the log",
            Math.Abs((long)(await count.ExecuteScalarAsync())! - lateness.Count),
            0
        );
        report.AtMost("the longest wait for an answer", lateness.Max(), 15, " s");
    }

    private static async Task<HttpResponseMessage?> TryAsync(Func<Task<HttpResponseMessage>> call)
    {
        try
        {
            return await call();
        }
        catch (Exception gone) when (gone is HttpRequestException or IOException or OperationCanceledException)
        {
            return null;
        }
    }
}
