using System.Runtime.CompilerServices;
using System.Text;

namespace Portal.Chat;

/// <summary>The answer to a message, for the request that sent it or one that resumes it.</summary>
public interface IAnswer
{
    /// <summary>All events from the beginning, as they arrive. Text that arrives together is sent together.</summary>
    IAsyncEnumerable<AnswerEvent> FollowAsync(CancellationToken cancellationToken);

    /// <summary>The stored outcome; null when the conversation was deleted meanwhile.</summary>
    Task<Reply?> WholeAsync(CancellationToken cancellationToken);
}

/// <summary>
/// An answer that this process is waiting for. Any number of connections can follow it, each from its beginning; it
/// continues when the last of them is gone.
/// </summary>
public sealed class AnswerStream(TimeProvider clock) : IAnswer
{
    /// <summary>Proxies and widgets give up on a connection that is silent for much longer.</summary>
    public static readonly TimeSpan PingEvery = TimeSpan.FromSeconds(15);

    /// <summary>
    /// For a slow bot: the response starts, so that every proxy on the way knows that an answer is coming. Quick
    /// answers need no ping.
    /// </summary>
    public static readonly TimeSpan FirstPing = TimeSpan.FromMilliseconds(300);

    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _end = new();

    // Waiting readers continue at once on the same thread: whoever completes an answer has nothing more to do.
    private readonly TaskCompletionSource<Reply?> _outcome = new();
    private StringBuilder? _text;
    private TaskCompletionSource? _news;

    /// <summary>Canceled when the visitor stops it, or this process has no more time for it.</summary>
    public CancellationToken Ending => _end.Token;

    /// <summary>Whether the visitor stopped it.</summary>
    public bool IsStopped { get; private set; }

    public Task<Reply?> Outcome => _outcome.Task;

    public string Text
    {
        get
        {
            lock (_lock)
            {
                return _text?.ToString() ?? "";
            }
        }
    }

    public void Say(string words)
    {
        lock (_lock)
        {
            (_text ??= new()).Append(words);
        }

        Tell();
    }

    public void Stop()
    {
        IsStopped = true;
        Abandon();
    }

    public void Abandon() => _ = _end.CancelAsync();

    /// <summary>The last call of the message processor.</summary>
    public void End(Reply? reply)
    {
        _outcome.TrySetResult(reply);
        Tell();
    }

    /// <summary>It could not be stored, so no reader may take it for an answer.</summary>
    public void Break(Exception error)
    {
        _outcome.TrySetException(error);
        // Perhaps nobody is reading.
        _ = _outcome.Task.Exception;
        Tell();
    }

    public Task<Reply?> WholeAsync(CancellationToken cancellationToken) => _outcome.Task.WaitAsync(cancellationToken);

    public async IAsyncEnumerable<AnswerEvent> FollowAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (heard, patience) = (0, FirstPing);
        while (true)
        {
            var (words, news) = After(heard);
            if (words.Length > 0)
            {
                (heard, patience) = (heard + words.Length, PingEvery);
                yield return new AnswerEvent.Delta(words);
                continue;
            }

            if (_outcome.Task.IsCompleted)
            {
                break;
            }

            await news.WaitAsync(patience, clock, cancellationToken)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
            if (!news.IsCompleted)
            {
                patience = PingEvery;
                yield return new AnswerEvent.Heartbeat();
            }
        }

        if (await _outcome.Task is { } reply)
        {
            yield return new AnswerEvent.Completed(reply);
        }
    }

    private void Tell()
    {
        TaskCompletionSource? news;
        lock (_lock)
        {
            (news, _news) = (_news, null);
        }

        news?.SetResult();
    }

    private (string Words, Task News) After(int heard)
    {
        lock (_lock)
        {
            return _text is { } text && text.Length > heard
                ? (text.ToString(heard, text.Length - heard), Task.CompletedTask)
                : ("", (_news ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task);
        }
    }
}
