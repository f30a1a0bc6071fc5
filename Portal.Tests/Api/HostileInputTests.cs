using System.Net;
using Microsoft.EntityFrameworkCore;
using Portal.Audit;

namespace Portal.Tests.Api;

/// <summary>Hostile input that strangers may send to the API.</summary>
public sealed class HostileInputTests(SharedPortal portal) : IClassFixture<SharedPortal.Running>, IAsyncLifetime
{
    private N8n _n8n = null!;

    public async ValueTask InitializeAsync() => _n8n = await N8n.StartAsync();

    public async ValueTask DisposeAsync() => await _n8n.DisposeAsync();

    [Theory]
    [InlineData("""{"message":"","clientMessageId":"0198c0de-0000-7000-8000-000000000009"}""", "message_empty")]
    [InlineData("""{"message":" \u0000 ","clientMessageId":"0198c0de-0000-7000-8000-000000000009"}""", "message_empty")]
    [InlineData("""{"message":"x"}""", "invalid_request")]
    [InlineData("""{"message":5,"clientMessageId":"0198c0de-0000-7000-8000-000000000009"}""", "invalid_request")]
    [InlineData(
        """{"message":"x","message":"y","clientMessageId":"0198c0de-0000-7000-8000-000000000009"}""",
        "invalid_request"
    )]
    [InlineData(
        """{"message":"x","clientMessageId":"0198c0de-0000-7000-8000-000000000009","clientId":"x"}""",
        "invalid_request"
    )]
    [InlineData("[[[[[[[[[[[[]]]]]]]]]]]]", "invalid_request")]
    [InlineData("{", "invalid_request")]
    [InlineData("null", "invalid_request")]
    [InlineData("""{"message":"x","clientMessageId":1e400}""", "invalid_request")]
    [InlineData(
        """{"message":"x","clientMessageId":"0198c0de-0000-7000-8000-000000000009","page":{"url":1e400}}""",
        "invalid_request"
    )]
    [InlineData("""{"message":"\ud800","clientMessageId":"0198c0de-0000-7000-8000-000000000009"}""", "invalid_request")]
    [InlineData("""{"message":"x","clientMessageId":"00000000-0000-0000-0000-000000000000"}""", "invalid_request")]
    [InlineData(
        """{"message":"x","clientMessageId":"0198c0de-0000-7000-8000-000000000009","page":{"url":"a","url":"b"}}""",
        "invalid_request"
    )]
    [InlineData(
        """{"MESSAGE":"x","message":"y","clientMessageId":"0198c0de-0000-7000-8000-000000000009"}""",
        "invalid_request"
    )]
    [InlineData("""{"message":["x"],"clientMessageId":"0198c0de-0000-7000-8000-000000000009"}""", "invalid_request")]
    [InlineData(
        """{"__proto__":{},"message":"x","clientMessageId":"0198c0de-0000-7000-8000-000000000009"}""",
        "invalid_request"
    )]
    [InlineData("\"x\"", "invalid_request")]
    [InlineData("", "invalid_request")]
    public async Task What_cannot_be_read_is_refused_in_plain_words(string body, string code)
    {
        var guest = await portal.Guest(await portal.NewWidgetAsync(_n8n.Url)).OpenAsync();

        Assert.Equal(code, await Guest.CodeAsync(await guest.SendAsync(HttpMethod.Post, "messages", body)));
        Assert.Empty(_n8n.Asked);
    }

    [Fact]
    public async Task A_message_may_have_4000_characters_and_a_body_32_kB()
    {
        var guest = await portal.Guest(await portal.NewWidgetAsync(_n8n.Url)).OpenAsync();

        Assert.Equal("message_too_long", await Guest.CodeAsync(await guest.TryAskAsync(new string('x', 4001))));
        Assert.Equal("invalid_request", await Guest.CodeAsync(await guest.TryAskAsync(new string('x', 40_000))));
        Assert.Equal("answered", (await guest.AskAsync(new string('x', 4000))).GetProperty("status").GetString());
    }

