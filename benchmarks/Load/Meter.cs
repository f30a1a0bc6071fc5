using System.Globalization;
using System.IO.MemoryMappedFiles;
using Portal.Data;

namespace Load;

/// <summary>What processes have used, as Linux counts it.</summary>
internal static class Meter
{
    private static readonly double TicksPerSecond = 100; // USER_HZ, which is this everywhere

    /// <summary>Processor time of one process, and of its children that have ended.</summary>
    public static TimeSpan Cpu(int process)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{process}/stat");
            // The name in parentheses may hold anything; the fields after it are numbered from 3.
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return TimeSpan.FromSeconds(
                fields[11..15].Sum(field => double.Parse(field, CultureInfo.InvariantCulture)) / TicksPerSecond
            );
        }
        catch (IOException)
        {
            return TimeSpan.Zero;
        }
    }

    /// <summary>PostgreSQL with all its server processes.</summary>
    public static TimeSpan PostgresCpu(string data) =>
        EmbeddedPostgresProcesses.In(data).Aggregate(TimeSpan.Zero, (sum, process) => sum + Cpu(process));

    /// <summary>
    /// By a process that runs with the probe: bytes allocated, and methods compiled, once more for better code
    /// included.
    /// </summary>
    public static (long Allocated, long Compiled) Runtime(string probe)
    {
        using var file = MemoryMappedFile.CreateFromFile(probe, FileMode.Open);
        using var view = file.CreateViewAccessor();
        return (view.ReadInt64(0), view.ReadInt64(sizeof(long)));
    }
}
