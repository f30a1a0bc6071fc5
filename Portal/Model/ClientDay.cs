using Microsoft.EntityFrameworkCore;

namespace Portal.Model;

/// <summary>A day by a client's own clock: 23 to 25 hours between two of its midnights.</summary>
public readonly record struct ClientDay(DateOnly Date, DateTimeOffset From, DateTimeOffset Until)
{
    public static ClientDay Of(DateTimeOffset now, TimeZoneInfo zone) =>
        On(DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(now, zone).DateTime), zone);

    public static ClientDay On(DateOnly date, TimeZoneInfo zone) => new(date, Start(date, zone), Start(date.AddDays(1), zone));

    private static DateTimeOffset Start(DateOnly date, TimeZoneInfo zone)
    {
        var midnight = date.ToDateTime(TimeOnly.MinValue);

        // Where clocks go forward at midnight, the day starts at one; where they go back, at the first of the two midnights.
        while (zone.IsInvalidTime(midnight))
        {
            midnight = midnight.AddMinutes(15);
        }

        var offset = zone.IsAmbiguousTime(midnight) ? zone.GetAmbiguousTimeOffsets(midnight).Max() : zone.GetUtcOffset(midnight);
        return new DateTimeOffset(midnight, offset).ToUniversalTime();
    }
}

public static class ClientClock
{
    extension(PortalDb db)
    {
        /// <summary>The zone of the entered client; UTC when this machine does not know its name.</summary>
        public async Task<TimeZoneInfo> ZoneAsync(CancellationToken abort)
        {
            var name = await db.Clients.Select(c => c.TimeZone).SingleOrDefaultAsync(abort);
            return name is not null && TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) ? zone : TimeZoneInfo.Utc;
        }
    }
}
