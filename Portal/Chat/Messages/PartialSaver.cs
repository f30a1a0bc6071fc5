using Npgsql;
using Portal.Data;

namespace Portal.Chat;

/// <summary>
/// Saves a streamed answer in the journal about once a second, for a visitor who resumes it on another replica, and for
/// the log if this process dies.
/// </summary>
public sealed class PartialSaver(Journal journal, MessageClaim.Acquired claim, AnswerStream answer, TimeProvider clock)
    : IDisposable
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _end = new();
    private int _grown;
    private int _saving;

    /// <summary>Reports new text. Returns at once.</summary>
    public void Grew()
    {
        Volatile.Write(ref _grown, 1);
        if (Interlocked.Exchange(ref _saving, 1) == 0)
        {
            _ = SaveAsync(_end.Token);
        }
    }

    private async Task SaveAsync(CancellationToken end)
    {
        do
        {
            while (Interlocked.Exchange(ref _grown, 0) == 1)
            {
                await Task.Delay(Every, clock, end).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (end.IsCancellationRequested)
                {
                    return;
                }

                try
                {
                    await journal.SavePartialAsync(claim, answer.Text, end);
                }
                catch (Exception away)
                    when (away is JournalUnavailableException or NpgsqlException or OperationCanceledException)
                {
                    // The next second tries again; only the outcome matters.
                }
            }

            Volatile.Write(ref _saving, 0);
        } while (Volatile.Read(ref _grown) == 1 && Interlocked.Exchange(ref _saving, 1) == 0);
    }

    public void Dispose()
    {
        _end.Cancel();
        _end.Dispose();
    }
}
