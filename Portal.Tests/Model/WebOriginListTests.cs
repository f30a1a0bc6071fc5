using Portal.Model;

namespace Portal.Tests.Model;

public sealed class WebOriginListTests
{
    [Theory]
    [InlineData("https://www.example.com", "https://www.example.com")]
    [InlineData("HTTPS://Www.Example.COM/", "https://www.example.com")]
    [InlineData("www.example.com", "https://www.example.com")]
    [InlineData("https://example.com/shop/sofas?id=7#top", "https://example.com")]
    [InlineData("https://example.com:443", "https://example.com")]
    [InlineData("http://example.com:80", "http://example.com")]
    [InlineData("https://example.com:8443", "https://example.com:8443")]
    [InlineData("http://localhost:5081", "http://localhost:5081")]
    [InlineData("http://127.0.0.1:8080", "http://127.0.0.1:8080")]
    [InlineData("http://[::1]:8080", "http://[::1]:8080")]
    [InlineData("https://bücher.example", "https://xn--bcher-kva.example")]
    [InlineData("https://*.Example.com", "https://*.example.com")]
    [InlineData("*.example.com:8443/", "https://*.example.com:8443")]
    [InlineData("https://*.bücher.example", "https://*.xn--bcher-kva.example")]
    [InlineData(
        "  https://a.example \r\n\r\n https://b.example\nhttps://a.example/",
        "https://a.example,https://b.example"
    )]
    [InlineData("", "")]
    public void What_people_type_becomes_what_browsers_send(string typed, string expected)
    {
        var (origins, error) = WebOrigin.Parse(typed);

        Assert.Null(error);
        Assert.Equal(expected, string.Join(',', origins));
    }

    [Theory]
    [InlineData("*")]
    [InlineData("https://*")]
    [InlineData("https://*.com")]
    [InlineData("https://shop.*.example.com")]
    [InlineData("https://www*.example.com")]
    [InlineData("https://*.*.example.com")]
    [InlineData("ftp://example.com")]
    [InlineData("javascript://example.com")]
    [InlineData("https://maya:secret@example.com")]
    [InlineData("https://exa mple.com")]
    [InlineData("https://example..com")]
    [InlineData("https://-example.com")]
    [InlineData("https://example.com:99999")]
    [InlineData("https://")]
    [InlineData("null,")]
    [InlineData("https://*.127.0.0.1")]
    public void What_is_no_website_is_refused_with_a_sentence(string typed)
    {
        var (origins, error) = WebOrigin.Parse($"https://www.example.com\n{typed}");

        Assert.NotNull(error);
        Assert.EndsWith(".", error, StringComparison.Ordinal);
        Assert.Empty(origins);
    }

    [Theory]
    [InlineData("https://*.bücher.example:8443", "https://shop.xn--bcher-kva.example:8443", true)]
    [InlineData("https://*.example.com", "https://evil-example.com", false)]
    [InlineData("WWW.example.com:443", "https://www.example.com", true)]
    [InlineData("http://[::1]:8080", "http://[::1]:8080", true)]
    public void The_chat_path_understands_what_is_stored(string typed, string origin, bool allowed) =>
        Assert.Equal(allowed, WebOrigin.Allow(WebOrigin.Parse(typed).Origins, WebOrigin.Normalize(origin)!));

    [Fact]
    public void More_than_fifty_are_refused() =>
        Assert.NotNull(
            WebOrigin.Parse(string.Join('\n', Enumerable.Range(1, 51).Select(i => $"https://shop{i}.example"))).Error
        );
}
