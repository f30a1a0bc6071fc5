using System.Security.Cryptography;
using Portal.Audit;
using Portal.Chat;

namespace Portal.Tests.Chat;

public sealed class SessionTokenTests
{
    private static readonly byte[] Secret = RandomNumberGenerator.GetBytes(32);
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_795_346_647);
    private readonly SessionToken _token = new(
        Guid.CreateVersion7(),
        Guid.CreateVersion7(),
        3,
        "https://shop.example:8443",
        Now
    );

    [Fact]
    public void What_was_signed_is_read_back() =>
        Assert.Equal(_token, SessionToken.Read(_token.Sign(Secret), _token.WidgetId, Secret));

    [Fact]
    public void Another_widgets_token_is_refused() =>
        Assert.Null(SessionToken.Read(_token.Sign(Secret), Guid.CreateVersion7(), Secret));

    [Fact]
    public void A_new_secret_ends_every_token() =>
        Assert.Null(SessionToken.Read(_token.Sign(Secret), _token.WidgetId, RandomNumberGenerator.GetBytes(32)));

    [Fact]
    public void No_single_character_can_be_changed_or_left_out()
    {
        var text = _token.Sign(Secret);

        for (var i = 0; i < text.Length; i++)
        {
            var changed = text[..i] + (text[i] == 'x' ? 'y' : 'x') + text[(i + 1)..];
            // The last character of each part holds bits that base64 drops; everything else must count.
            var read = SessionToken.Read(changed, _token.WidgetId, Secret);
            Assert.True(read is null || read == _token, $"Changed at {i}.");
            Assert.Null(SessionToken.Read(text[..i], _token.WidgetId, Secret));
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("vs1.")]
    [InlineData("vs1..")]
    [InlineData("vs1.AAAA.AAAA")]
    [InlineData("vs1.%%%.%%%")]
    [InlineData("vs2.AAAA.AAAA")]
    public void What_is_no_token_is_refused(string? text) =>
        Assert.Null(SessionToken.Read(text, _token.WidgetId, Secret));

    [Fact]
    public void An_oversized_token_is_refused_unread() =>
        Assert.Null(SessionToken.Read("vs1." + new string('A', 10_000) + ".AAAA", _token.WidgetId, Secret));

    [Fact]
    public void It_sends_for_half_an_hour_and_clocks_may_differ_by_a_minute()
    {
        Assert.True(_token.MaySend(Now));
        Assert.True(_token.MaySend(Now.AddSeconds(-59)));
        Assert.True(_token.MaySend(Now.AddMinutes(30)));
        Assert.False(_token.MaySend(Now.AddMinutes(31)));
        Assert.False(_token.MaySend(Now.AddMinutes(-2)));
    }
}
