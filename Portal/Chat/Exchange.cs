using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Portal.Infrastructure;
using Portal.Model;

namespace Portal.Chat;

/// <summary>
/// One message end to end: into the journal, to the bot, into the journal again, back to the visitor. The call to the bot does
/// not hang on the visitor's connection: who leaves and returns finds the answer.
/// </summary>
public sealed class Exchange(Journal journal, Bot bot, IServiceScopeFactory scopes, IHostApplicationLifetime lifetime, TimeProvider clock)
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
                    _ = asking.ContinueWith(_ => _running.TryRemove(mine.MessageId, out var _), TaskScheduler.Default);
                    return await asking.WaitAsync(abort);

                case Claim.Known known when _running.TryGetValue(known.MessageId, out var running):
                    return await running.WaitAsync(abort);

                case Claim.Known known:
                    var reply = await ReadAsync(widget.ClientId, known.MessageId, abort);
                    if (reply?.Status != ChatStatus.Pending)
                    {
                        return reply;
                    }

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
        var started = Stopwatch.GetTimestamp();
        var outcome = await bot.AskAsync(widget, message, claim, locale, await HistoryAsync(widget, message, claim, abort), abort);
        var latency = Stopwatch.GetElapsedTime(started);

        // The outcome is worth storing even while the portal is stopping.
        var stored = outcome switch
        {
            BotOutcome.Answered answered => await journal.AnswerAsync(claim, answered.Answer, latency, CancellationToken.None),
            BotOutcome.Failed failed => await journal.FailAsync(claim, widget.Fallback(locale), failed.Failure, latency, CancellationToken.None),
            _ => throw new UnreachableException(),
        };

        return stored ? Reply.Of(message, claim, outcome, widget.Fallback(locale), clock.GetUtcNow()) : await ReadAsync(widget.ClientId, claim.MessageId, CancellationToken.None);
    }

    private async Task<IReadOnlyList<Turn>> HistoryAsync(LiveWidget widget, NewMessage message, Claim.Mine claim, CancellationToken abort)
    {
        if (claim.EarlierMessages == 0 || widget.Config.Bot.History <= 0)
        {
            return [];
        }

        return await InTenantAsync(widget.ClientId, async db =>
        {
            var turns = await db.ChatLogs
                .Where(log => log.SessionId == message.SessionId && log.Status == ChatStatus.Answered && log.Id != claim.MessageId)
                .OrderByDescending(log => log.CreatedAt)
                .Take(Math.Min(widget.Config.Bot.History, Turn.MaxCount))
                .Select(log => new Turn(log.Message, log.Response))
                .ToListAsync(abort);
            return Turn.Bounded(turns);
        });
    }

    private Task<Reply?> ReadAsync(Guid client, Guid message, CancellationToken abort) => InTenantAsync(client, async db =>
        await db.ChatLogs.SingleOrDefaultAsync(log => log.Id == message, abort) is { } log ? Reply.Of(log) : null);

    private async Task<T> InTenantAsync<T>(Guid client, Func<PortalDb, Task<T>> work)
    {
        await using var scope = scopes.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<Tenant>().Enter(client);
        return await work(scope.ServiceProvider.GetRequiredService<PortalDb>());
    }
}
