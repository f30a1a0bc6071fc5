using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Mvc.Rendering;

namespace Portal.Infrastructure;

/// <summary>The zones a client can live in, by their IANA names.</summary>
public static class TimeZones
{
    private static readonly string[] s_regions = ["Europe", "Africa", "America", "Asia", "Atlantic", "Australia", "Indian", "Pacific"];

    /// <summary>City by city under its region, UTC first.</summary>
    public static IReadOnlyList<SelectListItem> ForSelect()
    {
        var groups = s_regions.ToDictionary(region => region, region => new SelectListGroup { Name = region });
        return
        [
            new SelectListItem("UTC", "UTC"),
            .. TimeZoneInfo.GetSystemTimeZones()
                .Where(zone => zone.HasIanaId && groups.ContainsKey(zone.Id.Split('/')[0]) && zone.Id.Contains('/'))
                .OrderBy(zone => Array.IndexOf(s_regions, zone.Id.Split('/')[0])).ThenBy(zone => zone.Id, StringComparer.Ordinal)
                .Select(zone => new SelectListItem(zone.Id[(zone.Id.IndexOf('/') + 1)..].Replace('_', ' ').Replace("/", ", "), zone.Id) { Group = groups[zone.Id.Split('/')[0]] }),
        ];
    }

    public static bool TryFind(string? id, [NotNullWhen(true)] out TimeZoneInfo? zone)
    {
        zone = null;
        return id is not null && TimeZoneInfo.TryFindSystemTimeZoneById(id, out zone) && zone.HasIanaId;
    }
}
