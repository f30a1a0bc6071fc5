using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Mvc.Rendering;

namespace Portal.Web;

/// <summary>The zones a client can live in, by their IANA names.</summary>
public static partial class TimeZones
{
    private static readonly string[] s_regions = ["Europe", "Africa", "America", "Asia", "Atlantic", "Australia", "Indian", "Pacific"];

    // Elsewhere names are files, and any way to write a file's path would do.
    [GeneratedRegex(@"^(UTC|[A-Z][A-Za-z]+(/[A-Za-z0-9_+-]+){1,2})$", RegexOptions.CultureInvariant)]
    private static partial Regex Name();

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
        return id is not null && Name().IsMatch(id) && TimeZoneInfo.TryFindSystemTimeZoneById(id, out zone) && zone.HasIanaId;
    }
}
