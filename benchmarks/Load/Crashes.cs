using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;

namespace Load;

/// <summary>
/// Kills the portal, as a power cut does, at each of eight points of a message's way, with many visitors talking at the
/// time. They send again what got no answer, as the widget does. In the end everything that was ever asked must stand
/// in its own conversation, once, with its own answer.
/// </summary>
internal sealed class Crashes(Rig rig, Options options, Report report)
{
    private const int Port = 5475;

    private static readonly string[] s_points =
    [
        "request-start",
        "claim-start",
        "claim-end",
        "webhook-start",
        "webhook-end",
        "answer-start",
        "answer-end",
        "request-end",
    ];

    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false })
    {
        Timeout = TimeSpan.FromSeconds(60),
    };
    private readonly Random _random = new(20261123);

    public async Task RunAsync()
    {
        var widget = await rig.NewWidgetAsync("echo/5");
        var portal = await rig.StartPortalAsync(Port);
        var visitors = Enumerable
            .Range(0, options.IsQuick ? 100 : 500)
            .Select(i => new Talker(new PortalVisitor(_http, portal.Url, widget), i))
            .ToList();
        await Parallel.ForEachAsync(
            visitors,
            new ParallelOptions { MaxDegreeOfParallelism = 16 },
            async (visitor, cancellationToken) => await visitor.Visitor.OpenAsync(cancellationToken)
        );
        rig.Bot.Counts = true;

        var (killed, clock) = (0, Stopwatch.StartNew());
        for (var run = 0; run < options.Crashes; run++)
        {
            var point = s_points[run % s_points.Length];
            // The journal passes by once for many messages, everything else once for each.
            await portal.KillAtAsync(
                point,
                point.StartsWith("claim", StringComparison.Ordinal)
                || point.StartsWith("answer", StringComparison.Ordinal)
                    ? 1 + _random.Next(3)
                    : 1 + _random.Next(visitors.Count)
            );
            await Task.WhenAll(visitors.Select((visitor, i) => visitor.TryAskAsync($"{run}.{i}")));
            if (await portal.EndedAsync(TimeSpan.FromSeconds(5)))
            {
                killed++;
            }

            await portal.DisposeAsync();
            portal = await rig.StartPortalAsync(Port);
            await ForgetLeasesAsync();
            await Task.WhenAll(visitors.Select(visitor => visitor.AskAgainAsync(portal.Url)));
        }

        report.Say(
            $"{options.Crashes} runs, {killed} of them ended at the point itself, {visitors.Count} conversations, in {clock.Elapsed.TotalSeconds:0} s"
        );
        await JudgeAsync(widget, visitors);
        await portal.DisposeAsync();
    }

    // As if the fifteen seconds had passed for which the dead portal's messages are its own.
    private async Task ForgetLeasesAsync()
    {
        await using var database = rig.Superuser();
        await using var update = database.CreateCommand(
            "UPDATE chat_logs SET lease_until = now() WHERE status = 'pending'"
        );
        await update.ExecuteNonQueryAsync();
    }

    private async Task JudgeAsync(Guid widget, IReadOnlyList<Talker> visitors)
    {
        var (lost, doubled, strange) = (0, 0, 0);
        foreach (var visitor in visitors)
        {
            var history = (await visitor.Visitor.HistoryAsync(CancellationToken.None))
                .EnumerateArray()
                .Select(row =>
                    (
                        Message: row.GetProperty("message").GetString()!,
                        Response: row.GetProperty("response").GetString()!
                    )
                )
                .ToList();
            lost += visitor.Asked.Count(asked => !history.Contains((asked, $"You asked: {asked}")));
            doubled += history.Count - history.Select(row => row.Message).Distinct().Count();
            strange +=
                history.Count(row =>
                    !row.Message.Contains(visitor.Marker, StringComparison.Ordinal)
                    || !row.Response.Contains(visitor.Marker, StringComparison.Ordinal)
                ) + visitor.Strange;
        }

        await using var database = rig.Superuser();
        await using var count = database.CreateCommand("SELECT count(*) FROM chat_logs WHERE widget_id = $1");
        count.Parameters.AddWithValue(widget);
        var rows = (long)(await count.ExecuteScalarAsync())!;
        report.Say(
            $"{rows} messages; {rig.Bot.Asked.Count(asked => asked.Value > 1)} of them were put to the bot again, under the same id"
        );
        report.AtMost("messages lost in crashes", lost, 0);
        report.AtMost(
            "rows or answers stored twice",
            doubled + Math.Abs(rows - visitors.Sum(visitor => visitor.Asked.Count)),
            0
        );
        report.AtMost("words seen by another visitor", strange, 0);
    }

    /// <summary>One visitor, whose words nobody else would say.</summary>
    private sealed class Talker(PortalVisitor visitor, int number)
    {
        private readonly List<string> _asked = [];
        private (Guid Id, string Text) _open;

        public PortalVisitor Visitor => visitor;

        public string Marker { get; } = $"<{number}:{Guid.NewGuid():N}>";

        public IReadOnlyList<string> Asked => _asked;

        /// <summary>Answers that were not for this visitor.</summary>
        public int Strange { get; private set; }

        public async Task TryAskAsync(string text)
        {
            _open = (Guid.NewGuid(), $"{Marker} {text}");
            _asked.Add(_open.Text);
            await SendAsync();
        }

        public async Task AskAgainAsync(Uri portal)
        {
            visitor.Portal = portal;
            for (
                var patience = Stopwatch.StartNew();
                !await SendAsync() && patience.Elapsed < TimeSpan.FromSeconds(30);

            )
            {
                await Task.Delay(200);
            }
        }

        // Also when there was an answer: whoever did not see it asks again, and must get the very same.
        private async Task<bool> SendAsync()
        {
            try
            {
                using var reply = await visitor.TryAskAsync(_open.Text, _open.Id, CancellationToken.None);
                if (!reply.IsSuccessStatusCode)
                {
                    return false;
                }

                var answer = await reply.Content.ReadFromJsonAsync<JsonElement>();
                Strange += answer.GetProperty("response").GetString() == $"You asked: {_open.Text}" ? 0 : 1;
                return true;
            }
            catch (Exception cut)
                when (cut is HttpRequestException or IOException or OperationCanceledException or JsonException)
            {
                return false;
            }
        }
    }
}
