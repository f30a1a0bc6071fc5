using Microsoft.EntityFrameworkCore;
using Portal.Hosting;
using Portal.Model;
using Portal.Webhooks;

namespace Portal.Chat;

/// <summary>Asks the bot, and stores how that ended, whatever it is.</summary>
public sealed class BotCaller(
    Journal journal,
    ConversationHistoryCache turns,
    WebhookClient webhooks,
    PortalOptions portal,
    TenantScope reader,
    MessageSignals signals,
    TimeProvider clock
)
{
    /// <summary>
    /// The stored reply; null when the message was deleted meanwhile. Words that arrive before it are added to the
    /// answer.
    /// </summary>
    /// <exception cref="OperationCanceledException">The answer was abandoned, and its message is still
    /// pending.</exception>
    /// <exception cref="JournalUnavailableException">The outcome could not be stored.</exception>
    public async Task<Reply?> AskAsync(MessageAttempt attempt, AnswerStream answer)
    {
        PartialSaver? saver = null;
        try
        {
            var question = await QuestionAsync(attempt, answer.Ending);
            var outcome = await CallAsync(attempt.Widget, question, Say, answer.Ending);
            return await StoreAsync(attempt, outcome, answer.Ending);
        }
        catch (OperationCanceledException) when (answer.Ending.IsCancellationRequested)
        {
            return await EndAsync(attempt, answer);
        }
        finally
        {
            saver?.Dispose();
        }

        ValueTask Say(string words, CancellationToken deadline)
        {
            answer.Say(words);
            (saver ??= new PartialSaver(journal, attempt.Claim, answer, clock)).Grew();
            return ValueTask.CompletedTask;
        }
    }

    private async Task<Question> QuestionAsync(MessageAttempt attempt, CancellationToken cancellationToken)
    {
        var (widget, message, claim, locale) = attempt;
        return new Question(
            claim.MessageId,
            message.SessionId,
            await TextAsync(attempt, cancellationToken),
            widget.Config.Bot.Prompt,
            widget.Config.Bot.Personality,
            await turns.OfAsync(widget, claim, cancellationToken),
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
    }

    // A retry uses the text that is stored, whatever it carries now.
    private async Task<string> TextAsync(MessageAttempt attempt, CancellationToken cancellationToken) =>
        attempt.Claim.Attempt == 1
            ? attempt.Message.Text
            : await reader.ReadAsync(attempt.Widget.ClientId, db =>
                db.ChatLogs.Where(log => log.Id == attempt.Claim.MessageId)
                    .Select(log => log.Message)
                    .SingleOrDefaultAsync(cancellationToken)
            ) ?? attempt.Message.Text;

    // A widget that is not connected yet can be previewed; a built-in answer says so.
    private Task<WebhookOutcome> CallAsync(
        LiveWidget widget,
        Question question,
        Func<string, CancellationToken, ValueTask> say,
        CancellationToken cancellationToken
    ) =>
        widget is { IsPreview: true, Target.Url: "" }
            ? Task.FromResult<WebhookOutcome>(PreviewAnswer.To(question.Text))
            : webhooks.AskAsync(widget.Target, question, say, cancellationToken);

    private async Task<Reply?> StoreAsync(
        MessageAttempt attempt,
        WebhookOutcome outcome,
        CancellationToken cancellationToken
    ) =>
        outcome switch
        {
            WebhookOutcome.Answered answered
                when await journal.AnswerAsync(attempt.Claim, answered, CancellationToken.None) => Reply.Of(
                attempt.Message,
                attempt.Claim,
                answered,
                clock.GetUtcNow()
            ),
            WebhookOutcome.Failed failed => await FailAsync(attempt, failed),
            WebhookOutcome.Later later => await WaitForCallbackAsync(attempt, later, cancellationToken),
            // Meanwhile the next attempt answered it, or it was stopped or deleted.
            _ => await ReadAsync(attempt),
        };

    // The outcome is stored even while the portal is stopping.
    private async Task<Reply?> FailAsync(MessageAttempt attempt, WebhookOutcome.Failed failed)
    {
        var text = PartialAnswer.Then(failed.PartialText, attempt.Widget.Fallback(attempt.Locale));
        return await journal.FailAsync(attempt.Claim, text, failed, CancellationToken.None)
            ? Reply.Unanswered(attempt.Message, attempt.Claim, text, failed.IsEmptyResult, clock.GetUtcNow())
            : await ReadAsync(attempt);
    }

    // The workflow continues and posts its answer to the callback URL, perhaps on another replica.
    private async Task<Reply?> WaitForCallbackAsync(
        MessageAttempt attempt,
        WebhookOutcome.Later later,
        CancellationToken cancellationToken
    )
    {
        var began = clock.GetTimestamp();
        while (later.Latency + clock.GetElapsedTime(began) < attempt.Message.Deadline)
        {
            using var next = signals.Of(attempt.Claim.MessageId);
            if (await ReadAsync(attempt) is var reply && reply?.Status != ChatStatus.Pending)
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
            Latency = attempt.Message.Deadline,
        };
        return await FailAsync(attempt, late);
    }

    // It was stopped, or abandoned because its answer arrived elsewhere or the portal has no more time.
    private async Task<Reply?> EndAsync(MessageAttempt attempt, AnswerStream answer)
    {
        turns.Forget(attempt.Claim.SessionId);
        if (answer.IsStopped)
        {
            await reader.ReadAsync(attempt.Widget.ClientId, db =>
                AnswerCancellation.StoreAsync(db, attempt.Claim.MessageId, answer.Text, CancellationToken.None)
            );
        }

        var stored = await ReadAsync(attempt);
        return stored?.Status != ChatStatus.Pending
            ? stored
            : throw new OperationCanceledException("The time for this answer is over.");
    }

    private Task<Reply?> ReadAsync(MessageAttempt attempt) =>
        reader.ReadAsync(attempt.Widget.ClientId, async db =>
            await db.ChatLogs.AsNoTracking().SingleOrDefaultAsync(log => log.Id == attempt.Claim.MessageId) is { } log
                ? Reply.Of(log)
                : null
        );
}
