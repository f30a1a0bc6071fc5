using System.Text.Json;
using Portal.Model;

namespace Portal.Chat;

internal static class JournalValues
{
    public static string? Json<T>(IReadOnlyList<T> items) =>
        items.Count == 0 ? null : JsonSerializer.Serialize(items, WidgetConfig.Json);

    public static int Milliseconds(TimeSpan latency) => (int)Math.Min(latency.TotalMilliseconds, int.MaxValue);
}
