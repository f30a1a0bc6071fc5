using System.Globalization;
using Portal.Model;

namespace Portal.Tests.Model;

public sealed class ClientDayTests
{
    [Theory]
    [InlineData("UTC", "2026-11-22T23:30Z", "2026-11-22", "2026-11-22T00:00Z", 24)]
    [InlineData("Europe/Berlin", "2026-11-22T23:30Z", "2026-11-23", "2026-11-22T23:00Z", 24)]
    [InlineData("America/New_York", "2026-11-23T04:59Z", "2026-11-22", "2026-11-22T05:00Z", 24)]
    [InlineData("Pacific/Kiritimati", "2026-11-22T10:00Z", "2026-11-23", "2026-11-22T10:00Z", 24)]
    [InlineData("Asia/Kathmandu", "2026-11-22T18:14Z", "2026-11-22", "2026-11-21T18:15Z", 24)]
    [InlineData("Europe/Berlin", "2026-03-29T12:00Z", "2026-03-29", "2026-03-28T23:00Z", 23)]
    [InlineData("Europe/Berlin", "2026-10-25T12:00Z", "2026-10-25", "2026-10-24T22:00Z", 25)]
    [InlineData("America/Sao_Paulo", "2018-11-04T12:00Z", "2018-11-04", "2018-11-04T03:00Z", 23)] // no midnight: 00:00 became 01:00
    [InlineData("America/Havana", "2026-11-01T12:00Z", "2026-11-01", "2026-11-01T04:00Z", 25)] // 01:00 became 00:00: two midnights
    public void A_day_lies_between_two_midnights_of_the_clients_own_clock(
        string zone,
        string now,
        string date,
        string from,
        int hours
    )
    {
        var day = ClientDay.Of(
            DateTimeOffset.Parse(now, CultureInfo.InvariantCulture),
            TimeZoneInfo.FindSystemTimeZoneById(zone)
        );

        Assert.Equal(DateOnly.Parse(date, CultureInfo.InvariantCulture), day.Date);
        Assert.Equal(DateTimeOffset.Parse(from, CultureInfo.InvariantCulture), day.From);
        Assert.Equal(TimeSpan.FromHours(hours), day.Until - day.From);
    }
}
