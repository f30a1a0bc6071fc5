using System.Globalization;

namespace Scale;

/// <summary>What a process has in memory, as Linux counts it.</summary>
internal static class Memory
{
    public static double ResidentMegabytes(int process)
    {
        // "VmRSS:     123456 kB"
        var line = File.ReadLines($"/proc/{process}/status")
            .First(line => line.StartsWith("VmRSS", StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture)
            / 1024;
    }
}
