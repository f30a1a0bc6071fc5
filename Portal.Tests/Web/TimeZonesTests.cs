using System.Globalization;
using Portal.Web;

namespace Portal.Tests.Web;

public sealed class TimeZonesTests
{
    [Theory]
    [InlineData("Europe/Berlin", "2026-01-15T12:00:00Z", "CET")]
    [InlineData("Europe/Berlin", "2026-07-15T12:00:00Z", "CEST")]
    [InlineData("Europe/Dublin", "2026-01-15T12:00:00Z", "GMT")]
    [InlineData("Europe/Dublin", "2026-07-15T12:00:00Z", "IST")]
    [InlineData("America/New_York", "2026-07-15T12:00:00Z", "EDT")]
    [InlineData("Asia/Tokyo", "2026-07-15T12:00:00Z", "JST")]
    [InlineData("America/Sao_Paulo", "2026-07-15T12:00:00Z", "UTC−3")]
    [InlineData("Asia/Kathmandu", "2026-07-15T12:00:00Z", "UTC+5:45")]
    [InlineData("UTC", "2026-07-15T12:00:00Z", "UTC")]
    public void A_moment_has_the_abbreviation_that_people_of_its_zone_use(string zone, string at, string expected)
    {
        Assert.True(TimeZones.TryFind(zone, out var known));
        Assert.Equal(expected, known.Abbreviation(DateTimeOffset.Parse(at, CultureInfo.InvariantCulture)));
    }
}
