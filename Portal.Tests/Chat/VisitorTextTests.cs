using Portal.Audit;
using Portal.Chat;

namespace Portal.Tests.Chat;

public sealed class VisitorTextTests
{
    [Theory]
    [InlineData("  hello \n", "hello")]
    [InlineData("a\0b\u0007c", "abc")]
    [InlineData("line\nline\tend", "line\nline\tend")]
    [InlineData("😀", "😀")]
    [InlineData(null, "")]
    [InlineData(" \0 ", "")]
    public void Text_becomes_fit_for_the_database(string? text, string clean) =>
        Assert.Equal(clean, VisitorText.Clean(text));

    [Fact]
    public void Half_a_character_is_replaced() =>
        Assert.Equal("half \ufffd emoji", VisitorText.Clean($"half {'\ud83d'} emoji"));

    [Fact]
    public void A_cut_never_goes_through_a_character() => Assert.Equal("ab", VisitorText.Cut("ab😀", 3));

    [Theory]
    [InlineData("https://shop.example/sofas?email=me@example.com#top", "https://shop.example/sofas")]
    [InlineData("javascript:alert(1)", null)]
    [InlineData("not a page", null)]
    [InlineData(null, null)]
    public void A_page_is_kept_without_its_query(string? url, string? kept) =>
        Assert.Equal(kept, VisitorText.PageUrl(url));
}
