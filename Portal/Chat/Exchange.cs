using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using Portal.Infrastructure;
using Portal.Model;
using Portal.Webhooks;

namespace Portal.Chat;

/// <summary>
/// One message end to end: into the journal, to the bot, into the journal again, back to the visitor. The call to the bot does
/// not hang on the visitor's connection: who leaves and returns finds the answer.
/// </summary>
public sealed partial class Exchange(
    Journal journal, RecentTurns turns, WebhookClient webhooks, PortalOptions portal, IServiceScopeFactory scopes, IHostApplicationLifetime lifetime, TimeProvider clock, ILogger<Exchange> log)
{
    // How often another replica's answer is looked for.
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(250);

    private readonly ConcurrentDictionary<Guid, Task<Reply?>> _running = new();

    /// <summary>The messages that this process is asking bots about just now.</summary>
    public IReadOnlyCollection<Guid> Running => [.. _running.Keys];

    /// <summary>Null when the conversation has ended.</summary>
    public async Task<Reply?> AskAsync(LiveWidget widget, NewMessage message, string? locale, CancellationToken abort)
    {
        using var timer = new PeriodicTimer(Look, clock);
        while (true)
        {
            switch (await journal.ClaimAsync(message, abort))
            {
                case Claim.Mine mine:
                    // From here on the message is ours until it has an outcome, whether the visitor stays or leaves.
                    var asking = AskBotAsync(widget, message, mine, locale);
                    _running[mine.MessageId] = asking;
                    _ = asking.ContinueWith(done => Ended(mine.MessageId, done), TaskScheduler.Default);
                    return await asking.WaitAsync(abort);

                case Claim.Known known when _running.TryGetValue(known.MessageId, out var running):
                    return await running.WaitAsync(abort);

                case Claim.Known known:
                    var reply = await ReadAsync(widget.ClientId, known.MessageId, abort);
                    if (reply?.Status != ChatStatus.Pending)
                    {
                        return reply;
                    }

                    // Another replica asks the bot; when that one dies, its lease runs out and the next claim is ours.
                    await timer.WaitForNextTickAsync(abort);
                    break;

                default:
                    return null;
            }
        }
    }

    private async Task<Reply?> AskBotAsync(LiveWidget widget, NewMessage message, Claim.Mine claim, string? locale)
    {
        // Frees the caller, which has yet to note that this message is running.
        await Task.Yield();

        // Not ApplicationStopping: while the portal stops, the questions in flight may still be answered.
        var abort = lifetime.ApplicationStopped;
        var question = new Question(
            claim.MessageId, message.SessionId, await TextAsync(widget, message, claim, abort), widget.Config.Bot.Prompt, widget.Config.Bot.Personality,
            await turns.OfAsync(widget, claim, abort), message.PageUrl, message.PageTitle, locale,
            message.Callback.Url(portal), widget.Name, widget.IsDemo, claim.Visitor);

        return await webhooks.AskAsync(widget.Target, question, onDelta: null, abort) switch
        {
            WebhookOutcome.Answered answered when await journal.AnswerAsync(claim, answered, CancellationToken.None) =>
                Reply.Of(message, claim, answered, clock.GetUtcNow()),
            WebhookOutcome.Failed failed => await FailAsync(widget, message, claim, failed, locale),
            WebhookOutcome.Later later => await WaitForCallbackAsync(widget, message, claim, later, locale, abort),
            // Meanwhile it was answered by the attempt after this one, or forgotten.
            _ => await ReadAsync(widget.ClientId, claim.MessageId, abort),
        };
    }

    // The outcome is worth storing even while the portal is stopping.
    private async Task<Reply?> FailAsync(LiveWidget widget, NewMessage message, Claim.Mine claim, WebhookOutcome.Failed failed, string? locale)
    {
        var fallback = widget.Fallback(locale);
        return await journal.FailAsync(claim, fallback, failed, CancellationToken.None)
            ? Reply.Failed(message, claim, fallback, clock.GetUtcNow())
            : await ReadAsync(widget.ClientId, claim.MessageId, CancellationToken.None);
    }

    // The workflow runs on and posts its answer to the callback address, perhaps of another replica.
    private async Task<Reply?> WaitForCallbackAsync(LiveWidget widget, NewMessage message, Claim.Mine claim, WebhookOutcome.Later later, string? locale, CancellationToken abort)
    {
        using var timer = new PeriodicTimer(Look, clock);
        for (var waited = later.Latency; waited < message.Deadline; waited += Look)
        {
            await timer.WaitForNextTickAsync(abort);
            if (await ReadAsync(widget.ClientId, claim.MessageId, abort) is var reply && reply?.Status != ChatStatus.Pending)
            {
                return reply;
            }
        }

        var late = new WebhookOutcome.Failed(WebhookErrorType.Timeout, "The workflow said that it answers later, and did not call back in time.") { Latency = message.Deadline };
        return await FailAsync(widget, message, claim, late, locale);
    }

    private void Ended(Guid message, Task asking)
    {
        _running.TryRemove(message, out _);
        if (asking.Exception is { } error)
        {
            // The row stays pending: a retry or the sweeper takes it up.
            NotStored(error, message);
        }
    }

    // A retry is asked with the words that stand in the log, whatever it carries now.
    private async Task<string> TextAsync(LiveWidget widget, NewMessage message, Claim.Mine claim, CancellationToken abort) =>
        claim.Attempt == 1
            ? message.Text
            : await InTenantAsync(widget.ClientId, db => db.ChatLogs.Where(log => log.Id == claim.MessageId).Select(log => log.Message).SingleOrDefaultAsync(abort)) ?? message.Text;

    private Task<Reply?> ReadAsync(Guid client, Guid message, CancellationToken abort) => InTenantAsync(client, async db =>
        await db.ChatLogs.SingleOrDefaultAsync(log => log.Id == message, abort) is { } log ? Reply.Of(log) : null);

    private async Task<T> InTenantAsync<T>(Guid client, Func<PortalDb, Task<T>> work)
    {
        await using var scope = scopes.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<Tenant>().Enter(client);
        return await work(scope.ServiceProvider.GetRequiredService<PortalDb>());
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "What became of message {Message} could not be stored.")]
    private partial void NotStored(Exception error, Guid message);
}
