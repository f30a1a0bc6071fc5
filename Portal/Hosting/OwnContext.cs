namespace Portal.Hosting;

/// <summary>
/// Starts work that outlives whoever happens to start it, such as a writer that all share: without their trace, their log scopes and
/// whatever else flows from call to call.
/// </summary>
internal static class OwnContext
{
    private static readonly ExecutionContext s_empty = Empty();

    /// <summary>Runs it here and now; what it starts stays without the caller's context.</summary>
    public static void Run(Action start) => ExecutionContext.Run(s_empty, static start => ((Action)start!)(), start);

    // A thread that inherits nothing is the one place where nothing flows.
    private static ExecutionContext Empty()
    {
        ExecutionContext? empty = null;
        var thread = new Thread(() => empty = ExecutionContext.Capture());
        thread.UnsafeStart();
        thread.Join();
        return empty!;
    }
}
