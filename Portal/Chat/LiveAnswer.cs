using System.Runtime.CompilerServices;
using System.Text;

namespace Portal.Chat;

/// <summary>
/// An answer that this process is waiting for. Any number of connections follow it, each from its beginning, whenever they come; it goes
/// on when the last of them is gone.
/// </summary>
public sealed class LiveAnswer(TimeProvider clock) : IDisposable
{
    /// <summary>Proxies and widgets take a line for dead that is silent for much longer.</summary>
    public static readonly TimeSpan PingEvery = TimeSpan.FromSeconds(15);

    /// <summary>A bot that thinks: the line opens, so that everybody on the way knows that an answer comes. Quick answers need no ping.</summary>
    public static readonly TimeSpan FirstPing = TimeSpan.FromMilliseconds(300);

    private readonly Lock _lock = new();
    private readonly StringBuilder _text = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource<Reply?> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource? _news;

    /// <summary>Cancelled when the visitor wants no more of it.</summary>
    public CancellationToken Stopping => _stop.Token;

    /// <summary>What stands in the journal in the end; null when the conversation went meanwhile.</summary>
    public Task<Reply?> Outcome => _outcome.Task;

    public string Text
    {
        get
        {
            lock (_lock)
            {
                return _text.ToString();
            }
        }
    }

    public void Say(string words)
    {
        TaskCompletionSource? news;
        lock (_lock)
        {
            _text.Append(words);
            (news, _news) = (_news, null);
        }

        news?.SetResult();
    }

    public void Stop() => _ = _stop.CancelAsync();

    public void End(Reply? reply) => _outcome.TrySetResult(reply);

    /// <summary>It could not be stored, so nobody may take it for an answer.</summary>
    public void Break(Exception error)
    {
        _outcome.TrySetException(error);
        // Nobody may be listening just now.
        _ = _outcome.Task.Exception;
    }

    /// <summary>Everything from the beginning, as it comes. Words that fall together are heard together.</summary>
    public async IAsyncEnumerable<Heard> FollowAsync([EnumeratorCancellation] CancellationToken abort)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(abort);
        try
        {
            var heard = 0;
            var ping = Task.Delay(FirstPing, clock, ended.Token);
            while (true)
            {
                var (words, news) = After(heard);
                if (words.Length > 0)
                {
                    heard += words.Length;
                    yield return new Heard.Words(words);
                    continue;
                }

                if (_outcome.Task.IsCompleted)
                {
                    break;
                }

                if (await Task.WhenAny(news, _outcome.Task, ping) == ping)
                {
                    abort.ThrowIfCancellationRequested();
                    ping = Task.Delay(PingEvery, clock, ended.Token);
                    yield return new Heard.Silence();
                }
            }

            if (await _outcome.Task is { } reply)
            {
                yield return new Heard.End(reply);
            }
        }
        finally
        {
            await ended.CancelAsync();
        }
    }

    private (string Words, Task News) After(int heard)
    {
        lock (_lock)
        {
            return _text.Length > heard
                ? (_text.ToString(heard, _text.Length - heard), Task.CompletedTask)
                : ("", (_news ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task);
        }
    }

    public void Dispose() => _stop.Dispose();
}
