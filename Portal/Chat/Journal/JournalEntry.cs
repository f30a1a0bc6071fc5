namespace Portal.Chat;

/// <summary>One thing to be written into the journal, and somebody who waits until it is.</summary>
internal abstract class JournalEntry
{
    /// <summary>How it is written.</summary>
    public abstract JournalKind Kind { get; }

    /// <summary>A message that nobody has accepted yet may be refused; an answer that came is kept for as long as there is hope.</summary>
    public virtual bool MayBeRefused => false;

    /// <summary>How long the caller waits.</summary>
    public virtual TimeSpan CallerPatience => TimeSpan.FromSeconds(10);

    /// <summary>After this nobody tries to write it any more.</summary>
    public virtual TimeSpan Patience => TimeSpan.FromMinutes(2);

    public long QueuedAt { get; set; }

    protected abstract bool IsDone { get; }

    /// <summary>Whether it need not be written any more.</summary>
    public bool IsOver(TimeProvider clock)
    {
        if (!IsDone && clock.GetElapsedTime(QueuedAt) > Patience)
        {
            Fail(new JournalUnavailableException());
        }

        return IsDone;
    }

    /// <summary>Tells the caller; called after the commit.</summary>
    public abstract void Complete();

    public abstract void Fail(Exception error);
}

/// <typeparam name="T">What the statement says about it.</typeparam>
internal abstract class JournalEntry<T> : JournalEntry
{
    private readonly T _unless;


    // The callers' work must not run on the lane: it has the next batch to write.
    private readonly TaskCompletionSource<T> _written = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="unless">What holds when the statement says nothing about this entry.</param>
    protected JournalEntry(T unless) => Result = _unless = unless;

    /// <summary>Set from the statement's rows; each try begins anew.</summary>
    public T Result { protected get; set; }

    public Task<T> Written => _written.Task;

    protected override bool IsDone => _written.Task.IsCompleted;

    public void Reset() => Result = _unless;

    public override void Complete() => _written.TrySetResult(Result);

    public override void Fail(Exception error) => _written.TrySetException(error);
}
