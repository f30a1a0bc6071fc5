using Portal.Data;

namespace Portal.Chat;

/// <summary>One thing to be written into the journal, and somebody who waits until it is.</summary>
internal abstract class JournalEntry
{
    /// <summary>How it is written.</summary>
    public abstract JournalKind Kind { get; }

    /// <summary>Two entries with the same of these do not go together; null for one that goes with any.</summary>
    public virtual Guid? Apart => null;

    /// <summary>A message that nobody has accepted yet may be refused; an answer that came is kept for as long as there is hope.</summary>
    public virtual bool MayBeRefused => false;

    /// <summary>How long the caller waits.</summary>
    public virtual TimeSpan CallerPatience => TimeSpan.FromSeconds(10);

    /// <summary>After this nobody tries to write it any more.</summary>
    public virtual TimeSpan Patience => TimeSpan.FromMinutes(2);

    public long QueuedAt { get; set; }

    /// <summary>Whether it need not be written any more.</summary>
    public bool IsOver { get; private set; }

    /// <summary>Tells the caller; called after the commit.</summary>
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

    /// <summary>Who has waited long enough is told so, whether or not it is written later.</summary>
    /// <returns>Whether the caller heard of it only now.</returns>
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

    // The callers' work must not run on the writer: it has the next batch to write.
    private readonly TaskCompletionSource<T> _written = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="unless">What holds when the statement says nothing about this entry.</param>
    protected JournalEntry(T unless) => Result = _unless = unless;

    /// <summary>Set from the statement's rows; each try begins anew.</summary>
    public T Result { protected get; set; }

    public Task<T> Written => _written.Task;

    public void Reset() => Result = _unless;

    protected override void Tell() => _written.TrySetResult(Result);

    protected override bool Tell(Exception error) => _written.TrySetException(error);
}
