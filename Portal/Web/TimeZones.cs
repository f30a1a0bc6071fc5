using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Mvc.Rendering;

namespace Portal.Web;

/// <summary>The time zones that a client can choose, by their IANA names.</summary>
public static partial class TimeZones
{
    private static readonly string[] s_regions =
    [
        "Europe",
        "Africa",
        "America",
        "Asia",
        "Atlantic",
        "Australia",
        "Indian",
        "Pacific",
    ];

    // On other systems names are files, and any path would be accepted.
    [GeneratedRegex(@"^(UTC|[A-Z][A-Za-z]+(/[A-Za-z0-9_+-]+){1,2})$", RegexOptions.CultureInvariant)]
    private static partial Regex Name();

    /// <summary>By region and city, UTC first.</summary>
    public static IReadOnlyList<SelectListItem> ForSelect()
    {
        var groups = s_regions.ToDictionary(region => region, region => new SelectListGroup { Name = region });
        return
        [
            new SelectListItem("UTC", "UTC"),
            .. TimeZoneInfo
                .GetSystemTimeZones()
                .Where(zone => zone.HasIanaId && groups.ContainsKey(zone.Id.Split('/')[0]) && zone.Id.Contains('/'))
                .OrderBy(zone => Array.IndexOf(s_regions, zone.Id.Split('/')[0]))
                .ThenBy(zone => zone.Id, StringComparer.Ordinal)
                .Select(zone => new SelectListItem(
                    zone.Id[(zone.Id.IndexOf('/') + 1)..].Replace('_', ' ').Replace("/", ", "),
                    zone.Id
                )
                {
                    Group = groups[zone.Id.Split('/')[0]],
                }),
        ];
    }

    extension(TimeZoneInfo zone)
    {
        /// <summary>
        /// The current abbreviation, such as <c>CET</c> or <c>CEST</c>; <c>UTC+3</c> for a zone without one.
        /// </summary>
        public string Abbreviation(DateTimeOffset at)
        {
            var offset = zone.GetUtcOffset(at);
            var rule = Rule().Match(RuleOf(zone.Id));
            var isStandard = rule.Success && offset == OffsetOf(rule);
            return rule.Groups[isStandard ? "standard" : "summer"] is { Success: true } name ? name.Value
                : offset == TimeSpan.Zero ? "UTC"
                : $"UTC{(offset < TimeSpan.Zero ? "−" : "+")}{offset.ToString(offset.Minutes == 0 ? "%h" : @"h\:mm", CultureInfo.InvariantCulture)}";
        }
    }

    // .NET has no abbreviations. The last line of a zone's file has them, such as CET-1CEST,M3.5.0,M10.5.0/3 (RFC 9636,
    // section 3.3).
    private static string RuleOf(string id)
    {
        var file = Path.Combine(Environment.GetEnvironmentVariable("TZDIR") ?? "/usr/share/zoneinfo", id);
        return File.Exists(file) ? Encoding.ASCII.GetString(File.ReadAllBytes(file)).TrimEnd('\n').Split('\n')[^1] : "";
    }

    // POSIX counts west of Greenwich, so the sign is reversed.
    private static TimeSpan OffsetOf(Match rule)
    {
        var offset = new TimeSpan(
            int.Parse(rule.Groups["hours"].Value, CultureInfo.InvariantCulture),
            rule.Groups["minutes"] is { Success: true } minutes
                ? int.Parse(minutes.Value, CultureInfo.InvariantCulture)
                : 0,
            0
        );
        return rule.Groups["west"].Value == "-" ? offset : -offset;
    }

    // Names in angle brackets are numbers, such as <+03>.
    [GeneratedRegex(
        @"^(?:(?<standard>[A-Za-z]+)|<[^>]+>)(?<west>[+-]?)(?<hours>\d+)(?::(?<minutes>\d+))?(?:(?<summer>[A-Za-z]+)|<[^>]+>)?",
        RegexOptions.CultureInvariant
    )]
    private static partial Regex Rule();

    public static bool TryFind(string? id, [NotNullWhen(true)] out TimeZoneInfo? zone)
    {
        zone = null;
        return id is not null
            && Name().IsMatch(id)
            && TimeZoneInfo.TryFindSystemTimeZoneById(id, out zone)
            && zone.HasIanaId;
    }
}
