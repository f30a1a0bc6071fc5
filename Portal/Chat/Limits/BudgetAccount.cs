namespace Portal.Chat;

/// <summary>The usage of one budget, and when the next one begins.</summary>
/// <param name="Limit">0: without limit.</param>
public sealed record Budget(long Used, int Limit, DateTimeOffset Ends);

/// <summary>
/// One widget's budgets as this process knows them: what all replicas have saved, and what this one has still to save.
/// </summary>
public sealed class BudgetAccount(Guid widget)
{
    private int _unwritten;
    private volatile bool _isAsked;
    private volatile Known? _known;

    public Guid Widget => widget;

    /// <summary>
    /// Whether there is something to save, or somebody was refused, in which case the limit may have been raised since.
    /// </summary>
    public bool IsDue => Volatile.Read(ref _unwritten) > 0 || _isAsked;

    public bool IsIdle(DateTimeOffset now) => !IsDue && _known is { } known && known.Day.Ends <= now;

    public void Spend() => Interlocked.Increment(ref _unwritten);

    public TimeSpan? Exhausted(DateTimeOffset now)
    {
        if (_known is not { } known)
        {
            return null;
        }

        var wait = (Wait(known.Day, now), Wait(known.Month, now)) switch
        {
            ({ } day, { } month) => day > month ? day : month,
            var (day, month) => day ?? month,
        };
        _isAsked |= wait is not null;
        return wait;
    }

    public int Take()
    {
        _isAsked = false;
        return Interlocked.Exchange(ref _unwritten, 0);
    }

    public void PutBack(int messages) => Interlocked.Add(ref _unwritten, messages);

    public void Stands(Budget day, Budget month) => _known = new(day, month);

    private TimeSpan? Wait(Budget budget, DateTimeOffset now) =>
        budget.Limit > 0 && now < budget.Ends && budget.Used + Volatile.Read(ref _unwritten) >= budget.Limit
            ? budget.Ends - now
            : null;

    private sealed record Known(Budget Day, Budget Month);
}
