using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;

namespace Load;

/// <summary>
/// Visitors who ask so many questions a second together, and each again under the same id when no answer comes, as the
/// widget does. When one way in refuses their connection they take the next, as browsers do with a name that has
/// several addresses.
/// </summary>
internal sealed class DrillVisitors(Uri[] fronts, Guid widget, int rate)
{
    // The portal lets a message of a dead portal's go after 15 s, and a failover may take a minute.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(150);
    private static readonly TimeSpan s_attempt = TimeSpan.FromSeconds(30);

    private static readonly HttpClient s_http = new(
        new SocketsHttpHandler { UseProxy = false, ConnectTimeout = TimeSpan.FromSeconds(3) }
    )
    {
        Timeout = s_attempt,
    };

    private readonly List<PortalVisitor> _visitors =
    [
        .. Enumerable
            .Range(0, Math.Max(16, rate))
            .Select(i => new PortalVisitor(s_http, fronts[i % fronts.Length], widget)),
    ];

    public ConcurrentQueue<Asked> All { get; } = new();

    /// <summary>What was answered but must not be: another visitor's words, another status.</summary>
    public ConcurrentQueue<string> Problems { get; } = new();

    public Task OpenAsync() =>
        Parallel.ForEachAsync(
            _visitors,
            new ParallelOptions { MaxDegreeOfParallelism = 8 },
            async (visitor, cancellationToken) => await visitor.OpenAsync(cancellationToken)
        );

    /// <summary>Each asks in turn, and waits for the answer before the next question.</summary>
    public Task AskAsync(Stopwatch clock, CancellationToken ending)
    {
        var pause = TimeSpan.FromSeconds(_visitors.Count / (double)rate);
        return Task.WhenAll(
            _visitors.Select(
                (visitor, i) =>
                    Task.Run(async () =>
                    {
                        var due = pause * i / _visitors.Count;
                        for (var turn = 0; !ending.IsCancellationRequested; turn++)
                        {
                            if (due - clock.Elapsed is var early && early > TimeSpan.Zero)
                            {
                                await Task.Delay(early, ending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                                if (ending.IsCancellationRequested)
                                {
                                    return;
                                }
                            }

                            await AskUntilAnsweredAsync(visitor, $"Visitor {i}, question {turn}", clock);
                            due = due + pause > clock.Elapsed ? due + pause : clock.Elapsed;
                        }
                    })
            )
        );
    }

    private async Task AskUntilAnsweredAsync(PortalVisitor visitor, string question, Stopwatch clock)
    {
        var asked = new Asked(Guid.CreateVersion7(), question, visitor, clock.Elapsed);
        All.Enqueue(asked);
        while (clock.Elapsed - asked.At < s_patience)
        {
            asked.Attempts++;
            if (await TryAsync(asked) is { } pause)
            {
                await Task.Delay(pause);
                continue;
            }

            asked.AnsweredAt = clock.Elapsed;
            return;
        }
    }

    /// <summary>Asks what was answered once more: it must be the very same answer.</summary>
    public async Task AskAgainAsync(Asked asked)
    {
        for (var attempt = 0; attempt < 20; attempt++)
        {
            if (await TryAsync(asked) is not { } pause)
            {
                return;
            }

            await Task.Delay(pause);
        }

        Problems.Enqueue($"No second answer to {asked.Question}");
    }

    /// <summary>Null: answered. Else how long to wait before the next attempt.</summary>
    private async Task<TimeSpan?> TryAsync(Asked asked)
    {
        try
        {
            using var reply = await asked.Visitor.TryAskAsync(asked.Question, asked.Id, CancellationToken.None);
            var status = (int)reply.StatusCode;
            if (status == 200)
            {
                var answer = (await reply.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("response").GetString();
                if (answer != $"You asked: {asked.Question}")
                {
                    Problems.Enqueue($"{asked.Question}: {answer}");
                }

                return null;
            }

            asked.Note(reply.StatusCode.ToString());
            if (status is not (502 or 503 or 504))
            {
                Problems.Enqueue($"{asked.Question}: {status} {await reply.Content.ReadAsStringAsync()}");
            }

            return reply.Headers.RetryAfter?.Delta ?? TimeSpan.FromSeconds(1);
        }
        catch (Exception cut)
            when (cut is HttpRequestException or IOException or OperationCanceledException or JsonException)
        {
            asked.Note(cut.GetBaseException().GetType().Name);
            asked.Visitor.Portal = fronts[(Array.IndexOf(fronts, asked.Visitor.Portal) + 1) % fronts.Length];
            return TimeSpan.FromMilliseconds(250);
        }
    }
}

/// <summary>A question, and what became of it.</summary>
internal sealed class Asked(Guid id, string question, PortalVisitor visitor, TimeSpan at)
{
    private List<string>? _refusals;

    public Guid Id => id;
    public string Question => question;
    public PortalVisitor Visitor => visitor;
    public TimeSpan At => at;
    public TimeSpan? AnsweredAt { get; set; }
    public int Attempts { get; set; }
    public IReadOnlyList<string> Refusals => _refusals ?? [];

    public void Note(string refusal) => (_refusals ??= []).Add(refusal);
}
