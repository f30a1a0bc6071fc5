using System.Security.Cryptography;
using Microsoft.AspNetCore.WebUtilities;
using Portal.Model;

namespace Portal.Tests.Model;

/// <summary>Tokens of links, cookies and headers: how they are made, and what the database keeps of them.</summary>
public sealed class SecretTokenTests
{
    [Theory]
    [InlineData(16, 22)]
    [InlineData(32, 43)]
    public void A_token_is_base64url_and_its_hash_is_of_its_bytes(int bytes, int length)
    {
        var token = SecretToken.Create(bytes);

        Assert.Equal(length, token.Text.Length);
        Assert.Matches("^[A-Za-z0-9_-]+$", token.Text);
        Assert.Equal(SHA256.HashData(WebEncoders.Base64UrlDecode(token.Text)), token.Hash);
    }

    [Fact]
    public void No_two_tokens_are_alike() =>
        Assert.Equal(1000, Enumerable.Range(0, 1000).Select(_ => SecretToken.Create(16).Text).Distinct().Count());

    [Theory]
    [InlineData(16)]
    [InlineData(32)]
    public void A_token_that_is_read_has_the_hash_it_was_made_with(int bytes)
    {
        var token = SecretToken.Create(bytes);

        Assert.Equal(token.Hash, SecretToken.Read(token.Text, bytes)?.Hash);
        Assert.Null(SecretToken.Read(token.Text, 48 - bytes));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("AAAAAAAAAAAAAAAAAAAA==")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAA!")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAé")]
    public void What_cannot_be_a_token_is_none(string? text) => Assert.Null(SecretToken.Read(text, 16));
}
