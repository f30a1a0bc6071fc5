namespace Portal.Model;

/// <summary>A day in a client's time zone: the 23 to 25 hours between two of its midnights.</summary>
public readonly record struct ClientDay(DateOnly Date, DateTimeOffset From, DateTimeOffset Until)
{
    public static ClientDay Of(DateTimeOffset now, TimeZoneInfo zone) =>
        On(DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(now, zone).DateTime), zone);

    // Dates out of this range would have midnights that cannot be represented, so they mean the first or last day.
    private static readonly DateOnly s_first = new(1900, 1, 1);
    private static readonly DateOnly s_last = new(2999, 12, 31);

    /// <summary>That day, or the nearest one between the years 1900 and 2999.</summary>
    public static ClientDay On(DateOnly date, TimeZoneInfo zone)
    {
        var day =
            date < s_first ? s_first
            : date > s_last ? s_last
            : date;
        return new(day, Start(day, zone), Start(day.AddDays(1), zone));
    }

    /// <summary>From the start of the first day until the end of the last; null where there is no limit.</summary>
    public static (DateTimeOffset? Since, DateTimeOffset? Until) Span(
        DateOnly? first,
        DateOnly? last,
        TimeZoneInfo zone
    ) =>
        (
            first is { } from ? On(from, zone).From : null,
            last is { } to && to < DateOnly.MaxValue ? On(to, zone).Until : null
        );

    private static DateTimeOffset Start(DateOnly date, TimeZoneInfo zone)
    {
        var midnight = date.ToDateTime(TimeOnly.MinValue);

        // Where clocks go forward at midnight, the day starts at one; where they go back, at the first of the two
        // midnights.
        while (zone.IsInvalidTime(midnight))
        {
            midnight = midnight.AddMinutes(15);
        }

        var offset = zone.IsAmbiguousTime(midnight)
            ? zone.GetAmbiguousTimeOffsets(midnight).Max()
            : zone.GetUtcOffset(midnight);
        return new DateTimeOffset(midnight, offset).ToUniversalTime();
    }
}
