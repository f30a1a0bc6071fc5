using Npgsql;
using Portal.Data;
using Portal.Hosting;

namespace Portal.Chat;

/// <summary>
/// Group commit: concurrent entries go to the database in one round trip and one commit, and each caller is notified
/// after the commit of its row. While a commit is under way, the next batch gathers. There is one writer, because a
/// commit costs PostgreSQL nearly the same for one row as for thirty: a second writer only turns one large batch into
/// two small ones, which costs a quarter of the throughput at 64 visitors.
/// </summary>
public sealed partial class JournalWriter : IWriteLoad, IAsyncDisposable
{
    // One locked row must not delay all others: after this time each entry runs alone.
    private const int BatchLockMilliseconds = 200;
    private const int SingleLockMilliseconds = 4_000;
    private const int MaxSingly = 4;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private readonly Databases _databases;
    private readonly TimeProvider _clock;
    private readonly ILogger<JournalWriter> _log;
    private readonly JournalQueue _queue;
    private readonly CancellationTokenSource _closing = new();
    private readonly SemaphoreSlim _singly = new(MaxSingly);
    private ITimer _patience = null!;
    private readonly Action _start;
    private long _awaySince;

    public JournalWriter(Databases databases, TimeProvider clock, ILogger<JournalWriter> log)
    {
        (_databases, _clock, _log, _queue) = (databases, clock, log, new(clock));
        _start = () => _ = RunAsync();
        OwnContext.Run(() =>
            _patience = clock.CreateTimer(_ => ChatMeters.JournalRefused(_queue.Tire()), null, Pause, Pause)
        );
    }

    /// <inheritdoc cref="JournalQueue.IsBusy"/>
    public bool IsBusy => _queue.IsBusy;

    /// <summary>Whether its queue is empty.</summary>
    public bool IsIdle => _queue.IsEmpty;

    /// <summary>Returns when the entry stands in the database.</summary>
    /// <exception cref="JournalUnavailableException">It does not, as far as we know, and its caller should wait no
    /// longer.</exception>
    internal Task<T> WriteAsync<T>(JournalEntry<T> entry)
    {
        if (!_queue.TryAdd(entry, onlyFirst: IsHopeless(entry), out var starts))
        {
            ChatMeters.JournalRefused(1);
            return Task.FromException<T>(new JournalUnavailableException());
        }

        if (starts)
        {
            // Runs on the caller's own thread until the batch is sent, so that no thread has to be woken for it; but
            // outside the caller's context, because batches hold entries of others.
            OwnContext.Run(_start);
        }

        return entry.Written;
    }

    // While the database is unavailable, what may be refused is refused at once, because it would only pile up. When no
    // writer is active anymore, the next entry starts one.
    private bool IsHopeless(JournalEntry entry) =>
        entry.MayBeRefused
        && Volatile.Read(ref _awaySince) is not 0 and var since
        && _clock.GetElapsedTime(since) > entry.CallerPatience;

    private async Task RunAsync()
    {
        List<JournalEntry> batch = [],
            standing = [];
        while (_queue.Take(batch))
        {
            var writing = WriteAsync(batch);

            // PostgreSQL has the next batch by now and need not wait until all callers of the previous one are
            // notified.
            Tell(standing);
            await writing;
            (batch, standing) = (standing, batch);
        }

        Tell(standing);
    }

