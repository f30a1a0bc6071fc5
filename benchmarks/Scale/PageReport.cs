using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Scale;

/// <summary>Prints the tables of a run and writes them as JSON.</summary>
internal static class PageReport
{
    private const double Budget = 100;

    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>0 when every page kept the budget, else 1.</summary>
    public static async Task<int> WriteAsync(
        IEnumerable<PageTimes> pages,
        IReadOnlyDictionary<string, double> figures,
        object seeded,
        string? file
    )
    {
        var lines = pages
            .Select(page => new
            {
                page.Name,
                P50 = At(page.Times, 0.5),
                P95 = At(page.Times, 0.95),
                Max = page.Times[^1],
                Kept = At(page.Times, 0.95) <= Budget,
            })
            .ToList();
        Console.WriteLine("| page | p50 ms | p95 ms | max ms | |");
        Console.WriteLine("|---|---:|---:|---:|---|");
        foreach (var line in lines)
        {
            Console.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"| {line.Name} | {line.P50:0.0} | {line.P95:0.0} | {line.Max:0.0} | {(line.Kept ? "" : "over the budget")} |"
                )
            );
        }

        Console.WriteLine();
        Console.WriteLine("| work | s, or as it says |");
        Console.WriteLine("|---|---:|");
        foreach (var (what, figure) in figures)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {what} | {figure:0.0} |"));
        }

        if (file is not null)
        {
            var machine = new
            {
                Cores = Environment.ProcessorCount,
                Processor = File.ReadLines("/proc/cpuinfo")
                    .FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))
                    ?.Split(':', 2)[1]
                    .Trim(),
                Load = (await File.ReadAllTextAsync("/proc/loadavg")).Trim(),
            };
            await File.WriteAllTextAsync(
                file,
                JsonSerializer.Serialize(
                    new
                    {
                        At = DateTimeOffset.UtcNow,
                        Machine = machine,
                        Seeded = seeded,
                        Pages = lines,
                        Figures = figures,
                    },
                    s_json
                ) + "\n"
            );
        }

        return lines.TrueForAll(line => line.Kept) ? 0 : 1;
    }

    private static double At(double[] sorted, double share) =>
        sorted[(int)Math.Min(sorted.Length - 1, Math.Ceiling(sorted.Length * share) - 1)];
}
