using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore;
using Portal.Model;

namespace Portal.Chat;

/// <summary>
/// An answer that another replica is waiting for, read from what that one saves. When that replica dies, its lease
/// expires and <paramref name="takeOver"/> may call the bot again.
/// </summary>
internal sealed class RemoteAnswerStream(
    Guid clientId,
    Guid messageId,
    TenantScope reader,
    MessageSignals signals,
    TimeProvider clock,
    Func<CancellationToken, Task<AnswerStream?>> takeOver
) : IAnswer
{
    public async Task<Reply?> WholeAsync(CancellationToken cancellationToken)
    {
        await foreach (var heard in FollowAsync(cancellationToken))
        {
            if (heard is AnswerEvent.Completed end)
            {
                return end.Reply;
            }
        }

        return null;
    }

    public async IAsyncEnumerable<AnswerEvent> FollowAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var heard = 0;
        int? attempt = null;
        var (lastSign, patience) = (clock.GetTimestamp(), AnswerStream.FirstPing);
        while (true)
        {
            // Subscribe before reading, so that nothing is missed in between.
            using var next = signals.Of(messageId);
            if (await LookAsync(cancellationToken) is not { } seen)
            {
                yield break;
            }

            if (seen.Reply is { } reply)
            {
                yield return new AnswerEvent.Completed(reply);
                yield break;
            }

            // Another attempt has another text, so only its outcome is sent.
            if (seen.Attempt == (attempt ??= seen.Attempt) && seen.Partial.Length > heard)
            {
                yield return new AnswerEvent.Delta(seen.Partial[heard..]);
                (heard, lastSign, patience) = (seen.Partial.Length, clock.GetTimestamp(), AnswerStream.PingEvery);
            }
            else if (clock.GetElapsedTime(lastSign) >= patience)
            {
                yield return new AnswerEvent.Heartbeat();
                (lastSign, patience) = (clock.GetTimestamp(), AnswerStream.PingEvery);
            }

            if (seen.IsAbandoned && await takeOver(cancellationToken) is { } ours)
            {
                await foreach (var word in ours.FollowAsync(cancellationToken))
                {
                    yield return word is AnswerEvent.Delta && heard > 0 ? new AnswerEvent.Heartbeat() : word;
                }

                yield break;
            }

            // Neither new text nor a dead replica sends a signal.
            await next.WaitAsync(MessageSignals.Look, cancellationToken);
        }
    }

    private Task<Seen?> LookAsync(CancellationToken cancellationToken) => reader.ReadAsync(clientId, async db =>
        {
            var seen = await db
                .ChatLogs.AsNoTracking()
                .Where(log => log.Id == messageId)
                .Select(log => new { Log = log, IsAbandoned = log.LeaseUntil <= DateTimeOffset.UtcNow })
                .SingleOrDefaultAsync(cancellationToken);
            return seen is null
                ? null
                : new Seen(
                    seen.Log.Status == ChatStatus.Pending ? null : Reply.Of(seen.Log),
                    seen.Log.Attempt,
                    seen.Log.PartialResponse ?? "",
                    seen.IsAbandoned
                );
        });

    private sealed record Seen(Reply? Reply, int Attempt, string Partial, bool IsAbandoned);
}
