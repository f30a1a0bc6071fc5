namespace Portal.Hosting;

/// <summary>
/// Starts work that outlives its caller, such as a shared writer, without the caller's trace, log scopes and other
/// flowing context.
/// </summary>
internal static class OwnContext
{
    private static readonly ExecutionContext s_empty = Empty();

    /// <summary>Runs it on this thread; what it starts does not get the caller's context.</summary>
    public static void Run(Action start) => ExecutionContext.Run(s_empty, static start => ((Action)start!)(), start);

    // Only a new thread with suppressed flow inherits nothing.
    private static ExecutionContext Empty()
    {
        ExecutionContext? empty = null;
        var thread = new Thread(() => empty = ExecutionContext.Capture());
        thread.UnsafeStart();
        thread.Join();
        return empty!;
    }
}
