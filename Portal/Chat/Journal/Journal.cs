using Portal.Webhooks;

namespace Portal.Chat;

/// <summary>
/// The durable record of every message, written before the bot is asked and again when it has answered. Its database role
/// may write messages and answers and may read ids and states, never what anybody said. Everything here returns after the commit.
/// </summary>
/// <exception cref="JournalUnavailableException">Of every method: the database did not take it in time.</exception>
public sealed class Journal(JournalWriter writer, RecentTurns turns)
{
    internal const int LeaseSeconds = 15;

    /// <summary>A pending message whose asker has not renewed its lease for so long is free to be asked again.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(LeaseSeconds);

    /// <summary>
    /// Records a visitor's message as pending. A session that has ended, or a widget that is off, gives <see cref="Claim.SessionOver"/>;
    /// a message that is known already gives what became of it, and is claimed again when nobody is waiting for its answer.
    /// </summary>
    /// <param name="abort">Heeded before anything is written. A message that stands in the journal is asked, whoever has left.</param>
    public async Task<Claim> ClaimAsync(NewMessage message, CancellationToken abort)
    {
        abort.ThrowIfCancellationRequested();
        if (await writer.WriteAsync(new ClaimEntry(message, mayBeFirst: !turns.Knows(message.SessionId))) is { } accepted)
        {
            var claim = new Claim.Mine(message.Id, Attempt: 1, EarlierMessages: accepted.Together == 1 ? accepted.Messages - 1 : null, accepted.Visitor)
            {
                SessionId = message.SessionId,
                Question = message.Text,
            };
            turns.Asked(claim, accepted.Failed);
            return claim;
        }

        turns.Forget(message.SessionId);
        return await writer.WriteAsync(new ReclaimEntry(message));
    }

    /// <summary>
    /// Stores the answer. False when this attempt is no longer the one that counts: the message has been answered, asked again
    /// or forgotten meanwhile.
    /// </summary>
    public async Task<bool> AnswerAsync(Claim.Mine claim, WebhookOutcome.Answered answer, CancellationToken abort)
    {
        var stands = await KeepAsync(claim, new AnswerEntry(claim, answer), abort);
        if (stands)
        {
            turns.Answered(claim, answer.Text);
            ChatMeters.Message("answered");
        }

        return stands;
    }

    /// <summary>Stores that no answer came, why, and the text that the visitor reads instead. False as in <see cref="AnswerAsync"/>.</summary>
    public async Task<bool> FailAsync(Claim.Mine claim, string fallback, WebhookOutcome.Failed failure, CancellationToken abort)
    {
        var stands = await KeepAsync(claim, new FailureEntry(claim, fallback, failure), abort);
        if (stands)
        {
            turns.Failed(claim);
            ChatMeters.Message("failed", failure.Error.Name);
        }

        return stands;
    }

    /// <summary>
    /// Stores an answer that came to the callback address: once, within a day, and also for a message that has been given up.
    /// False when the token names no such message. Every replica hears of it (<see cref="Infrastructure.Signals.Answers"/>).
    /// </summary>
    public async Task<bool> AnswerLateAsync(CallbackToken callback, WebhookOutcome.Answered answer, CancellationToken abort)
    {
        abort.ThrowIfCancellationRequested();
        var stands = await writer.WriteAsync(new LateAnswerEntry(callback, answer));
        if (stands)
        {
            ChatMeters.Message("answered_late");
        }

        return stands;
    }

    /// <summary>Keeps what has been streamed so far, for a visitor who comes back elsewhere. The outcome replaces it, and a row that is busy goes without.</summary>
    public async Task SavePartialAsync(Claim.Mine claim, string textSoFar, CancellationToken abort)
    {
        abort.ThrowIfCancellationRequested();
        await writer.WriteAsync(new PartialEntry(claim, textSoFar));
    }

    /// <summary>Says that these messages are still being asked about.</summary>
    public async Task RenewAsync(IReadOnlyCollection<Guid> messages, CancellationToken abort)
    {
        abort.ThrowIfCancellationRequested();
        await writer.WriteAsync(new RenewalEntry(messages));
    }

    private async Task<bool> KeepAsync(Claim.Mine claim, JournalEntry<bool> outcome, CancellationToken abort)
    {
        abort.ThrowIfCancellationRequested();
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
    CallbackToken Callback);

/// <summary>Who asks the bot about a message.</summary>
public abstract record Claim
{
    private Claim()
    {
    }

    /// <summary>This call does. The attempt is its fence: only the latest attempt may store an answer.</summary>
    /// <param name="EarlierMessages">How many the conversation held before; null when not known.</param>
    /// <param name="Visitor">The visitor's pseudonym.</param>
    public sealed record Mine(Guid MessageId, int Attempt, int? EarlierMessages, string Visitor) : Claim
    {
        public Guid SessionId { get; init; }

        /// <summary>What was asked; null when the words stand in the log only.</summary>
        internal string? Question { get; init; }
    }

    /// <summary>Another call does, or did.</summary>
    public sealed record Known(Guid MessageId) : Claim;

    /// <summary>Nobody: the conversation has ended, or the widget is off.</summary>
    public sealed record SessionOver : Claim;
}
