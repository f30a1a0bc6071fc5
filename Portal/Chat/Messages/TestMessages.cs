using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Portal.Model;
using Portal.Webhooks;

namespace Portal.Chat;

/// <summary>
/// Test messages that a client's people send to their workflow. A test waits as long as a visitor's question would, for
/// the reply and for the callback, whether or not anybody is watching: its state is a row, so any replica can show it,
/// stop it, or receive its callback.
/// </summary>
public sealed partial class TestMessages(
    TenantScope reader,
    WebhookClient webhooks,
    TimeProvider clock,
    IHostApplicationLifetime portal,
    ILogger<TestMessages> log
)
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Kept = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<Guid, Task> _running = new();

    /// <param name="sent">What goes out, without secrets, to be shown.</param>
    public async Task StartAsync(
        WebhookTarget target,
        Question question,
        byte[] callbackSecret,
        string sent,
        CancellationToken cancellationToken
    )
    {
        var now = clock.GetUtcNow();
        await reader.ReadAsync(target.ClientId, async db =>
        {
            await db
                .WebhookTests.Where(t => t.WidgetId == target.WidgetId && t.CreatedAt < now - Kept)
                .ExecuteDeleteAsync(cancellationToken);
            db.Add(
                new WebhookTest(question.MessageId, target.WidgetId, sent, now + target.Timeout)
                {
                    CallbackHash = CallbackToken.HashOf(callbackSecret),
                }
            );
            return await db.SaveChangesAsync(cancellationToken);
        });
        var running = RunAsync(target, question);
        _running[question.MessageId] = running;
        _ = running.ContinueWith(_ => _running.TryRemove(question.MessageId, out var _), TaskScheduler.Default);
    }

    /// <summary>Waits until it is over, or this long.</summary>
    public async Task WaitAsync(Guid test, TimeSpan atMost, CancellationToken cancellationToken)
    {
        if (_running.TryGetValue(test, out var running))
        {
            await running
                .WaitAsync(atMost, clock, cancellationToken)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>The process that runs it notices within a second.</summary>
    public Task<int> StopAsync(Guid client, Guid test, CancellationToken cancellationToken) =>
        reader.ReadAsync(client, db =>
            Open(db, test)
                .ExecuteUpdateAsync(
                    set =>
                        set.SetProperty(t => t.Phase, WebhookTestPhase.Stopped)
                            .SetProperty(t => t.CallbackHash, (byte[]?)null),
                    cancellationToken
                )
        );

    /// <summary>
    /// Stores an answer that arrived at a test's callback URL, once. False when no waiting test has this token.
    /// </summary>
    public Task<bool> AnswerAsync(
        Guid client,
        CallbackToken callback,
        WebhookOutcome.Answered answer,
        CancellationToken cancellationToken
    ) => reader.ReadAsync(client, async db =>
        {
            var hash = callback.Hash;
            var waiting = Open(db, callback.MessageId).Where(t => t.CallbackHash == hash);
            return await waiting.Select(t => (DateTimeOffset?)t.CreatedAt).SingleOrDefaultAsync(cancellationToken)
                    is { } began
                && await EndAsync(waiting, Of(answer, clock.GetUtcNow() - began, isLate: true), cancellationToken) > 0;
        });

    private async Task RunAsync(WebhookTarget target, Question question)
    {
        var began = clock.GetTimestamp();
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(portal.ApplicationStopping);
        try
        {
            // A separate pipeline, so that a test after a fix runs even while calls of visitors are paused.
            var own = target with { Timeout = target.Timeout - TimeSpan.FromMilliseconds(1) };
            var asking = webhooks.AskAsync(own, question, cancellationToken: ending.Token);
            while (!await IsOverAsync(asking))
            {
                if (!await IsOpenAsync(target.ClientId, question.MessageId))
                {
                    // Stopped, or its callback came first.
                    await ending.CancelAsync();
                }
            }

            if (await asking is WebhookOutcome.Later)
            {
                await WaitForCallbackAsync(target, question.MessageId, began);
            }
            else
            {
                await EndAsync(target.ClientId, question.MessageId, Of(await asking));
            }
        }
        catch (OperationCanceledException)
        {
            // Nothing to store: the request that stopped it has done so.
        }
        catch (Exception error)
        {
            NotFinished(error, question.MessageId);
        }
    }

    private async Task<bool> IsOverAsync(Task asking)
    {
        await asking.WaitAsync(Look, clock).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return asking.IsCompleted;
    }

    private async Task WaitForCallbackAsync(WebhookTarget target, Guid test, long began)
    {
        await reader.ReadAsync(target.ClientId, db =>
            Open(db, test).ExecuteUpdateAsync(set => set.SetProperty(t => t.Phase, WebhookTestPhase.Waiting))
        );
        while (clock.GetElapsedTime(began) < target.Timeout)
        {
            await Task.Delay(Look, clock, portal.ApplicationStopping);
            if (!await IsOpenAsync(target.ClientId, test))
            {
                return;
            }
        }

        var late = new WebhookOutcome.Failed(
            WebhookErrorType.Timeout,
            "The workflow accepted the message, but did not call back in time."
        );
        await EndAsync(target.ClientId, test, Of(late with { Latency = clock.GetElapsedTime(began) }));
    }

    private Task<bool> IsOpenAsync(Guid client, Guid test) => reader.ReadAsync(client, db => Open(db, test).AnyAsync());

    private Task EndAsync(Guid client, Guid test, TestResult result) =>
        reader.ReadAsync(client, db => EndAsync(Open(db, test), result, CancellationToken.None));

    private static Task<int> EndAsync(
        IQueryable<WebhookTest> test,
        TestResult result,
        CancellationToken cancellationToken
    )
    {
        var json = JsonSerializer.Serialize(result, WidgetConfig.Json);
        return test.ExecuteUpdateAsync(
            set =>
                set.SetProperty(t => t.Phase, WebhookTestPhase.Done)
                    .SetProperty(t => t.Result, json)
                    .SetProperty(t => t.CallbackHash, (byte[]?)null),
            cancellationToken
        );
    }

    private static IQueryable<WebhookTest> Open(PortalDb db, Guid test) =>
        db.WebhookTests.Where(t =>
            t.Id == test && (t.Phase == WebhookTestPhase.Asking || t.Phase == WebhookTestPhase.Waiting)
        );

    private static TestResult Of(WebhookOutcome outcome) =>
        outcome switch
        {
            WebhookOutcome.Answered answered => Of(answered, answered.Latency, isLate: false),
            WebhookOutcome.Failed failed => new(
                null,
                null,
                0,
                0,
                failed.Error.Name,
                failed.StatusCode,
                failed.Detail,
                failed.IsEmptyResult,
                IsLate: false,
                JournalValues.Milliseconds(failed.Latency)
            ),
            _ => throw new InvalidOperationException($"{outcome} is no end."),
        };

    private static TestResult Of(WebhookOutcome.Answered answer, TimeSpan latency, bool isLate) =>
        new(
            answer.Text,
            answer.Confidence,
            answer.Suggestions.Count,
            answer.Sources.Count,
            null,
            null,
            null,
            IsEmpty: false,
            isLate,
            JournalValues.Milliseconds(latency)
        );

    [LoggerMessage(Level = LogLevel.Warning, Message = "The test message {Test} was not finished.")]
    private partial void NotFinished(Exception error, Guid test);
}
