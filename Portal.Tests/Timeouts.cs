using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Portal.Tests;

/// <summary>How long a test waits for what must come, so that what never comes is a failure with a name and not a run without an end.</summary>
internal static class Timeouts
{
    /// <remarks>Long enough for a portal to start while seventy other programs want the processor.</remarks>
    public static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    /// <summary>
    /// What a promise of seconds may take here, where other programs have the processor too: the promise, and many times what the same thing
    /// took in this run when nothing was in the way.
    /// </summary>
    public static TimeSpan Allowing(this TimeSpan promised, TimeSpan calm) => (promised * 3) + (calm * 20);

    public static Task Patiently(this Task awaited) => awaited.WaitAsync(Limit);

    public static Task<T> Patiently<T>(this Task<T> awaited) => awaited.WaitAsync(Limit);

    /// <summary>Asks again and again until it is so.</summary>
    public static async Task UntilAsync(
        Func<Task<bool>> isSo,
        [CallerArgumentExpression(nameof(isSo))] string? what = null
    )
    {
        var waited = Stopwatch.StartNew();
        while (!await isSo())
        {
            Assert.True(waited.Elapsed < Limit, $"Waited {waited.Elapsed} in vain for: {what}");
            await Task.Delay(5);
        }
    }
}
