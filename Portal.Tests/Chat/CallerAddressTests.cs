using System.Net;
using Portal.Web;

namespace Portal.Tests.Chat;

public sealed class CallerAddressTests
{
    [Theory]
    [InlineData("203.0.113.7", "203.0.113.7")]
    [InlineData("::ffff:203.0.113.7", "203.0.113.7")]
    [InlineData("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64")]
    [InlineData("2001:db8:1:2:ffff::", "2001:db8:1:2::/64")]
    [InlineData("fe80::1%3", "fe80::/64")]
    public void An_address_counts_as_far_as_one_caller_reaches(string address, string expected) =>
        Assert.Equal(expected, CallerAddress.Of(IPAddress.Parse(address)));
}
