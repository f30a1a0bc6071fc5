using Portal.Model;

namespace Portal.Tests.Model;

public sealed class WebOriginTests
{
    [Theory]
    [InlineData("https://shop.example", "https://shop.example", true)]
    [InlineData("https://SHOP.example:443", "https://shop.example", true)]
    [InlineData("https://münchen.example", "https://xn--mnchen-3ya.example", true)]
    [InlineData("https://shop.example", "http://shop.example", false)]
    [InlineData("https://shop.example", "https://shop.example:8443", false)]
    [InlineData("https://shop.example", "https://www.shop.example", false)]
    [InlineData("https://shop.example", "https://evilshop.example", false)]
    [InlineData("https://shop.example", "https://shop.example.evil.test", false)]
    [InlineData("https://shop.example", "null", false)]
    [InlineData("https://shop.example", "", false)]
    [InlineData("https://*.shop.example", "https://www.shop.example", true)]
    [InlineData("https://*.shop.example", "https://a.b.shop.example", true)]
    [InlineData("https://*.shop.example", "https://shop.example", false)]
    [InlineData("https://*.shop.example", "https://evilshop.example", false)]
    [InlineData("https://*.shop.example", "http://www.shop.example", false)]
    [InlineData("https://*.shop.example", "https://www.shop.example:8443", false)]
    public void A_list_allows_what_it_names(string entry, string origin, bool allowed) =>
        Assert.Equal(allowed, WebOrigin.Allow([entry], origin));

    [Fact]
    public void An_empty_list_allows_every_website() => Assert.True(WebOrigin.Allow([], "https://anywhere.example"));

    [Theory]
    [InlineData("https://Shop.Example/path?query", "https://shop.example")]
    [InlineData("http://localhost:5081", "http://localhost:5081")]
    [InlineData("https://münchen.example:443", "https://xn--mnchen-3ya.example")]
    [InlineData("null", null)]
    [InlineData("file:///home", null)]
    [InlineData("shop.example", null)]
    public void An_address_has_one_spelling(string address, string? origin) =>
        Assert.Equal(origin, WebOrigin.Normalize(address));
}
