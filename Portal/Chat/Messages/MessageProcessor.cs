using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using Portal.Model;

namespace Portal.Chat;

/// <summary>
/// Processes one message end to end: journal, bot, journal, visitor. The call to the bot does not depend on the
/// visitor's connection: a visitor who leaves and returns finds the answer, on this replica or another.
/// </summary>
public sealed partial class MessageProcessor(
    Journal journal,
    BotCaller bot,
    TenantScope reader,
    MessageSignals signals,
    Budgets budgets,
    ConversationEnds ends,
    TimeProvider clock,
    ILogger<MessageProcessor> log
)
{
    private readonly ConcurrentDictionary<Guid, AnswerStream> _running = new();
    private readonly ConcurrentDictionary<(Guid Session, Guid ClientMessage), AnswerStream> _asked = new();

    /// <summary>The messages for which this process is calling bots.</summary>
    public IReadOnlyCollection<Guid> Running => [.. _running.Keys];

    /// <summary>
    /// Stores the message in the journal and returns its answer as it arrives. Null when the conversation has ended.
    /// </summary>
    public async Task<IAnswer?> AskAsync(
        LiveWidget widget,
        NewMessage message,
        string? locale,
        CancellationToken cancellationToken
    ) =>
        await ClaimAsync(message, cancellationToken) switch
        {
            MessageClaim.Acquired mine => Begin(new(widget, message, mine, locale)),
            MessageClaim.Existing known => Follow(widget, message, known, locale),
            _ => null,
        };

    private Task<MessageClaim> ClaimAsync(NewMessage message, CancellationToken cancellationToken) =>
        journal.ClaimAsync(message, _asked.ContainsKey(KeyOf(message)), cancellationToken);

    private static (Guid Session, Guid ClientMessage) KeyOf(NewMessage message) =>
        (message.SessionId, message.ClientMessageId);

    /// <summary>
    /// Stops an answer for its visitor and keeps its text so far. False when there is no such message. A message that
    /// has its outcome keeps it.
    /// </summary>
    public async Task<bool> StopAsync(
        LiveWidget widget,
        Guid session,
        Guid clientMessage,
        CancellationToken cancellationToken
    )
    {
        var id = await reader.ReadAsync(widget.ClientId, db =>
            db.ChatLogs.Where(log =>
                    log.SessionId == session && log.ClientMessageId == clientMessage && log.WidgetId == widget.Id
                )
                .Select(log => (Guid?)log.Id)
                .SingleOrDefaultAsync(cancellationToken)
        );
        if (id is not { } message)
        {
            return false;
        }

        if (_running.TryGetValue(message, out var live))
        {
            live.Stop();
            await live.Outcome.WaitAsync(cancellationToken);
        }
        else
        {
            await reader.ReadAsync(widget.ClientId, db =>
                AnswerCancellation.StoreAsync(db, message, said: null, cancellationToken)
            );
            await signals.StopAsync(message, cancellationToken);
        }

        return true;
    }

    /// <summary>Completes when every message that is now in progress has its outcome.</summary>
    public Task DrainedAsync() =>
        Task.WhenAll(_running.Values.Select(answer => answer.Outcome.ContinueWith(_ => { }, TaskScheduler.Default)));

    /// <summary>There is no more time: messages in progress stay pending, for a retry or the sweeper.</summary>
    public void Abandon()
    {
        foreach (var live in _running.Values)
        {
            live.Abandon();
        }
    }

    /// <summary>Handles a stop that another replica received.</summary>
    public void Stop(Guid message)
    {
        if (_running.TryGetValue(message, out var live))
        {
            live.Stop();
        }
    }

    /// <summary>
    /// The workflow posted its answer to the callback URL, on this replica or another, while we still wait for its
    /// reply.
    /// </summary>
    public void AnsweredElsewhere(Guid message)
    {
        if (_running.TryGetValue(message, out var live))
        {
            live.Abandon();
        }
    }

    private IAnswer Follow(LiveWidget widget, NewMessage message, MessageClaim.Existing known, string? locale) =>
        _running.TryGetValue(known.MessageId, out var live)
            ? live
            : new RemoteAnswerStream(widget.ClientId, known.MessageId, reader, signals, clock, async patience =>
                await ClaimAsync(message, patience) is MessageClaim.Acquired mine
                    ? Begin(new(widget, message, mine, locale))
                    : null
            );

    /// <summary>Whether this message has been seen before.</summary>
    public Task<bool> KnowsAsync(LiveWidget widget, NewMessage message, CancellationToken cancellationToken) =>
        reader.ReadAsync(widget.ClientId, db =>
            db.ChatLogs.AnyAsync(
                log =>
                    log.SessionId == message.SessionId
                    && log.ClientMessageId == message.ClientMessageId
                    && log.WidgetId == widget.Id,
                cancellationToken
            )
        );

    private AnswerStream Begin(MessageAttempt attempt)
    {
        var answer = new AnswerStream(clock);
        _running[attempt.Claim.MessageId] = _asked[KeyOf(attempt.Message)] = answer;
        budgets.Spend(attempt.Widget);
        _ = RunAsync(attempt, answer);
        return answer;
    }

    // From here on this process owns the message until it has an outcome, whether the visitor stays or leaves.
    private async Task RunAsync(MessageAttempt attempt, AnswerStream answer)
    {
        Reply? reply = null;
        Exception? broken = null;
        using var watch = ends.Begin(attempt.Widget, attempt.Message.SessionId);
        using var ending = watch.Ended.Register(answer.Stop);
        try
        {
            reply = await bot.AskAsync(attempt, answer);
        }
        catch (Exception error)
        {
            // The row stays pending: a retry or the sweeper picks it up.
            NotStored(error, attempt.Claim.MessageId);
            broken = error;
        }

        // Removes only our own entry: another attempt may have started meanwhile.
        _running.TryRemove(new(attempt.Claim.MessageId, answer));
        _asked.TryRemove(new(KeyOf(attempt.Message), answer));
        if (broken is null)
        {
            answer.End(reply);
        }
        else
        {
            answer.Break(broken);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The outcome of message {Message} could not be stored.")]
    private partial void NotStored(Exception error, Guid message);
}
