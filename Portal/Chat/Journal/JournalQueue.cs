namespace Portal.Chat;

/// <summary>The journal's queue, and who writes next. Thread-safe.</summary>
internal sealed class JournalQueue(TimeProvider clock)
{
    private const int MaxBatch = 256;
    private const int MaxQueued = 5_000;
    private const int Busy = 16;

    // Between two batches of a busy minute there is a moment in which the queue is nearly empty.
    private static readonly TimeSpan BusyFor = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly HashSet<JournalEntry> _outstanding = [];
    private readonly List<JournalEntry> _waiting = [];
    private readonly HashSet<Guid> _apart = [];
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isTaken;
    private bool _isClosed;
    private long _busyAt;

    /// <summary>Whether the queue is, or just was, so long that work without urgency should pause.</summary>
    public bool IsBusy => Volatile.Read(ref _busyAt) is not 0 and var at && clock.GetElapsedTime(at) < BusyFor;

    public bool IsEmpty => _outstanding.Count == 0;

    /// <summary>False when there are too many, or nothing is taken any more.</summary>
    /// <param name="onlyFirst">It is taken only if nobody else waits.</param>
    /// <param name="starts">Nobody takes batches just now: who brings this entry begins.</param>
    public bool TryAdd(JournalEntry entry, bool onlyFirst, out bool starts)
    {
        entry.QueuedAt = clock.GetTimestamp();
        starts = false;
        lock (_gate)
        {
            if (_isClosed || _outstanding.Count >= MaxQueued || (onlyFirst && _outstanding.Count > 0))
            {
                return false;
            }

            _outstanding.Add(entry);
            _waiting.Add(entry);
            if (_outstanding.Count >= Busy)
            {
                Volatile.Write(ref _busyAt, entry.QueuedAt);
            }

            starts = !_isTaken;
            _isTaken = true;
            return true;
        }
    }

    /// <summary>
    /// The waiting entries that can share a batch. False when there are none, and the next entry starts a new writer.
    /// </summary>
    public bool Take(List<JournalEntry> batch)
    {
        lock (_gate)
        {
            batch.Clear();
            _apart.Clear();
            var left = 0;
            for (var i = 0; i < _waiting.Count; i++)
            {
                var entry = _waiting[i];
                if (entry.IsOver)
                {
                    continue;
                }

                if (batch.Count < MaxBatch && (entry.Apart is not { } apart || _apart.Add(apart)))
                {
                    batch.Add(entry);
                }
                else
                {
                    _waiting[left++] = entry;
                }
            }

            _waiting.RemoveRange(left, _waiting.Count - left);
            _isTaken = batch.Count > 0;
            if (_isClosed && !_isTaken)
            {
                _drained.TrySetResult();
            }

            return _isTaken;
        }
    }

    /// <summary>Nobody waits for these anymore.</summary>
    public void Settle(IReadOnlyList<JournalEntry> entries)
    {
        lock (_gate)
        {
            foreach (var entry in entries)
            {
                _outstanding.Remove(entry);
            }
        }
    }

    /// <summary>
    /// Refuses the waiting entries that may be refused, so that they are not written after their callers were refused.
    /// </summary>
    /// <returns>How many callers were told so.</returns>
    public int Tire()
    {
        List<JournalEntry>? over = null;
        var told = 0;
        lock (_gate)
        {
            foreach (var entry in _outstanding)
            {
                told += entry.Tire(clock.GetElapsedTime(entry.QueuedAt)) ? 1 : 0;
                if (entry.IsOver)
                {
                    (over ??= []).Add(entry);
                }
            }
        }

        if (over is not null)
        {
            Settle(over);
        }

        return told;
    }

    /// <summary>Accepts no more entries; completes when the last batch is done.</summary>
    public Task CloseAsync()
    {
        lock (_gate)
        {
            _isClosed = true;
            if (!_isTaken)
            {
                _drained.TrySetResult();
            }
        }

        return _drained.Task;
    }
}
