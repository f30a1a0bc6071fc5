namespace Portal.Jobs;

/// <summary>
/// Background work. It may be interrupted at any moment and run again: each batch leaves consistent data.
/// </summary>
public interface IJob
{
    /// <summary>Works in bounded batches and reports after each how many items it processed.</summary>
    Task RunAsync(JobProgress progress, CancellationToken cancellationToken);
}

/// <param name="Name">As it stands in <c>job_runs</c>, for good.</param>
/// <param name="Title">What admins call it.</param>
/// <param name="What">What it does, in a sentence for admins.</param>
/// <param name="Every">At most once in each such span, counted from midnight UTC.</param>
public sealed record JobInfo(string Name, string Title, string What, TimeSpan Every, Type Type);

/// <summary>The progress of a run.</summary>
public sealed class JobProgress
{
    private int _items;

    public int Items => _items;

    public void Did(int items) => Interlocked.Add(ref _items, items);
}
