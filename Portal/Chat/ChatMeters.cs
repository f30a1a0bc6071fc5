using System.Diagnostics.Metrics;

namespace Portal.Chat;

/// <summary>OpenTelemetry metrics of the chat path. They cost next to nothing when nobody collects them.</summary>
public static class ChatMeters
{
    public const string Name = "Portal.Chat";

    private static readonly Meter s_meter = new(Name);

    private static readonly Histogram<int> s_batchSize = s_meter.CreateHistogram(
        "portal.journal.batch.size",
        "{entry}",
        "Entries that shared one commit.",
        advice: new InstrumentAdvice<int> { HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64, 128, 256] }
    );

    private static readonly Histogram<double> s_commit = s_meter.CreateHistogram(
        "portal.journal.commit.duration",
        "s",
        "From a batch's first byte to its commit.",
        advice: new InstrumentAdvice<double>
        {
            HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
        }
    );

    private static readonly Counter<long> s_messages = s_meter.CreateCounter<long>(
        "portal.messages",
        "{message}",
        "Messages of visitors, by outcome."
    );

    private static readonly Counter<long> s_refused = s_meter.CreateCounter<long>(
        "portal.journal.refused",
        "{entry}",
        "Entries that the journal refused, so that the caller has to retry."
    );

    public static void JournalBatch(int entries, TimeSpan duration)
    {
        s_batchSize.Record(entries);
        s_commit.Record(duration.TotalSeconds);
    }

    public static void JournalRefused(int entries) => s_refused.Add(entries);

    /// <param name="outcome">answered, failed, late …</param>
    /// <param name="error">The error's name in <c>webhook_errors</c>, of a failed message.</param>
    public static void Message(string outcome, string? error = null)
    {
        if (error is null)
        {
            s_messages.Add(1, new KeyValuePair<string, object?>("outcome", outcome));
        }
        else
        {
            s_messages.Add(
                1,
                new KeyValuePair<string, object?>("outcome", outcome),
                new KeyValuePair<string, object?>("error.type", error)
            );
        }
    }
}
