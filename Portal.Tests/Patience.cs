using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Portal.Tests;

/// <summary>How long a test waits for what must come, so that what never comes is a failure with a name and not a run without an end.</summary>
internal static class Patience
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    public static Task Patiently(this Task awaited) => awaited.WaitAsync(Limit);

    public static Task<T> Patiently<T>(this Task<T> awaited) => awaited.WaitAsync(Limit);

    /// <summary>Asks again and again until it is so.</summary>
    public static async Task UntilAsync(Func<Task<bool>> isSo, [CallerArgumentExpression(nameof(isSo))] string? what = null)
    {
        var waited = Stopwatch.StartNew();
        while (!await isSo())
        {
            Assert.True(waited.Elapsed < Limit, $"Waited {waited.Elapsed} in vain for: {what}");
            await Task.Delay(5);
        }
    }
}