    /// <summary>
    /// Leaves in the list the entries that are committed and whose callers have not been notified yet.
    /// </summary>
    private async Task WriteAsync(List<JournalEntry> batch)
    {
        while (batch.Count > 0 && !await TryWriteAsync(batch))
        {
            await Task.Delay(Pause, _clock, _closing.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (_closing.IsCancellationRequested)
            {
                Fail(batch, new JournalUnavailableException());
            }
        }
    }

    /// <summary>
    /// False when the database is unavailable and the rest of the batch has to be written again; every statement is
    /// idempotent. Otherwise the rest is committed.
    /// </summary>
    private async Task<bool> TryWriteAsync(List<JournalEntry> entries)
    {
        entries.RemoveAll(entry => entry.IsOver);
        if (entries.Count == 0)
        {
            return true;
        }

        try
        {
            await CommitAsync(entries, BatchLockMilliseconds);
            Volatile.Write(ref _awaySince, 0);
        }
        catch (Exception error)
            when (error is JournalMismatchException || (error is PostgresException postgres && !IsAway(postgres)))
        {
            // One of the entries is wrong or locked. The others must not suffer for it.
            Splitting(error is PostgresException { SqlState: var state } ? state : error.Message, entries.Count);
            foreach (var entry in entries)
            {
                _ = WriteSinglyAsync(entry);
            }

            entries.Clear();
        }
        catch (Exception error)
            when (error.IsDatabaseAway
                || error is NpgsqlException or System.Net.Sockets.SocketException or TimeoutException or IOException
            )
        {
            return NoteAway(error, entries.Count);
        }
        catch (Exception error)
        {
            // A bug of ours. The writer continues, and each caller gets the exception.
            Broken(error, entries.Count);
            Fail(entries, error);
        }

        return true;
    }

    private async Task WriteSinglyAsync(JournalEntry entry)
    {
        await _singly.WaitAsync();
        try
        {
            while (!entry.IsOver)
            {
                try
                {
                    await CommitAsync([entry], SingleLockMilliseconds);
                    Tell([entry]);
                    return;
                }
                catch (Exception error) when (error.IsDatabaseAway)
                {
                    await Task.Delay(Pause, _clock, _closing.Token);
                }
            }
        }
        catch (Exception error)
        {
            Fail([entry], error);
        }
        finally
        {
            _singly.Release();
        }
    }

    private async Task CommitAsync(IReadOnlyList<JournalEntry> entries, int lockMilliseconds)
    {
        var started = _clock.GetTimestamp();
        await JournalBatch.CommitAsync(_databases.Journal, entries, lockMilliseconds);
        ChatMeters.JournalBatch(entries.Count, _clock.GetElapsedTime(started));
    }

    private void Tell(List<JournalEntry> standing)
    {
        _queue.Settle(standing);
        foreach (var entry in standing)
        {
            entry.Complete();
        }

        standing.Clear();
    }

    private void Fail(List<JournalEntry> entries, Exception error)
    {
        entries.ForEach(entry => entry.Fail(error));
        _queue.Settle(entries);
        entries.Clear();
    }

    private bool NoteAway(Exception error, int count)
    {
        if (Interlocked.CompareExchange(ref _awaySince, _clock.GetTimestamp(), 0) == 0)
        {
            Away(error.Message, count);
        }

        return false;
    }

    // These errors come from a locked row, not from the server, so the batch is split.
    private static bool IsAway(PostgresException error) =>
        error.IsDatabaseAway
        && error.SqlState
            is not (
                PostgresErrorCodes.LockNotAvailable
                or PostgresErrorCodes.DeadlockDetected
                or PostgresErrorCodes.SerializationFailure
            );

    [LoggerMessage(Level = LogLevel.Warning, Message = "The journal cannot write, {Count} entries are waiting: {Why}")]
    private partial void Away(string why, int count);

    [LoggerMessage(
        Level = LogLevel.Debug,
        Message = "A batch of {Count} entries failed ({State}); its entries are written one by one."
    )]
    private partial void Splitting(string state, int count);

    [LoggerMessage(Level = LogLevel.Error, Message = "A batch of {Count} could not be written.")]
    private partial void Broken(Exception error, int count);

    /// <summary>Writes the remaining entries, as long as the database accepts them.</summary>
    public async ValueTask DisposeAsync()
    {
        await Task.WhenAny(_queue.CloseAsync(), Task.Delay(TimeSpan.FromSeconds(JournalBatch.CommandSeconds)));
        await _closing.CancelAsync();
        await _patience.DisposeAsync();
    }
}

/// <summary>
/// The database returned a row that was not in the batch, for example because somebody's trigger has changed its id.
/// </summary>
public sealed class JournalMismatchException(Guid id)
    : Exception($"The journal returned {id}, which is not among its entries.");
