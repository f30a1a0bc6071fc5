using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using Portal.Hosting;
using Portal.Model;
using Portal.Webhooks;

namespace Portal.Chat;

/// <summary>
/// Processes one message end to end: journal, bot, journal, visitor. The call to the bot does not depend on the visitor's connection: a
/// visitor who leaves and returns finds the answer, on this replica or another.
/// </summary>
public sealed partial class MessageProcessor(
    Journal journal,
    ConversationHistoryCache turns,
    WebhookClient webhooks,
    PortalOptions portal,
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

    /// <summary>Stores the message in the journal and returns its answer as it arrives. Null when the conversation has ended.</summary>
    public async Task<IAnswer?> AskAsync(
        LiveWidget widget,
        NewMessage message,
        string? locale,
        CancellationToken cancellationToken
    ) =>
        await ClaimAsync(message, cancellationToken) switch
        {
            MessageClaim.Acquired mine => Begin(widget, message, mine, locale),
            MessageClaim.Existing known => Follow(widget, message, known, locale),
            _ => null,
        };

    private Task<MessageClaim> ClaimAsync(NewMessage message, CancellationToken cancellationToken) =>
        journal.ClaimAsync(
            message,
            _asked.ContainsKey((message.SessionId, message.ClientMessageId)),
            cancellationToken
        );

    /// <summary>
    /// Stops an answer for its visitor and keeps its text so far. False when there is no such message. A message that has its outcome keeps
    /// it.
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
    /// The workflow posted its answer to the callback URL, on this replica or another, while we still wait for its reply.
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
                    ? Begin(widget, message, mine, locale)
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

    private AnswerStream Begin(LiveWidget widget, NewMessage message, MessageClaim.Acquired claim, string? locale)
    {
        var answer = new AnswerStream(clock);
        _running[claim.MessageId] = _asked[(message.SessionId, message.ClientMessageId)] = answer;
        budgets.Spend(widget);
        _ = RunAsync(widget, message, claim, locale, answer);
        return answer;
    }

    // From here on this process owns the message until it has an outcome, whether the visitor stays or leaves.
    private async Task RunAsync(
        LiveWidget widget,
        NewMessage message,
        MessageClaim.Acquired claim,
        string? locale,
        AnswerStream answer
    )
    {
        Reply? reply = null;
        Exception? broken = null;
        using var watch = ends.Begin(widget, message.SessionId);
        using var ending = watch.Ended.Register(answer.Stop);
        try
        {
            reply = await AskBotAsync(widget, message, claim, locale, answer);
        }
        catch (Exception error)
        {
            // The row stays pending: a retry or the sweeper picks it up.
            NotStored(error, claim.MessageId);
            broken = error;
        }

        // Removes only our own entry: another attempt may have started meanwhile.
        _running.TryRemove(new(claim.MessageId, answer));
        _asked.TryRemove(new((message.SessionId, message.ClientMessageId), answer));
        if (broken is null)
        {
            answer.End(reply);
        }
        else
        {
            answer.Break(broken);
        }
    }

    private async Task<Reply?> AskBotAsync(
        LiveWidget widget,
        NewMessage message,
        MessageClaim.Acquired claim,
        string? locale,
        AnswerStream answer
    )
    {
        PartialSaver? saver = null;
        try
        {
            var question = new Question(
                claim.MessageId,
                message.SessionId,
                await TextAsync(widget, message, claim, answer.Ending),
                widget.Config.Bot.Prompt,
                widget.Config.Bot.Personality,
                await turns.OfAsync(widget, claim, answer.Ending),
                message.PageUrl,
                message.PageTitle,
                locale,
                new CallbackToken(claim.MessageId, message.CallbackSecret).Url(portal),
                widget.Name,
                widget.IsDemo,
                claim.Visitor
            )
            {
                Client = new(widget.ClientId, widget.Business),
                Custom = message.Custom,
            };

            return await AnswerAsync(widget, question, Say, answer.Ending) switch
            {
                WebhookOutcome.Answered answered
                    when await journal.AnswerAsync(claim, answered, CancellationToken.None) => Reply.Of(
                    message,
                    claim,
                    answered,
                    clock.GetUtcNow()
                ),
                WebhookOutcome.Failed failed => await FailAsync(widget, message, claim, failed, locale),
                WebhookOutcome.Later later => await WaitForCallbackAsync(
                    widget,
                    message,
                    claim,
                    later,
                    locale,
                    answer.Ending
                ),
                // Meanwhile the next attempt answered it, or it was stopped or deleted.
                _ => await ReadAsync(widget.ClientId, claim.MessageId),
            };

            ValueTask Say(string words, CancellationToken deadline)
            {
                answer.Say(words);
                (saver ??= new PartialSaver(journal, claim, answer, clock)).Grew();
                return ValueTask.CompletedTask;
            }
        }
        catch (OperationCanceledException) when (answer.Ending.IsCancellationRequested)
        {
            turns.Forget(claim.SessionId);
            if (answer.IsStopped)
            {
                await reader.ReadAsync(widget.ClientId, db =>
                    AnswerCancellation.StoreAsync(db, claim.MessageId, answer.Text, CancellationToken.None)
                );
            }

            var stored = await ReadAsync(widget.ClientId, claim.MessageId);
            return stored?.Status != ChatStatus.Pending
                ? stored
                : throw new OperationCanceledException("The time for this answer is over.");
        }
        finally
        {
            saver?.Dispose();
        }
    }

    // A widget that is not connected yet can be previewed; a built-in answer says so.
    private Task<WebhookOutcome> AnswerAsync(
        LiveWidget widget,
        Question question,
        Func<string, CancellationToken, ValueTask> say,
        CancellationToken cancellationToken
    ) =>
        widget is { IsPreview: true, Target.Url: "" }
            ? Task.FromResult<WebhookOutcome>(PreviewAnswer.To(question.Text))
            : webhooks.AskAsync(widget.Target, question, say, cancellationToken);

    // The outcome is stored even while the portal is stopping.
    private async Task<Reply?> FailAsync(
        LiveWidget widget,
        NewMessage message,
        MessageClaim.Acquired claim,
        WebhookOutcome.Failed failed,
        string? locale
    )
    {
        var text = PartialAnswer.Then(failed.PartialText, widget.Fallback(locale));
        return await journal.FailAsync(claim, text, failed, CancellationToken.None)
            ? Reply.Unanswered(message, claim, text, failed.IsEmptyResult, clock.GetUtcNow())
            : await ReadAsync(widget.ClientId, claim.MessageId);
    }

    // The workflow continues and posts its answer to the callback URL, perhaps on another replica.
    private async Task<Reply?> WaitForCallbackAsync(
        LiveWidget widget,
        NewMessage message,
        MessageClaim.Acquired claim,
        WebhookOutcome.Later later,
        string? locale,
        CancellationToken cancellationToken
    )
    {
        var began = clock.GetTimestamp();
        while (later.Latency + clock.GetElapsedTime(began) < message.Deadline)
        {
            using var next = signals.Of(claim.MessageId);
            if (await ReadAsync(widget.ClientId, claim.MessageId) is var reply && reply?.Status != ChatStatus.Pending)
            {
                return reply;
            }

            await next.WaitAsync(cancellationToken);
        }

        var late = new WebhookOutcome.Failed(
            WebhookErrorType.Timeout,
            "The workflow accepted the message, but did not call back in time."
        )
        {
            Latency = message.Deadline,
        };
        return await FailAsync(widget, message, claim, late, locale);
    }

    // A retry uses the text that is stored, whatever it carries now.
    private async Task<string> TextAsync(
        LiveWidget widget,
        NewMessage message,
        MessageClaim.Acquired claim,
        CancellationToken cancellationToken
    ) =>
        claim.Attempt == 1
            ? message.Text
            : await reader.ReadAsync(widget.ClientId, db =>
                db.ChatLogs.Where(log => log.Id == claim.MessageId)
                    .Select(log => log.Message)
                    .SingleOrDefaultAsync(cancellationToken)
            ) ?? message.Text;

    private Task<Reply?> ReadAsync(Guid client, Guid message) =>
        reader.ReadAsync(client, async db =>
            await db.ChatLogs.AsNoTracking().SingleOrDefaultAsync(log => log.Id == message) is { } log
                ? Reply.Of(log)
                : null
        );

    [LoggerMessage(Level = LogLevel.Error, Message = "The outcome of message {Message} could not be stored.")]
    private partial void NotStored(Exception error, Guid message);
}
