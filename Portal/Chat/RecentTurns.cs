using Microsoft.Extensions.Caching.Memory;
using Npgsql;
using Portal.Infrastructure;
using Portal.Webhooks;

namespace Portal.Chat;

/// <summary>
/// What was said last in the conversations of this process, so that a question need not read its history from the database. A
/// conversation's counts, which the journal reports with each message, tell whether another replica had a part in it meanwhile.
/// </summary>
public sealed class RecentTurns(Databases databases) : IDisposable
{
    private static readonly TimeSpan Remembered = TimeSpan.FromMinutes(10);

    // In characters, over all conversations.
    private readonly MemoryCache _talks = new(new MemoryCacheOptions { SizeLimit = 8_000_000 });

    /// <summary>Whether this conversation surely has messages already.</summary>
    internal bool Knows(Guid session) => _talks.TryGetValue(session, out _);

    /// <summary>The earlier turns that go along with a question, oldest first.</summary>
    public async Task<IReadOnlyList<QuestionTurn>> OfAsync(LiveWidget widget, Claim.Mine claim, CancellationToken abort)
    {
        var wanted = Math.Min(widget.Config.Bot.History, History.MaxTurns);
        if (claim.EarlierMessages == 0 || wanted <= 0)
        {
            return [];
        }

        var talk = TalkOf(claim);
        if (talk is null || talk.Depth < wanted)
        {
            var turns = await ReadAsync(widget, claim, wanted, abort);
            if (talk is null)
            {
                return turns;
            }

            Keep(claim.SessionId, talk = talk with { Turns = [.. turns], Depth = turns.Count < wanted ? History.MaxTurns : wanted });
        }

        // No more is kept than is asked for.
        var from = Math.Max(0, talk.Turns.Length - wanted);
        return from == 0 ? talk.Turns : talk.Turns[from..];
    }

    /// <param name="failed">How many messages of the conversation have failed.</param>
    internal void Asked(Claim.Mine claim, int failed)
    {
        var known = _talks.TryGetValue(claim.SessionId, out Talk? talk) && talk!.Open is null && talk.Messages == claim.EarlierMessages && talk.Failed == failed;
        if (!known)
        {
            talk = new Talk(0, failed, null, [], Depth: claim.EarlierMessages == 0 ? History.MaxTurns : 0);
        }

        if (claim.EarlierMessages is { } earlier)
        {
            Keep(claim.SessionId, talk! with { Messages = earlier + 1, Open = claim.MessageId });
        }
        else
        {
            Forget(claim.SessionId);
        }
    }

    internal void Answered(Claim.Mine claim, string answer)
    {
        if (TalkOf(claim) is not { Depth: > 0 } talk || claim.Question is null)
        {
            Forget(claim.SessionId);
            return;
        }

        Keep(claim.SessionId, talk with { Open = null, Turns = History.Grown(talk.Turns, new(claim.Question, answer), talk.Depth) });
    }

    internal void Failed(Claim.Mine claim)
    {
        if (TalkOf(claim) is { } talk)
        {
            Keep(claim.SessionId, talk with { Open = null, Failed = talk.Failed + 1 });
        }
        else
        {
            Forget(claim.SessionId);
        }
    }

    internal void Forget(Guid session) => _talks.Remove(session);

    private Talk? TalkOf(Claim.Mine claim) => _talks.TryGetValue(claim.SessionId, out Talk? talk) && talk!.Open == claim.MessageId ? talk : null;

    private void Keep(Guid session, Talk talk) => _talks.Set(session, talk, new MemoryCacheEntryOptions { SlidingExpiration = Remembered, Size = talk.Size });

    private async Task<IReadOnlyList<QuestionTurn>> ReadAsync(LiveWidget widget, Claim.Mine claim, int wanted, CancellationToken abort)
    {
        await using var batch = databases.Portal.CreateBatch();
        var enter = new NpgsqlBatchCommand("SELECT set_config('app.client_id', $1, true)");
        enter.Parameters.Add(new NpgsqlParameter<string> { TypedValue = widget.ClientId.ToString() });
        batch.BatchCommands.Add(enter);
        var read = new NpgsqlBatchCommand(
            """
            SELECT message, response FROM chat_logs
            WHERE session_id = $1 AND client_id = $2 AND status = 'answered' AND id <> $3
            ORDER BY created_at DESC LIMIT $4
            """);
        read.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = claim.SessionId });
        read.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = widget.ClientId });
        read.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = claim.MessageId });
        read.Parameters.Add(new NpgsqlParameter<int> { TypedValue = wanted });
        batch.BatchCommands.Add(read);

        var newestFirst = new List<QuestionTurn>(wanted);
        await using var rows = await batch.ExecuteReaderAsync(abort);
        await rows.NextResultAsync(abort);
        while (await rows.ReadAsync(abort))
        {
            newestFirst.Add(new(rows.GetString(0), rows.GetString(1)));
        }

        return History.Bounded(newestFirst);
    }

    public void Dispose() => _talks.Dispose();

    /// <param name="Open">The message that has no outcome yet.</param>
    /// <param name="Turns">Oldest first.</param>
    /// <param name="Depth">For how many turns back these are all; 0 when none has been looked for.</param>
    private sealed record Talk(int Messages, int Failed, Guid? Open, QuestionTurn[] Turns, int Depth)
    {
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
