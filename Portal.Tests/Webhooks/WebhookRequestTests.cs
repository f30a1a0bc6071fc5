using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;
using Portal.Audit;
using Portal.Model;
using Portal.Webhooks;

namespace Portal.Tests.Webhooks;

public sealed class WebhookRequestTests
{
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2027, 1, 2, 3, 4, 5, TimeSpan.Zero));

    [Fact]
    public async Task The_body_is_what_the_contract_says()
    {
        var (target, request) = await AskAsync(target => target);

        var question = Caller.Question;
        var expected = JsonNode.Parse(
            $$$"""
            {
              "action": "sendMessage",
              "sessionId": "{{{question.SessionId}}}",
              "chatInput": "Do you ship to Norway?",
              "messageId": "{{{question.MessageId}}}",
              "callbackUrl": "https://chat.example.com/api/callbacks/secret-callback",
              "systemPrompt": "You answer for the shop.",
              "personality": "warm",
              "history": [{ "role": "user", "content": "Hello" }, { "role": "assistant", "content": "Hi, how can I help?" }],
              "metadata": {
                "widgetId": "{{{target.WidgetId}}}", "widgetName": "Main site", "client": { "id": "5b0d7a0e-0000-4000-8000-000000000001", "name": "Alder & Finch" }, "demo": false,
                "page": { "url": "https://www.example.com/shipping", "title": "Shipping" },
                "locale": "en-GB", "visitor": "visitor-1",
                "custom": { "plan": "pro" }
              }
            }
            """
        )!;
        Assert.Equal(expected.ToJsonString(), JsonNode.Parse(request.Text)!.ToJsonString());
    }

    [Fact]
    public async Task The_headers_are_what_n8n_accepts()
    {
        var (_, request) = await AskAsync(target => target);

        Assert.Equal("POST /webhook/shop/chat HTTP/1.1", request.Line);
        Assert.Equal("application/json", request.Headers["Content-Type"]);
        Assert.Equal("Mozilla/5.0 (compatible; ChatPortal/1.0)", request.Headers["User-Agent"]);
        Assert.Equal(Caller.Question.MessageId.ToString(), request.Headers["webhook-id"]);
        Assert.Equal(
            _clock.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
            request.Headers["webhook-timestamp"]
        );
        Assert.DoesNotContain("Expect", request.Headers.Keys);
        Assert.DoesNotContain("Cookie", request.Headers.Keys);
        Assert.DoesNotContain("Accept-Encoding", request.Headers.Keys);
        Assert.DoesNotContain("Authorization", request.Headers.Keys);
    }

    [Fact]
    public void Half_an_emoji_and_other_debris_of_strangers_do_not_break_the_body()
    {
        var body = WebhookRequest.Body(
            Guid.Empty,
            Caller.Question with
            {
                Text = "a\ud83db\0c 😀",
                PageTitle = null,
                Locale = null,
                CallbackUrl = null,
            }
        );

        using var json = JsonDocument.Parse(body);
        Assert.Equal("a\uFFFDbc 😀", json.RootElement.GetProperty("chatInput").GetString());
        Assert.Equal(JsonValueKind.Null, json.RootElement.GetProperty("callbackUrl").ValueKind);
    }

    [Fact]
    public async Task A_header_goes_along()
    {
        var (_, request) = await AskAsync(target =>
            target with
            {
                Auth = WebhookAuth.Header,
                AuthName = "X-Key",
                AuthSecret = "schlüssel",
            }
        );

        Assert.Equal("schlüssel", Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(request.Headers["X-Key"])));
    }

    [Fact]
    public async Task A_user_and_password_go_along()
    {
        var (_, request) = await AskAsync(target =>
            target with
            {
                Auth = WebhookAuth.Basic,
                AuthName = "portal",
                AuthSecret = "pässword",
            }
        );

        Assert.Equal("Basic " + Convert.ToBase64String("portal:pässword"u8), request.Headers["Authorization"]);
    }

    [Fact]
    public async Task A_signed_call_is_verified_with_the_public_key_and_bound_to_message_and_body()
    {
        var key = CallKey.Create();

        var (target, request) = await AskAsync(target => target with { Auth = WebhookAuth.Signed, AuthSecret = key });

        var parts = request.Headers["Authorization"].Split(' ')[1].Split('.');
        using var header = JsonDocument.Parse(Base64Url.DecodeFromChars(parts[0]));
        Assert.Equal("ES256", header.RootElement.GetProperty("alg").GetString());
        Assert.True(Verifies(CallKey.PublicPem(key), parts));
        Assert.False(Verifies(CallKey.PublicPem(CallKey.Create()), parts));

        using var claims = JsonDocument.Parse(Base64Url.DecodeFromChars(parts[1]));
        string? Claim(string name) => claims.RootElement.GetProperty(name).ToString();
        Assert.Equal("https://chat.example.com/", Claim("iss"));
        Assert.Equal(target.WidgetId.ToString(), Claim("sub"));
        Assert.Equal(target.Url, Claim("aud"));
        Assert.Equal(request.Headers["webhook-id"], Claim("jti"));
        Assert.Equal(Base64Url.EncodeToString(SHA256.HashData(request.Body)), Claim("bh"));
        Assert.Equal(
            300,
            claims.RootElement.GetProperty("exp").GetInt64() - claims.RootElement.GetProperty("iat").GetInt64()
        );
        Assert.False(claims.RootElement.TryGetProperty("nbf", out _));
    }

    [Theory]
    [InlineData(WebhookAuth.Header, "X-Key", null)]
    [InlineData(WebhookAuth.Header, "X-Key", "two\r\nX-Other: lines")]
    [InlineData(WebhookAuth.Header, "X Key", "a")]
    [InlineData(WebhookAuth.Header, "", "a")]
    [InlineData(WebhookAuth.Header, "Host", "inside")]
    [InlineData(WebhookAuth.Header, "transfer-encoding", "chunked")]
    [InlineData(WebhookAuth.Header, "Content-Length", "0")]
    [InlineData(WebhookAuth.Header, "webhook-id", "a")]
    [InlineData(WebhookAuth.Basic, "portal", "")]
    [InlineData(WebhookAuth.Signed, null, "not a key")]
    [InlineData(WebhookAuth.Signed, null, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----")]
    public async Task Credentials_that_cannot_be_sent_are_said_to_be_so(WebhookAuth auth, string? name, string? secret)
    {
        await using var n8n = Upstream.Saying("""{"output":"hi"}""");
        using var caller = new Caller(n8n);
        caller.Target = caller.Target with { Auth = auth, AuthName = name, AuthSecret = secret };

        Assert.Equal("unauthorized", await caller.ResultAsync());
        Assert.Empty(n8n.Requests);
    }

    private async Task<(WebhookTarget Target, Received Request)> AskAsync(Func<WebhookTarget, WebhookTarget> with)
    {
        await using var n8n = Upstream.Saying("""{"output":"hi"}""");
        using var caller = new Caller(n8n, clock: _clock);
        caller.Target = with(caller.Target);

        Assert.Equal("hi", await caller.ResultAsync());
        return (caller.Target, n8n.Requests.Single());
    }

    private static bool Verifies(string publicPem, string[] parts)
    {
        using var key = ECDsa.Create();
        key.ImportFromPem(publicPem);
        return key.VerifyData(
            Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"),
            Base64Url.DecodeFromChars(parts[2]),
            HashAlgorithmName.SHA256
        );
    }
}
