using System.Diagnostics.Metrics;

namespace Portal.Jobs;

/// <summary>Metrics of background jobs.</summary>
internal static class JobMeters
{
    private static readonly Meter s_meter = new("Portal.Jobs");

    private static readonly Counter<long> s_runs = s_meter.CreateCounter<long>(
        "portal.job.runs",
        "{run}",
        "Runs of background jobs that ended on this replica, by outcome."
    );

    private static readonly Counter<long> s_items = s_meter.CreateCounter<long>(
        "portal.job.items",
        "{item}",
        "Items that these runs processed."
    );

    public static void Ended(string job, bool hasFailed, int items)
    {
        var name = new KeyValuePair<string, object?>("job.name", job);
        s_runs.Add(1, name, new KeyValuePair<string, object?>("outcome", hasFailed ? "failed" : "done"));
        s_items.Add(items, name);
    }
}
