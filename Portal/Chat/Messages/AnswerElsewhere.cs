using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore;
using Portal.Model;

namespace Portal.Chat;

/// <summary>
/// An answer that another replica is waiting for, followed by what that one saves. When that replica dies, its lease runs out and
/// <paramref name="takeOver"/> may ask anew.
/// </summary>
internal sealed class AnswerElsewhere(
    Guid clientId, Guid messageId, TenantReader reader, MessageSignals signals, TimeProvider clock, Func<CancellationToken, Task<LiveAnswer?>> takeOver) : IAnswer
{
    public async Task<Reply?> WholeAsync(CancellationToken abort)
    {
        await foreach (var heard in FollowAsync(abort))
        {
            if (heard is Heard.End end)
            {
                return end.Reply;
            }
        }

        return null;
    }

    public async IAsyncEnumerable<Heard> FollowAsync([EnumeratorCancellation] CancellationToken abort)
    {
        var heard = 0;
        int? attempt = null;
        var (lastSign, patience) = (clock.GetTimestamp(), LiveAnswer.FirstPing);
        while (true)
        {
            // Before looking, so that what comes in between is not missed.
            using var next = signals.Of(messageId);
            if (await LookAsync(abort) is not { } seen)
            {
                yield break;
            }

            if (seen.Reply is { } reply)
            {
                yield return new Heard.End(reply);
                yield break;
            }

            // Of another attempt the words are others: what comes at its end stands for all of them.
            if (seen.Attempt == (attempt ??= seen.Attempt) && seen.Partial.Length > heard)
            {
                yield return new Heard.Words(seen.Partial[heard..]);
                (heard, lastSign, patience) = (seen.Partial.Length, clock.GetTimestamp(), LiveAnswer.PingEvery);
            }
            else if (clock.GetElapsedTime(lastSign) >= patience)
            {
                yield return new Heard.Silence();
                (lastSign, patience) = (clock.GetTimestamp(), LiveAnswer.PingEvery);
            }

            if (seen.IsAbandoned && await takeOver(abort) is { } ours)
            {
                await foreach (var word in ours.FollowAsync(abort))
                {
                    yield return word is Heard.Words && heard > 0 ? new Heard.Silence() : word;
                }

                yield break;
            }

            // No signal tells of more words, nor of a replica that died.
            await next.WaitAsync(MessageSignals.Look, abort);
        }
    }

    private Task<Seen?> LookAsync(CancellationToken abort) => reader.ReadAsync(clientId, async db =>
    {
        var seen = await db.ChatLogs.AsNoTracking().Where(log => log.Id == messageId)
            .Select(log => new { Log = log, IsAbandoned = log.LeaseUntil <= DateTimeOffset.UtcNow })
            .SingleOrDefaultAsync(abort);
        return seen is null ? null : new Seen(
            seen.Log.Status == ChatStatus.Pending ? null : Reply.Of(seen.Log), seen.Log.Attempt, seen.Log.PartialResponse ?? "", seen.IsAbandoned);
    });

    private sealed record Seen(Reply? Reply, int Attempt, string Partial, bool IsAbandoned);
}
