using Portal.Data;

namespace Portal.Chat;

/// <summary>One entry to be written into the journal, and the caller who waits for it.</summary>
internal abstract class JournalEntry
{
    /// <summary>How it is written.</summary>
    public abstract JournalKind Kind { get; }

    /// <summary>Two entries with the same key cannot share a batch; null for one that can share with any.</summary>
    public virtual Guid? Apart => null;

    /// <summary>
    /// A message that was not accepted yet may be refused; an answer that has arrived is kept as long as possible.
    /// </summary>
    public virtual bool MayBeRefused => false;

    /// <summary>How long the caller waits.</summary>
    public virtual TimeSpan CallerPatience => TimeSpan.FromSeconds(10);

    /// <summary>After this it is no longer written.</summary>
    public virtual TimeSpan Patience => TimeSpan.FromMinutes(2);

    public long QueuedAt { get; set; }

    /// <summary>Whether it need not be written anymore.</summary>
    public bool IsOver { get; private set; }

    /// <summary>Completes the caller's wait; called after the commit.</summary>
    public void Complete()
    {
        IsOver = true;
        Tell();
    }

    public void Fail(Exception error)
    {
        IsOver = true;
        Tell(error);
    }

    /// <summary>Tells a caller that it has waited too long, whether or not the entry is written later.</summary>
    /// <returns>Whether the caller was told only now.</returns>
    public bool Tire(TimeSpan waited)
    {
        IsOver |= waited > (MayBeRefused ? CallerPatience : Patience);
        return waited > CallerPatience && Tell(new JournalUnavailableException());
    }

    protected abstract void Tell();

    protected abstract bool Tell(Exception error);
}

/// <typeparam name="T">What the statement says about it.</typeparam>
internal abstract class JournalEntry<T> : JournalEntry
{
    private readonly T _unless;

    // Callers must not continue on the writer's thread: it has the next batch to write.
    private readonly TaskCompletionSource<T> _written = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="unless">What holds when the statement says nothing about this entry.</param>
    protected JournalEntry(T unless) => Result = _unless = unless;

    /// <summary>Set from the statement's rows; each attempt starts fresh.</summary>
    public T Result { protected get; set; }

    public Task<T> Written => _written.Task;

    public void Reset() => Result = _unless;

    protected override void Tell() => _written.TrySetResult(Result);

    protected override bool Tell(Exception error) => _written.TrySetException(error);
}
