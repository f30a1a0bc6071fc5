using System.Threading.Channels;
using Npgsql;
using Portal.Infrastructure;

namespace Portal.Chat;

/// <summary>
/// Group commit: whatever is to be written at the same time goes to the database in one round trip and one commit, and everybody is
/// told after the commit that holds their row. While a commit is under way, the next batch gathers.
/// </summary>
public sealed partial class JournalWriter : IAsyncDisposable
{
    // Two, so that a lonely message need not wait for the commit before it to end. More would only make batches smaller.
    private const int Lanes = 2;
    private const int MaxBatch = 256;
    private const int MaxQueued = 5_000;

    // One row that somebody holds must not keep all others waiting: after this each entry goes by itself.
    private const int BatchLockMilliseconds = 200;
    private const int SingleLockMilliseconds = 4_000;
    private const int CommandSeconds = 5;
    private const int MaxSingly = 4;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private readonly Databases _databases;
    private readonly TimeProvider _clock;
    private readonly ILogger<JournalWriter> _log;
    private readonly Channel<JournalEntry> _queue = Channel.CreateBounded<JournalEntry>(new BoundedChannelOptions(MaxQueued) { FullMode = BoundedChannelFullMode.Wait });
    private readonly CancellationTokenSource _closing = new();
    private readonly SemaphoreSlim _singly = new(MaxSingly);
    private readonly Task _lanes;
    private long _awaySince;

    public JournalWriter(Databases databases, TimeProvider clock, ILogger<JournalWriter> log)
    {
        (_databases, _clock, _log) = (databases, clock, log);
        _lanes = Task.WhenAll(Enumerable.Range(0, Lanes).Select(_ => Task.Run(RunAsync)));
    }

    /// <summary>Returns when the entry stands in the database.</summary>
    /// <exception cref="JournalUnavailableException">It does not, as far as we know, and its caller should wait no longer.</exception>
    internal async Task<T> WriteAsync<T>(JournalEntry<T> entry)
    {
        // While the database is away, what may be refused is refused at once: it would only pile up here.
        if (entry.MayBeRefused && Volatile.Read(ref _awaySince) is not 0 and var since && _clock.GetElapsedTime(since) > entry.CallerPatience)
        {
            ChatMeters.JournalRefused();
            throw new JournalUnavailableException();
        }

        entry.QueuedAt = _clock.GetTimestamp();
        if (!_queue.Writer.TryWrite(entry))
        {
            ChatMeters.JournalRefused();
            throw new JournalUnavailableException();
        }

        try
        {
            return await entry.Written.WaitAsync(entry.CallerPatience, _clock);
        }
        catch (TimeoutException)
        {
            if (entry.MayBeRefused)
            {
                entry.Fail(new JournalUnavailableException());
            }

            ChatMeters.JournalRefused();
            throw new JournalUnavailableException();
        }
    }

    private async Task RunAsync()
    {
        var entries = new List<JournalEntry>(MaxBatch);
        while (await _queue.Reader.WaitToReadAsync())
        {
            while (entries.Count < MaxBatch && _queue.Reader.TryRead(out var entry))
            {
                entries.Add(entry);
            }

            while (entries.Count > 0 && !await TryWriteAsync(entries))
            {
                // Whoever has been told to come again later is not written behind their back, as far as we can help it.
                entries.RemoveAll(entry => entry.IsOver(_clock));
                await Task.Delay(Pause, _clock, _closing.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (_closing.IsCancellationRequested)
                {
                    entries.ForEach(entry => entry.Fail(new JournalUnavailableException()));
                    entries.Clear();
                }
            }

            entries.Clear();
        }
    }

    /// <summary>False when the database is away, and all of it has to be written again. Every statement may be repeated.</summary>
    private async Task<bool> TryWriteAsync(List<JournalEntry> entries)
    {
        entries.RemoveAll(entry => entry.IsOver(_clock));
        if (entries.Count == 0)
        {
            return true;
        }

        try
        {
            await CommitAsync(entries, BatchLockMilliseconds);
            Volatile.Write(ref _awaySince, 0);
        }
        catch (PostgresException error) when (!IsAway(error))
        {
            // One of them is wrong or has to wait. The others must not suffer for it.
            Splitting(error.SqlState, entries.Count);
            foreach (var entry in entries)
            {
                _ = WriteSinglyAsync(entry);
            }
        }
        catch (Exception error) when (error.IsDatabaseAway || error is NpgsqlException or System.Net.Sockets.SocketException or TimeoutException or IOException)
        {
            return NoteAway(error, entries.Count);
        }
        catch (Exception error)
        {
            // A fault of ours. The lane goes on, and each asker gets to know.
            Broken(error, entries.Count);
            entries.ForEach(entry => entry.Fail(error));
        }

        return true;
    }

    private async Task WriteSinglyAsync(JournalEntry entry)
    {
        await _singly.WaitAsync();
        try
        {
            while (!entry.IsOver(_clock))
            {
                try
                {
                    await CommitAsync([entry], SingleLockMilliseconds);
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
            entry.Fail(error);
        }
        finally
        {
            _singly.Release();
        }
    }

    private async Task CommitAsync(IReadOnlyList<JournalEntry> entries, int lockMilliseconds)
    {
        var started = _clock.GetTimestamp();
        await using (var connection = await _databases.Journal.OpenConnectionAsync())
        {
            await using var batch = new NpgsqlBatch(connection) { Timeout = CommandSeconds };
            var kinds = JournalBatch.ByKind(entries);
            batch.BatchCommands.Add(JournalBatch.Settings(lockMilliseconds));
            foreach (var (kind, members) in kinds)
            {
                kind.AddTo(batch, members);
            }

            await using var reader = await batch.ExecuteReaderAsync();
            foreach (var (kind, members) in kinds)
            {
                await kind.ReadAsync(reader, members);
            }

            // The commit comes with the end of the answer, and so does its failing.
            while (await reader.NextResultAsync())
            {
            }
        }

        ChatMeters.JournalBatch(entries.Count, _clock.GetElapsedTime(started));
        foreach (var entry in entries)
        {
            entry.Complete();
        }
    }

    private bool NoteAway(Exception error, int count)
    {
        if (Interlocked.CompareExchange(ref _awaySince, _clock.GetTimestamp(), 0) == 0)
        {
            Away(error.Message, count);
        }

        return false;
    }

    // These come from a row that is held, not from the server: a batch is split on them.
    private static bool IsAway(PostgresException error) =>
        error.IsDatabaseAway && error.SqlState is not (PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The journal cannot write, {Count} entries are waiting: {Why}")]
    private partial void Away(string why, int count);

    [LoggerMessage(Level = LogLevel.Debug, Message = "A batch of {Count} did not go through together ({State}); each is written by itself.")]
    private partial void Splitting(string state, int count);

    [LoggerMessage(Level = LogLevel.Error, Message = "A batch of {Count} could not be written.")]
    private partial void Broken(Exception error, int count);

    /// <summary>Writes what waits still, for as long as the database lets us.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await Task.WhenAny(_lanes, Task.Delay(TimeSpan.FromSeconds(CommandSeconds)));
        await _closing.CancelAsync();
    }
}

/// <summary>The database does not take messages just now. Nothing has been promised: the caller may come again.</summary>
public sealed class JournalUnavailableException() : Exception("The journal cannot be written at this moment.");