    [Fact]
    public async Task Odd_text_arrives_whole()
    {
        var guest = await portal.Guest(await portal.NewWidgetAsync(_n8n.Url)).OpenAsync();
        const string odd = "Ünïcödé 😀 مرحبا \u202e \"'<script>alert(1)</script>\\ ZALGO̡̢ 漢字";

        var reply = await guest.AskAsync(odd);

        Assert.Equal($"You asked: {odd}", reply.GetProperty("response").GetString());
    }

    // Each of these has broken somebody's database, encoder or page.
    [Theory]
    [InlineData("a\u0000b", "ab")]
    [InlineData("\ufeffbyte order mark", "\ufeffbyte order mark")]
    [InlineData("\u202eright to left\u202c", "\u202eright to left\u202c")]
    [InlineData("Z̡̢̛̼͎a̷l̸g̵o̶", "Z̡̢̛̼͎a̷l̸g̵o̶")]
    [InlineData("\ufffe\uffff non-characters", "\ufffe\uffff non-characters")]
    [InlineData("\u001b[31mred\u001b[0m", "[31mred[0m")]
    [InlineData("one\r\ntwo\u2028three", "one\ntwo\u2028three")]
    [InlineData("'; DROP TABLE chat_logs; --", "'; DROP TABLE chat_logs; --")]
    [InlineData("{{7*7}} ${7*7} <%= 7 %> %s %n", "{{7*7}} ${7*7} <%= 7 %> %s %n")]
    [InlineData("👩‍👩‍👧‍👦🏳️‍🌈", "👩‍👩‍👧‍👦🏳️‍🌈")]
    public async Task Odd_words_are_kept_and_read_back_as_they_are(string said, string kept)
    {
        var guest = await portal.Guest(await portal.NewWidgetAsync(_n8n.Url)).OpenAsync();

        await guest.AskAsync(said);

        Assert.Equal(kept, Assert.Single(await guest.HistoryAsync()).GetProperty("message").GetString());
    }

    // The words are cut to 200 for the list of conversations and to the limit of each column: never through the middle
    // of a character.
    [Fact]
    public async Task What_is_cut_is_cut_between_characters()
    {
        var shop = await portal.NewWidgetAsync(_n8n.Url);
        var guest = await portal.Guest(shop).OpenAsync();
        var emoji = "x" + string.Concat(Enumerable.Repeat("😀", 150));

        var response = await guest.SendAsync(
            HttpMethod.Post,
            "messages",
            new
            {
                message = emoji,
                clientMessageId = Guid.CreateVersion7(),
                page = new { url = $"https://shop.example/{emoji}", title = emoji },
            }
        );

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var (opening, title) = await portal.As(shop.ClientId, async db =>
            (
                await db.VisitorSessions.Where(v => v.WidgetId == shop.Id).Select(v => v.FirstMessage).SingleAsync(),
                await db.ChatLogs.Where(l => l.WidgetId == shop.Id).Select(l => l.PageTitle).SingleAsync()
            )
        );
        Assert.Equal(("x" + string.Concat(Enumerable.Repeat("😀", 99)), opening), (title, title));
    }

    [Theory]
    [InlineData("feedback", """{"value":"up","value":"down"}""")]
    [InlineData("feedback", """{"value":1e400}""")]
    [InlineData("feedback", """{"value":"sideways"}""")]
    public async Task A_thumb_that_cannot_be_read_is_refused(string what, string body)
    {
        var guest = await portal.Guest(await portal.NewWidgetAsync(_n8n.Url)).OpenAsync();
        var reply = await guest.AskAsync("Hello?");

        Assert.Equal(
            "invalid_request",
            await Guest.CodeAsync(
                await guest.SendAsync(HttpMethod.Put, $"messages/{reply.GetProperty("id").GetGuid()}/{what}", body)
            )
        );
    }
}
