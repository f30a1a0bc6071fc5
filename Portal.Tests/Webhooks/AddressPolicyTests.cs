using System.Net;
using Microsoft.Extensions.Options;
using Portal.Audit;
using Portal.Webhooks;

namespace Portal.Tests.Webhooks;

public sealed class AddressPolicyTests
{
    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("0.1.2.3")]
    [InlineData("10.0.0.1")]
    [InlineData("100.64.0.1")]
    [InlineData("100.127.255.254")]
    [InlineData("127.0.0.1")]
    [InlineData("127.255.255.254")]
    [InlineData("169.254.169.254")]
    [InlineData("172.16.0.1")]
    [InlineData("172.31.255.254")]
    [InlineData("192.0.0.1")]
    [InlineData("192.0.0.192")]
    [InlineData("192.0.2.1")]
    [InlineData("192.88.99.1")]
    [InlineData("192.168.1.1")]
    [InlineData("198.18.0.1")]
    [InlineData("198.19.255.254")]
    [InlineData("198.51.100.1")]
    [InlineData("203.0.113.1")]
    [InlineData("224.0.0.1")]
    [InlineData("239.255.255.255")]
    [InlineData("240.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("168.63.129.16")]
    [InlineData("::")]
    [InlineData("::1")]
    [InlineData("::127.0.0.1")]
    [InlineData("::8.8.8.8")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("::ffff:10.0.0.1")]
    [InlineData("::ffff:169.254.169.254")]
    [InlineData("::ffff:0:127.0.0.1")]
    [InlineData("64:ff9b::127.0.0.1")]
    [InlineData("64:ff9b::10.0.0.1")]
    [InlineData("64:ff9b:1::1")]
    [InlineData("100::1")]
    [InlineData("2001::1")]
    [InlineData("2001:0:4136:e378:8000:63bf:3fff:fdd2")]
    [InlineData("2001:2::1")]
    [InlineData("2001:20::1")]
    [InlineData("2001:db8::1")]
    [InlineData("2002:7f00:1::")]
    [InlineData("2002:a00:1::1")]
    [InlineData("3fff::1")]
    [InlineData("5f00::1")]
    [InlineData("fc00::1")]
    [InlineData("fd00:ec2::254")]
    [InlineData("fe80::1")]
    [InlineData("fe80::1%1")]
    [InlineData("fec0::1")]
    [InlineData("ff02::1")]
    [InlineData("4000::1")]
    public void An_address_that_is_not_public_is_refused(string address) =>
        Assert.False(Policy().Allows(IPAddress.Parse(address)));

    [Theory]
    [InlineData("8.8.8.8")]
    [InlineData("1.1.1.1")]
    [InlineData("100.63.255.255")]
    [InlineData("100.128.0.1")]
    [InlineData("172.15.255.255")]
    [InlineData("172.32.0.1")]
    [InlineData("192.167.255.255")]
    [InlineData("198.17.255.255")]
    [InlineData("223.255.255.254")]
    [InlineData("::ffff:8.8.8.8")]
    [InlineData("2606:4700:4700::1111")]
    [InlineData("2a00:1450:4001:80e::200e")]
    public void A_public_address_is_fine(string address) => Assert.True(Policy().Allows(IPAddress.Parse(address)));

    [Fact]
    public void The_operator_opens_a_network_and_only_that()
    {
        var policy = Policy(settings => settings.AllowedNetworks = ["10.20.0.0/16", "fd12:3456::/32"]);

        Assert.True(policy.Allows(IPAddress.Parse("10.20.3.4")));
        Assert.True(policy.Allows(IPAddress.Parse("::ffff:10.20.3.4")));
        Assert.True(policy.Allows(IPAddress.Parse("fd12:3456::1")));
        Assert.False(policy.Allows(IPAddress.Parse("10.21.0.1")));
        Assert.False(policy.Allows(IPAddress.Parse("127.0.0.1")));
    }

    [Fact]
    public void The_operator_closes_a_public_network_of_their_own() =>
        Assert.False(Policy(settings => settings.DeniedNetworks = ["8.8.8.0/24"]).Allows(IPAddress.Parse("8.8.8.8")));

    [Fact]
    public void An_opened_endpoint_is_one_host_and_one_port()
    {
        var policy = Policy(settings =>
            settings.AllowedTargets = ["127.0.0.1:5082", "n8n.internal:5678", "[::1]:5083"]
        );

        Assert.True(policy.IsOpened("127.0.0.1", 5082));
        Assert.True(policy.IsOpened("N8N.internal", 5678));
        Assert.True(policy.IsOpened("::1", 5083));
        Assert.False(policy.IsOpened("127.0.0.1", 5432));
        Assert.False(policy.IsOpened("127.0.0.2", 5082));
        Assert.False(policy.IsOpened("x.n8n.internal", 5678));
    }

    private static AddressPolicy Policy(Action<WebhookOptions>? tune = null)
    {
        var settings = new WebhookOptions();
        tune?.Invoke(settings);
        return new AddressPolicy(Options.Create(settings));
    }
}
