using System.Security.Cryptography;
using Portal.Audit;
using Portal.Secrets;

namespace Portal.Tests.Secrets;

public sealed class SecretProtectorTests
{
    private static readonly SecretContext s_here = new(
        "widgets",
        "widget_secret",
        Guid.CreateVersion7(),
        Guid.CreateVersion7()
    );
    private readonly MasterKey _key = NewKey();

    private SecretProtector Box => new(new(_key));

    [Theory]
    [InlineData("")]
    [InlineData("s3cr3t")]
    [InlineData("-----BEGIN PRIVATE KEY-----\nö€😀\n")]
    public void What_was_sealed_opens_at_its_place(string secret)
    {
        var value = Box.Seal(secret, s_here);

        Assert.Equal(secret, Box.Open(value, s_here));
        Assert.True(SecretProtector.IsSealed(value));
        Assert.Matches($@"^enc1\.{_key.Id}\.[A-Za-z0-9_-]+$", value);
    }

    [Fact]
    public void The_same_secret_never_looks_the_same_twice() =>
        Assert.NotEqual(Box.Seal("s3cr3t", s_here), Box.Seal("s3cr3t", s_here));

    [Fact]
    public void It_opens_in_no_other_row_column_or_table()
    {
        var value = Box.Seal("s3cr3t", s_here);

        SecretContext[] elsewhere =
        [
            s_here with
            {
                Table = "users",
            },
            s_here with
            {
                Column = "webhook_auth_secret",
            },
            s_here with
            {
                ClientId = Guid.CreateVersion7(),
            },
            s_here with
            {
                WidgetId = Guid.CreateVersion7(),
            },
            s_here with
            {
                ClientId = s_here.WidgetId,
                WidgetId = s_here.ClientId,
            },
        ];

        Assert.All(elsewhere, place => Assert.ThrowsAny<CryptographicException>(() => Box.Open(value, place)));
    }

    [Fact]
    public void A_change_of_any_character_is_noticed()
    {
        var value = Box.Seal("s3cr3t", s_here);
        var body = value.LastIndexOf('.') + 1;

        for (var i = body; i < value.Length - 1; i++) // the last one may carry unused bits
        {
            var changed = $"{value[..i]}{(value[i] == 'A' ? 'B' : 'A')}{value[(i + 1)..]}";

            Assert.ThrowsAny<CryptographicException>(() => Box.Open(changed, s_here));
        }
    }

    [Theory]
    [InlineData("enc1.")]
    [InlineData("enc1.x")]
    [InlineData("enc1.x.y.z")]
    [InlineData("enc1.x.AAAA")]
    [InlineData("enc1.x.not base64!")]
    public void What_has_lost_its_form_is_refused(string value) =>
        Assert.Throws<CryptographicException>(() => Box.Open(value, s_here));

    [Fact]
    public void A_key_of_another_portal_opens_nothing()
    {
        var value = Box.Seal("s3cr3t", s_here);
        var other = NewKey();

        var refused = Assert.Throws<CryptographicException>(() => new SecretProtector(new(other)).Open(value, s_here));

        Assert.Contains(_key.Id, refused.Message, StringComparison.Ordinal);
        Assert.ThrowsAny<CryptographicException>(() =>
            new SecretProtector(new(other)).Open(value.Replace(_key.Id, other.Id, StringComparison.Ordinal), s_here)
        );
    }

    [Fact]
    public void After_a_change_of_keys_the_old_one_opens_and_the_new_one_seals()
    {
        var value = Box.Seal("s3cr3t", s_here);
        var rotated = new SecretProtector(new(NewKey(), _key));

        Assert.Equal("s3cr3t", rotated.Open(value, s_here));
        Assert.False(rotated.IsCurrent(value));
        Assert.True(rotated.IsCurrent(rotated.Seal("s3cr3t", s_here)));
    }

    [Fact]
    public void A_value_written_by_hand_is_what_it_says()
    {
        Assert.False(SecretProtector.IsSealed("changeme"));
        Assert.Equal("changeme", Box.Open("changeme", s_here));
    }

    private static MasterKey NewKey() => new(RandomNumberGenerator.GetBytes(MasterKey.Size));
}
