using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Portal.Chat;

namespace Load;

/// <summary>The table on the screen, the same as JSON, and whether every budget was kept.</summary>
internal sealed class Report(Options options)
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly List<Line> _lines = [];
    private readonly List<Budget> _budgets = [];
    private readonly DateTimeOffset _started = DateTimeOffset.UtcNow;

    public void Begin(string scenario)
    {
        Console.WriteLine();
        Console.WriteLine($"── {scenario}");
    }

    public void Say(FormattableString text) => Console.WriteLine("   " + FormattableString.Invariant(text));

    /// <summary>One stretch of load; several of the same name are one line with their medians.</summary>
    public void Add(string scenario, string subject, Figures figures)
    {
        _lines.Add(new(scenario, subject, figures));
        Say(
            $"{scenario, -22} {subject, -10} {figures.PerSecond, 7:0}/s  p50 {figures.P50, 7:0.00}  p99 {figures.P99, 7:0.00}  p99.9 {figures.P999, 7:0.00} ms  cpu {figures.CpuPerMessage, 5:0.00} + pg {figures.PostgresCpuPerMessage, 5:0.00} ms  alloc {figures.KilobytesPerMessage, 6:0.0} kB  {figures.Megabytes, 4:0} MB  failed {figures.Failed}"
        );
        if (figures.FirstFailure is { } failure)
        {
            Say($"   the first failure: {failure}");
        }
    }

    public double Median(string scenario, string subject, Func<Figures, double> figure)
    {
        var sorted = _lines
            .Where(line => line.Scenario == scenario && line.Subject == subject)
            .Select(line => figure(line.Figures))
            .Order()
            .ToArray();
        return sorted.Length == 0 ? double.NaN : (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    public void AtLeast(string what, double figure, double least, string unit = "") =>
        Judge(new(what, figure, $"≥ {Text(least)}", unit, figure >= least));

    public void AtMost(string what, double figure, double most, string unit = "") =>
        Judge(new(what, figure, $"≤ {Text(most)}", unit, figure <= most));

    private void Judge(Budget budget)
    {
        _budgets.Add(budget);
        Say(
            $"{(budget.Kept ? "✓" : "✗")} {budget.What}: {Text(budget.Figure)}{budget.Unit} ({budget.Limit}{budget.Unit})"
        );
    }

    public async Task<int> FinishAsync()
    {
        var medians = _lines
            .GroupBy(line => (line.Scenario, line.Subject))
            .Select(group => new
            {
                group.Key.Scenario,
                group.Key.Subject,
                Rounds = group.Count(),
                Failed = group.Sum(line => line.Figures.Failed),
                PerSecond = Of(group.Key, figures => figures.PerSecond),
                P50 = Of(group.Key, figures => figures.P50),
                P95 = Of(group.Key, figures => figures.P95),
                P99 = Of(group.Key, figures => figures.P99),
                P999 = Of(group.Key, figures => figures.P999),
                CpuMilliseconds = Of(group.Key, figures => figures.CpuPerMessage),
                PostgresCpuMilliseconds = Of(group.Key, figures => figures.PostgresCpuPerMessage),
                Kilobytes = Of(group.Key, figures => figures.KilobytesPerMessage),
                Megabytes = Of(group.Key, figures => figures.Megabytes),
            })
            .ToList();

        Console.WriteLine();
        Console.WriteLine(
            $"Medians of {options.Rounds} rounds; times in ms without the bot's own; CPU, PostgreSQL's CPU and allocations for each message"
        );
        Console.WriteLine("| load | | /s | p50 | p99 | p99.9 | CPU ms | PostgreSQL ms | kB | MB |");
        Console.WriteLine("|---|---|---:|---:|---:|---:|---:|---:|---:|---:|");
        foreach (var m in medians)
        {
            Console.WriteLine(
                FormattableString.Invariant(
                    $"| {m.Scenario} | {m.Subject} | {m.PerSecond:0} | {m.P50:0.0} | {m.P99:0.0} | {m.P999:0.0} | {m.CpuMilliseconds:0.00} | {m.PostgresCpuMilliseconds:0.00} | {m.Kilobytes:0} | {m.Megabytes:0} |"
                )
            );
        }

        Console.WriteLine();
        Console.WriteLine("| budget | measured | limit | |");
        Console.WriteLine("|---|---:|---:|---|");
        foreach (var budget in _budgets)
        {
            Console.WriteLine(
                $"| {budget.What} | {Text(budget.Figure)}{budget.Unit} | {budget.Limit}{budget.Unit} | {(budget.Kept ? "kept" : "missed")} |"
            );
        }

        if (options.Results is { } file)
        {
            var machine = new
            {
                Cores = Environment.ProcessorCount,
                Processor = Processor(),
                Memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (1024 * 1024),
                System = Environment.OSVersion.ToString(),
                Runtime = Environment.Version.ToString(),
                Load = File.ReadAllText("/proc/loadavg").Trim(),
            };
            await File.WriteAllTextAsync(
                file,
                JsonSerializer.Serialize(
                    new
                    {
                        Started = _started,
                        Took = DateTimeOffset.UtcNow - _started,
                        options.IsQuick,
                        Machine = machine,
                        Loads = medians,
                        Budgets = _budgets,
                    },
                    s_json
                ) + "\n"
            );
        }

        return _budgets.All(budget => budget.Kept) ? 0 : 1;

        double Of((string Scenario, string Subject) key, Func<Figures, double> figure) =>
            Median(key.Scenario, key.Subject, figure);
    }

    private static string Processor() =>
        File.ReadLines("/proc/cpuinfo")
            .FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))
            ?.Split(':', 2)[1]
            .Trim()
        ?? "unknown";

    private static string Text(double figure) =>
        figure.ToString(Math.Abs(figure) is >= 100 or 0 ? "0" : "0.00", CultureInfo.InvariantCulture);

    private sealed record Line(string Scenario, string Subject, Figures Figures);

    private sealed record Budget(string What, double Figure, string Limit, string Unit, bool Kept);
}
