using System.Text;
using Portal.Audit;
using Portal.Webhooks;

namespace Portal.Tests.Webhooks;

/// <summary>A reply is read by the charset that it names, and as UTF-8 when it names none.</summary>
public sealed class CharsetTests
{
    private const string Said = "Für 5 € „täglich“ geöffnet.";

    static CharsetTests() => Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);

    [Theory]
    [InlineData("iso-8859-1", "windows-1252")]
    [InlineData("ISO-8859-1", "windows-1252")]
    [InlineData("\"iso-8859-1\"", "windows-1252")]
    [InlineData("us-ascii", "windows-1252")]
    [InlineData("windows-1252", "windows-1252")]
    [InlineData("iso-8859-15", "iso-8859-15", "Für 5 € täglich geöffnet.")]
    [InlineData("utf-16le", "utf-16le")]
    [InlineData("utf-8", "utf-8")]
    [InlineData("UTF8", "utf-8")]
    [InlineData("no-such-charset", "utf-8")]
    public async Task An_answer_is_read_by_its_charset(string named, string written, string said = Said)
    {
        await using var n8n = Answering($"text/plain; charset={named}", Encoding.GetEncoding(written).GetBytes(said));
        using var caller = new Caller(n8n);

        Assert.Equal(said, await caller.ResultAsync());
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/json")]
    [InlineData("")]
    public async Task Without_one_it_is_utf_8(string type)
    {
        await using var n8n = Answering(type, Encoding.UTF8.GetBytes(Said));
        using var caller = new Caller(n8n);

        Assert.Equal(Said, await caller.ResultAsync());
    }

    [Fact]
    public async Task Json_and_what_goes_with_it_too()
    {
        await using var n8n = Answering(
            "application/json; charset=iso-8859-1",
            Encoding.Latin1.GetBytes("""{"output":"Grüße","suggestions":["Über uns"]}""")
        );
        using var caller = new Caller(n8n);

        var answered = Assert.IsType<WebhookOutcome.Answered>(await caller.AskAsync());

        Assert.Equal(("Grüße", "Über uns"), (answered.Text, Assert.Single(answered.Suggestions)));
    }

    [Fact]
    public async Task A_stream_is_heard_word_by_word_in_its_charset()
    {
        var heard = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var n8n = new Upstream(async visit =>
        {
            await visit.ReadRequestAsync();
            await visit.WriteAsync(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=iso-8859-1\r\nTransfer-Encoding: chunked\r\n\r\n"
            );
            await visit.ChunkAsync(
                Encoding.Latin1.GetBytes(
                    """{"type":"begin","metadata":{}}"""
                        + "\n"
                        + """{"type":"item","content":"Grüße ","metadata":{}}"""
                        + "\n"
                )
            );
            await heard.Task.Patiently();
            await visit.ChunkAsync(
                Encoding.Latin1.GetBytes(
                    """{"type":"item","content":"aus Köln","metadata":{}}"""
                        + "\n"
                        + """{"type":"end","metadata":{}}"""
                        + "\n"
                )
            );
            await visit.EndChunksAsync();
        });
        using var caller = new Caller(n8n);

        var outcome = await caller.AskAsync(
            (words, _) =>
            {
                Assert.DoesNotContain('\uFFFD', words);
                heard.TrySetResult();
                return ValueTask.CompletedTask;
            }
        );

        Assert.Equal("Grüße aus Köln", Caller.Result(outcome));
    }

    private static Upstream Answering(string type, byte[] body) =>
        new(async visit =>
        {
            await visit.ReadRequestAsync();
            await visit.WriteAsync(
                $"HTTP/1.1 200 OK\r\n{(type.Length == 0 ? "" : $"Content-Type: {type}\r\n")}Content-Length: {body.Length}\r\n\r\n"
            );
            await visit.WriteAsync(body);
        });
}
