using Portal.Model;
using Portal.Webhooks;

namespace Portal.Chat;

/// <summary>
/// The durable record of every message, written before the bot is called and again when it has answered. Its database
/// role can write messages and answers and read ids and states, never texts. Every method returns after the commit.
/// </summary>
/// <exception cref="JournalUnavailableException">Of every method: the database did not take it in time.</exception>
public sealed class Journal(JournalWriter writer, ConversationHistoryCache turns)
{
    internal const int LeaseSeconds = 15;

    /// <summary>
    /// A pending message whose lease was not renewed for so long may be taken over by another process.
    /// </summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(LeaseSeconds);

    /// <summary>
    /// Records a visitor's message as pending. A session that has ended, or a widget that is off, gives <see
    /// cref="MessageClaim.SessionOver"/>; a message that is known already gives <see cref="MessageClaim.Existing"/>,
    /// and is claimed again when its asker has died, or when it failed and the visitor wants it asked again.
    /// </summary>
    /// <param name="isAlive">Whether the bot is being asked about it by this process: then nobody else asks, even when
    /// its lease has lapsed.</param>
    /// <param name="cancellationToken">Only observed before anything is written. A stored message is sent to the bot,
    /// even if its visitor has left.</param>
    public async Task<MessageClaim> ClaimAsync(NewMessage message, bool isAlive, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (
            await writer.WriteAsync(new ClaimEntry(message, mayBeFirst: !turns.Knows(message.SessionId))) is
            { } accepted
        )
        {
            var claim = new MessageClaim.Acquired(message.Id, Attempt: 1, accepted.Visitor)
            {
                SessionId = message.SessionId,
                Question = message.Text,
                LowestConfidence = accepted.LowestConfidence,
            };
            claim.Talk = turns.Asked(claim, accepted.Messages - 1, accepted.Failed);
            return claim;
        }

        turns.Forget(message.SessionId);
        return await writer.WriteAsync(new ReclaimEntry(message, isAlive));
    }

    /// <summary>
    /// Stores the answer. False when this attempt is not the current one anymore: the message has been answered,
    /// retried or deleted meanwhile.
    /// </summary>
    public async Task<bool> AnswerAsync(
        MessageClaim.Acquired claim,
        WebhookOutcome.Answered answer,
        CancellationToken cancellationToken
    )
    {
        var stands = await KeepAsync(claim, new AnswerEntry(claim, answer), cancellationToken);
        if (stands)
        {
            turns.Answered(claim, answer.Text);
            ChatMeters.Message("answered");
        }

        return stands;
    }

    /// <summary>
    /// Stores that no answer came, or an empty one, why, and the text that the visitor reads instead. False as in <see
    /// cref="AnswerAsync"/>.
    /// </summary>
    public async Task<bool> FailAsync(
        MessageClaim.Acquired claim,
        string fallback,
        WebhookOutcome.Failed failure,
        CancellationToken cancellationToken
    )
    {
        var stands = await KeepAsync(claim, new FailureEntry(claim, fallback, failure), cancellationToken);
        if (stands)
        {
            turns.Unanswered(claim, hasFailed: !failure.IsEmptyResult);
            ChatMeters.Message(failure.IsEmptyResult ? "empty" : "failed", failure.Error.Name);
        }

        return stands;
    }

    /// <summary>
    /// Stores an answer that came to the callback address: once, within a day, and also for a message that has been
    /// given up. False when the token names no such message. Every replica hears of it (<see
    /// cref="Data.Signals.Answers"/>).
    /// </summary>
    public async Task<bool> AnswerLateAsync(
        CallbackToken callback,
        WebhookOutcome.Answered answer,
        CancellationToken cancellationToken
    )
    {
        cancellationToken.ThrowIfCancellationRequested();
        var stands = await writer.WriteAsync(new LateAnswerEntry(callback, answer));
        if (stands)
        {
            ChatMeters.Message("answered_late");
        }

        return stands;
    }

    /// <summary>
    /// Saves what has been streamed so far, for a visitor who continues on another replica. The outcome replaces it; a
    /// locked row is skipped.
    /// </summary>
    public async Task SavePartialAsync(
        MessageClaim.Acquired claim,
        string textSoFar,
        CancellationToken cancellationToken
    )
    {
        cancellationToken.ThrowIfCancellationRequested();
        await writer.WriteAsync(new PartialEntry(claim, textSoFar));
    }

    /// <summary>Renews the leases of these messages.</summary>
    public async Task RenewAsync(IReadOnlyCollection<Guid> messages, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        await writer.WriteAsync(new RenewalEntry(messages));
    }

    private async Task<bool> KeepAsync(
        MessageClaim.Acquired claim,
        JournalEntry<bool> outcome,
        CancellationToken cancellationToken
    )
    {
        cancellationToken.ThrowIfCancellationRequested();
        var stands = false;
        try
        {
            return stands = await writer.WriteAsync(outcome);
        }
        finally
        {
            if (!stands)
            {
                turns.Forget(claim.SessionId);
            }
        }
    }
}

/// <summary>A visitor's message on its way into the journal.</summary>
/// <param name="Deadline">How long its answer is waited for.</param>
/// <param name="CallbackSecret">Of the address that its answer may be posted to, see <see
/// cref="CallbackToken"/>.</param>
public sealed record NewMessage(
    Guid Id,
    Guid WidgetId,
    Guid SessionId,
    int Generation,
    Guid ClientMessageId,
    string Text,
    string? PageUrl,
    string? PageTitle,
    TimeSpan Deadline,
    byte[] CallbackSecret
)
{
    /// <summary>
    /// The visitor wants it sent to the bot again if it failed; otherwise only its stored outcome is returned.
    /// </summary>
    public bool Again { get; init; }

    /// <summary>What the page told about itself, for the workflow; it is not stored.</summary>
    public IReadOnlyDictionary<string, string>? Custom { get; init; }

    internal byte[] CallbackHash => CallbackToken.HashOf(CallbackSecret);
}

/// <summary>Which call sends a message to the bot.</summary>
public abstract record MessageClaim
{
    private MessageClaim() { }

    /// <summary>This call does. The attempt is its fence: only the latest attempt may store an answer.</summary>
    /// <param name="Visitor">The visitor's pseudonym.</param>
    public sealed record Acquired(Guid MessageId, int Attempt, string Visitor) : MessageClaim
    {
        public Guid SessionId { get; init; }

        /// <summary>The question; null when only the database has its text.</summary>
        internal string? Question { get; init; }

        /// <summary>The conversation in this process's cache; null when the message was taken over.</summary>
        internal ConversationHistoryCache.Talk? Talk { get; set; }

        /// <summary>
        /// Of the conversation's answers when the message came; null when there is none, or when it is not known.
        /// </summary>
        internal double? LowestConfidence { get; init; }
    }

    /// <summary>Another call does, or did.</summary>
    public sealed record Existing(Guid MessageId) : MessageClaim;

    /// <summary>Nobody: the conversation has ended, or the widget is off.</summary>
    public sealed record SessionOver : MessageClaim;
}
