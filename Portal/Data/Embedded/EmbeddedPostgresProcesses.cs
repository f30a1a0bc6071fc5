using System.Diagnostics;
using System.Globalization;

namespace Portal.Data;

/// <summary>
/// Finds the processes of servers that use a data folder, without trusting the files that a killed one has left.
/// </summary>
internal static class EmbeddedPostgresProcesses
{
    /// <summary>Every PostgreSQL process whose working folder is the data folder, as it always is.</summary>
    public static IEnumerable<int> In(string data) =>
        from folder in Directory.EnumerateDirectories("/proc")
        let id = int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var number) ? number : 0
        where id > 0 && IsIn(data, folder)
        select id;

    /// <summary>Whether the process with that id is one of them.</summary>
    public static bool IsIn(string data, int id) =>
        IsIn(data, Path.Combine("/proc", id.ToString(CultureInfo.InvariantCulture)));

    private static bool IsIn(string data, string process) =>
        LinkOf(process, "cwd") == data
        && Path.GetFileName(LinkOf(process, "exe")) is "postgres" or "postgres (deleted)";

    public static async Task KillAsync(string data, CancellationToken cancellationToken)
    {
        foreach (var id in In(data).ToList())
        {
            try
            {
                using var process = Process.GetProcessById(id);
                process.Kill();
            }
            catch (ArgumentException)
            {
                // It has ended already.
            }
        }

        // Not Process.WaitForExitAsync: where nobody reaps dead processes, it takes them for running ones.
        while (In(data).Any())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), cancellationToken);
        }
    }

    private static string? LinkOf(string process, string name)
    {
        try
        {
            return new FileInfo(Path.Combine(process, name)).LinkTarget;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // ended meanwhile, or another user's
        }
    }
}
