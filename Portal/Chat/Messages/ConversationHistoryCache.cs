using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Caching.Memory;
using Portal.Model;
using Portal.Webhooks;

namespace Portal.Chat;

/// <summary>
/// The latest turns of the conversations of this process, so that a question need not read its history from the
/// database. A conversation's counts, which the journal returns with each message, show whether another replica has
/// handled messages of it meanwhile.
/// </summary>
public sealed class ConversationHistoryCache(TenantScope reader) : IDisposable
{
    private static readonly TimeSpan Remembered = TimeSpan.FromMinutes(10);

    // In characters, over all conversations.
    private readonly MemoryCache _talks = new(new MemoryCacheOptions { SizeLimit = 8_000_000 });

    /// <summary>Whether this conversation certainly has messages already.</summary>
    internal bool Knows(Guid session) => _talks.TryGetValue(session, out _);

    /// <summary>The previous turns to send with a question, oldest first.</summary>
    public async ValueTask<IReadOnlyList<QuestionTurn>> OfAsync(
        LiveWidget widget,
        MessageClaim.Acquired claim,
        CancellationToken cancellationToken
    )
    {
        var wanted = Math.Min(widget.Config.Bot.History, History.MaxTurns);
        if (wanted <= 0 || claim.Talk?.Messages == 1)
        {
            return [];
        }

        var talk = claim.Talk is { } known && known.Open == claim.MessageId ? known : null;
        if (talk is null || talk.Depth < wanted)
        {
            var turns = await ReadAsync(widget, claim, wanted, cancellationToken);
            if (talk is null)
            {
                return turns;
            }

            (talk.Turns, talk.Depth) = ([.. turns], turns.Count < wanted ? History.MaxTurns : wanted);
        }

        // Only as many turns are kept as are requested.
        var from = Math.Max(0, talk.Turns.Length - wanted);
        return from == 0 ? talk.Turns : talk.Turns[from..];
    }

    /// <param name="earlier">How many messages the conversation held before.</param>
    /// <param name="failed">How many of them have failed.</param>
    internal Talk Asked(MessageClaim.Acquired claim, int earlier, int failed)
    {
        if (
            _talks.TryGetValue(claim.SessionId, out Talk? talk)
            && talk!.Open is null
            && talk.Messages == earlier
            && talk.Failed == failed
        )
        {
            (talk.Messages, talk.Open) = (earlier + 1, claim.MessageId);
            return talk;
        }

        talk = new Talk
        {
            Messages = earlier + 1,
            Failed = failed,
            Open = claim.MessageId,
            Depth = earlier == 0 ? History.MaxTurns : 0,
        };
        Keep(claim.SessionId, talk);
        return talk;
    }

    internal void Answered(MessageClaim.Acquired claim, string answer)
    {
        if (
            claim is { Talk: { Depth: > 0 } talk, Question: { } question }
            && talk.Open == claim.MessageId
            && _talks.TryGetValue(claim.SessionId, out Talk? kept)
            && kept == talk
        )
        {
            talk.Turns = History.Grown(talk.Turns, new(question, answer), talk.Depth);
            talk.Open = null;
            Keep(claim.SessionId, talk);
        }
        else
        {
            Forget(claim.SessionId);
        }
    }

    internal void Unanswered(MessageClaim.Acquired claim, bool hasFailed)
    {
        if (claim.Talk is { } talk && talk.Open == claim.MessageId)
        {
            talk.Failed += hasFailed ? 1 : 0;
            talk.Open = null;
        }
        else
        {
            Forget(claim.SessionId);
        }
    }

    internal void Forget(Guid session) => _talks.Remove(session);

    private void Keep(Guid session, Talk talk) =>
        _talks.Set(session, talk, new MemoryCacheEntryOptions { SlidingExpiration = Remembered, Size = talk.Size });

    private async Task<IReadOnlyList<QuestionTurn>> ReadAsync(
        LiveWidget widget,
        MessageClaim.Acquired claim,
        int wanted,
        CancellationToken cancellationToken
    )
    {
        var newestFirst = await reader.ReadAsync(widget.ClientId, db =>
            db.ChatLogs.Where(log =>
                    log.SessionId == claim.SessionId && log.Status == ChatStatus.Answered && log.Id != claim.MessageId
                )
                .OrderByDescending(log => log.CreatedAt)
                .Take(wanted)
                .Select(log => new QuestionTurn(log.Message, log.Response))
                .ToListAsync(cancellationToken)
        );
        return History.Bounded(newestFirst);
    }

    public void Dispose() => _talks.Dispose();

    /// <summary>
    /// A conversation, changed only by its one open message. Two open messages do not fit together: the later one
    /// starts afresh, and the earlier one finds that it is no longer the open one.
    /// </summary>
    internal sealed class Talk
    {
        public int Messages { get; set; }

        public int Failed { get; set; }

        /// <summary>The message without an outcome yet.</summary>
        public Guid? Open { get; set; }

        /// <summary>Oldest first.</summary>
        public QuestionTurn[] Turns { get; set; } = [];

        /// <summary>For how many turns back the list is complete; 0 when none has been requested.</summary>
        public int Depth { get; set; }

        public long Size
        {
            get
            {
                var size = 500L;
                foreach (var turn in Turns)
                {
                    size += turn.Question.Length + turn.Answer.Length;
                }

                return size;
            }
        }
    }
}
