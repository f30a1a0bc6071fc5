using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Npgsql;
using Portal.Tests.Api;

namespace Portal.Tests.Chat;

/// <summary>
/// Visitors of one widget who ask one thing after another, and each thing again when they are told to, as the widget
/// does.
/// </summary>
public sealed class TalkingVisitors : IAsyncDisposable
{
    private readonly Guid _widget;
    private readonly CancellationTokenSource _ending = new();
    private readonly ConcurrentQueue<string> _problems = new();
    private readonly Task[] _talks;
    private int _answered;

    private TalkingVisitors(Guid widget, Guest[] guests)
    {
        _widget = widget;
        _talks =
        [
            .. guests.Select(
                (guest, i) =>
                    Task.Run(async () =>
                    {
                        for (var turn = 0; !_ending.IsCancellationRequested; turn++)
                        {
                            await AskUntilAnsweredAsync(guest, $"Visitor {i}, question {turn}", Guid.CreateVersion7());
                        }
                    })
            ),
        ];
    }

    /// <summary>How long each waited who was told to come again.</summary>
    public ConcurrentQueue<TimeSpan> Refusals { get; } = new();

    public static async Task<TalkingVisitors> OfAsync(HttpClient portal, Guid widget, int count) =>
        new(widget, await Task.WhenAll(Enumerable.Range(0, count).Select(_ => new Guest(portal, widget).OpenAsync())));

    /// <summary>Until so many more have their answers. Gives how long that took.</summary>
    public async Task<TimeSpan> AnsweredAsync(int more)
    {
        var (target, waited) = (Volatile.Read(ref _answered) + more, Stopwatch.StartNew());
        using var patience = new CancellationTokenSource(Timeouts.Limit);
        while (Volatile.Read(ref _answered) < target && _problems.IsEmpty)
        {
            await Task.Delay(20, patience.Token);
        }

        return waited.Elapsed;
    }

    /// <summary>
    /// When all have fallen silent, every question stands in the log once, with the answer to its own words.
    /// </summary>
    public async Task NothingIsLostAsync(NpgsqlDataSource database)
    {
        await _ending.CancelAsync();
        await Task.WhenAll(_talks);
        Assert.Empty(_problems);
        await using var count = database.CreateCommand(
            """
            SELECT count(*) || ' rows, ' || count(DISTINCT (session_id, message)) || ' messages, ' || count(*) FILTER (WHERE status = 'answered' AND response = 'You asked: ' || message) || ' answered'
            FROM chat_logs WHERE widget_id = $1
            """
        );
        count.Parameters.AddWithValue(_widget);
        Assert.Equal($"{_answered} rows, {_answered} messages, {_answered} answered", await count.ExecuteScalarAsync());
    }

    private async Task AskUntilAnsweredAsync(Guest guest, string question, Guid id)
    {
        while (true)
        {
            var asked = Stopwatch.StartNew();
            using var response = await guest.TryAskAsync(question, id);
            if (response.StatusCode == HttpStatusCode.OK)
            {
                var reply = await response.Content.ReadFromJsonAsync<JsonElement>();
                if (reply.GetProperty("response").GetString() != $"You asked: {question}")
                {
                    _problems.Enqueue($"{question}: {reply}");
                }

                Interlocked.Increment(ref _answered);
                return;
            }

            Refusals.Enqueue(asked.Elapsed);
            if (
                response.StatusCode != HttpStatusCode.ServiceUnavailable
                || response.Headers.RetryAfter?.Delta is not { } wait
            )
            {
                _problems.Enqueue($"{question}: {response.StatusCode} {await response.Content.ReadAsStringAsync()}");
                return;
            }

            await Task.Delay(wait / 4);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await Task.WhenAll(_talks).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _ending.Dispose();
    }
}
