using Microsoft.AspNetCore.DataProtection;
using Portal.Secrets;

namespace Portal.Tests.Secrets;

/// <summary>Sealed texts come back from browsers and links, where anybody may have written them.</summary>
public sealed class SealedTextTests
{
    private readonly IDataProtectionProvider _protection = new EphemeralDataProtectionProvider();

    [Fact]
    public void What_was_sealed_opens_for_the_same_purpose_only()
    {
        var sealedText = _protection.CreateProtector("one").Protect("text");

        Assert.Equal("text", _protection.CreateProtector("one").Open(sealedText));
        Assert.Null(_protection.CreateProtector("other").Open(sealedText));
        Assert.Null(new EphemeralDataProtectionProvider().CreateProtector("one").Open(sealedText));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("no base64 at all!")]
    [InlineData("CfDJ8AAAAAAAAAAAAAAAAAAAAAA")]
    public void What_nobody_sealed_opens_nothing(string? text) =>
        Assert.Null(_protection.CreateProtector("one").Open(text));

    [Fact]
    public void What_is_over_opens_nothing()
    {
        IDataProtector seal = _protection.CreateProtector("one").ToTimeLimitedDataProtector();
        var (over, good) = (
            ((ITimeLimitedDataProtector)seal).Protect("text", DateTimeOffset.UtcNow.AddMinutes(-1)),
            ((ITimeLimitedDataProtector)seal).Protect("text", DateTimeOffset.UtcNow.AddMinutes(10))
        );

        Assert.Null(seal.Open(over));
        Assert.Equal("text", seal.Open(good));
    }
}
