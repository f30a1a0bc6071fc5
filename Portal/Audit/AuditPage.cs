using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Portal.Model;

namespace Portal.Audit;

/// <summary>One page of the log.</summary>
/// <param name="Path">Of the page, for its links.</param>
/// <param name="ClientNames">For the platform's log, which covers every client; null for a client's own.</param>
public sealed record AuditPage(
    string Path,
    AuditFilter By,
    TimeZoneInfo Zone,
    IReadOnlyList<ChangeLog> Rows,
    bool HasOlder,
    bool HasNewer,
    IReadOnlyDictionary<Guid, string>? ClientNames
)
{
    public const int Size = 50;
    private const int ExportSize = 500;

    public static readonly string[] Columns =
    [
        "Time (UTC)",
        "Client",
        "Actor",
        "Role",
        "Viewing as client",
        "Action",
        "Subject",
        "Before",
        "After",
        "IP address",
        "Browser",
    ];

    /// <summary>Reads one page of the entries that match the filter.</summary>
    public static async Task<AuditPage> ReadAsync(
        IQueryable<ChangeLog> logs,
        string path,
        AuditFilter by,
        TimeZoneInfo zone,
        CancellationToken cancellationToken
    )
    {
        var (newer, older) = (Place.Parse(by.Newer), Place.Parse(by.Older));
        var matching = by.Apply(logs.AsNoTracking(), zone);
        var page = newer is not null
            ? newer.After(matching).OrderBy(log => log.OccurredAt).ThenBy(log => log.Id)
            : (older?.Before(matching) ?? matching)
                .OrderByDescending(log => log.OccurredAt)
                .ThenByDescending(log => log.Id);
        var rows = await page.Take(Size + 1).ToListAsync(cancellationToken);
        var more = rows.Count > Size;
        rows = rows[..Math.Min(rows.Count, Size)];
        if (newer is not null)
        {
            rows.Reverse();
        }

        return new(
            path,
            by,
            zone,
            rows,
            newer is not null || more,
            newer is not null ? more : older is not null,
            ClientNames: null
        );
    }

    /// <summary>
    /// All entries that match the filter, newest first, in short reads: a slow download holds no transaction open.
    /// </summary>
    public static async IAsyncEnumerable<object?[]> ExportAsync(
        Func<Func<IQueryable<ChangeLog>, IQueryable<ChangeLog>>, Task<List<ChangeLog>>> read,
        AuditFilter by,
        TimeZoneInfo zone,
        Func<Guid, string?> nameOf,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        Place? last = null;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var place = last;
            var rows = await read(logs =>
            {
                var matching = by.Apply(logs, zone);
                return (place?.Before(matching) ?? matching)
                    .OrderByDescending(log => log.OccurredAt)
                    .ThenByDescending(log => log.Id)
                    .Take(ExportSize);
            });
            foreach (var log in rows)
            {
                yield return
                [
                    log.OccurredAt.UtcDateTime.ToString(
                        "yyyy-MM-dd HH:mm:ss",
                        System.Globalization.CultureInfo.InvariantCulture
                    ),
                    log.ClientId is { } client ? nameOf(client) : null,
                    log.ActorName,
                    log.ActorRole.ToString(),
                    log.AsClient ? "yes" : "",
                    log.Action,
                    log.SubjectName,
                    Line(log.Before),
                    Line(log.After),
                    log.Address?.ToString(),
                    log.Browser,
                ];
            }

            if (rows.Count < ExportSize)
            {
                yield break;
            }

            last = new(rows[^1].OccurredAt, rows[^1].Id);
        }
    }

    /// <summary>The fields that changed, in the order of their names, as people read them.</summary>
    /// <param name="zone">The time zone in which times are shown.</param>
    public static IReadOnlyList<Change> Changes(ChangeLog log, TimeZoneInfo zone)
    {
        var (before, after) = (Read(log.Before), Read(log.After));
        return
        [
            .. before
                .Keys.Union(after.Keys)
                .Order(StringComparer.Ordinal)
                .Select(field => new Change(
                    AuditFields.LabelOf(field),
                    AuditFields.ValueOf(field, before.GetValueOrDefault(field), zone),
                    AuditFields.ValueOf(field, after.GetValueOrDefault(field), zone)
                )),
        ];
    }

    private static string Line(string? json) =>
        string.Join("; ", Read(json).Select(field => $"{field.Key}: {field.Value}"));

    private static Dictionary<string, string> Read(string? json) =>
        json is null ? [] : JsonSerializer.Deserialize<Dictionary<string, string>>(json)!;

    public sealed record Change(string Field, string? Before, string? After);
}
