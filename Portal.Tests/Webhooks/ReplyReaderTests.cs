using System.Text.Json;
using Portal.Audit;
using Portal.Model;
using Portal.Webhooks;

namespace Portal.Tests.Webhooks;

public sealed class ReplyReaderTests
{
    [Theory]
    [InlineData("""{"output":"a","text":"b"}""", "a")]
    [InlineData("""{"text":"a","message":"b"}""", "a")]
    [InlineData("""{"message":"a","response":"b"}""", "a")]
    [InlineData("""{"response":"a"}""", "a")]
    [InlineData("""{"answer":"a"}""", "a")]
    [InlineData("""{"reply":"a"}""", "a")]
    [InlineData("""{"output":null,"text":"a"}""", "a")]
    [InlineData("""[{"output":"a"}]""", "a")]
    [InlineData("""[{"output":"a"},{"output":"b"}]""", "a\n\nb")]
    [InlineData("""["a","b"]""", "a\n\nb")]
    [InlineData("\"a\"", "a")]
    [InlineData("42", "42")]
    [InlineData("4.50", "4.50")]
    [InlineData("plain *text*", "plain *text*")]
    [InlineData("\uFEFF{\"output\":\"a\"}", "a")]
    [InlineData("<p>Hello</p>", "<p>Hello</p>")]
    [InlineData("[see here](https://example.com)", "[see here](https://example.com)")]
    [InlineData("""{"output":{"answer":"a","confidence":0.5}}""", "a")]
    [InlineData("""{"output":"{\"answer\":\"a\"}"}""", "a")]
    [InlineData("""{"output":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}""", "a\n\nb")]
    [InlineData("""{"type":"with-buttons","text":"Approve?","buttons":[]}""", "Approve?")]
    [InlineData("""{"output":42}""", "42")]
    [InlineData("""{"output":"a\u0000b\ud800c"}""", "ab\uFFFDc")]
    [InlineData("""{"output":"\ud83d\ude00 \\ud800"}""", "😀 \\ud800")]
    [InlineData("""{"output":"a\u001b[31mb"}""", "a[31mb")]
    public void The_answer_is_found(string reply, string expected) => Assert.Equal(expected, Answer(reply).Text);

    [Theory]
    [InlineData("", WebhookErrorType.NoAnswer)]
    [InlineData(" \n ", WebhookErrorType.NoAnswer)]
    [InlineData("null", WebhookErrorType.NoAnswer)]
    [InlineData("[]", WebhookErrorType.NoAnswer)]
    [InlineData("\"\"", WebhookErrorType.NoAnswer)]
    [InlineData("""{"output":""}""", WebhookErrorType.NoAnswer)]
    [InlineData("""{"output":"  "}""", WebhookErrorType.NoAnswer)]
    [InlineData("{}", WebhookErrorType.NoAnswer)]
    [InlineData("[{}]", WebhookErrorType.NoAnswer)]
    [InlineData("n8n is starting up. Please wait", WebhookErrorType.Starting)]
    [InlineData("true", WebhookErrorType.BadAnswer)]
    [InlineData("""{"result":"a"}""", WebhookErrorType.BadAnswer)]
    [InlineData("""{"output":true}""", WebhookErrorType.BadAnswer)]
    [InlineData("""{"output":"{\"a\":1}"}""", WebhookErrorType.BadAnswer)]
    [InlineData("""{"action":"sendMessage","chatInput":"hi"}""", WebhookErrorType.BadAnswer)]
    [InlineData("""{"output":"a""", WebhookErrorType.BadAnswer)]
    [InlineData("""{"error":"The model is overloaded"}""", WebhookErrorType.WorkflowError)]
    [InlineData("<!doctype html><title>Sign in</title>", WebhookErrorType.Proxy)]
    public void What_holds_no_answer_is_named(string reply, WebhookErrorType expected) =>
        Assert.Equal(expected, Assert.IsType<ParsedReply.Nothing>(ReplyReader.Read(reply, null)).Error);

    [Theory]
    [InlineData("""{"message":"Workflow was started"}""", true)]
    [InlineData("""{"message":"Workflow executed successfully but no data was returned"}""", true)]
    [InlineData("""{"message":"Workflow executed successfully but the last node did not return any data"}""", true)]
    [InlineData("""{"message":"Webhook call received"}""", false)]
    [InlineData("""{"executionStarted":true,"executionId":"7","resumeToken":"x"}""", false)]
    public void An_acknowledgement_is_no_answer(string reply, bool isRunning) =>
        Assert.Equal(isRunning, Assert.IsType<ParsedReply.Acknowledged>(ReplyReader.Read(reply, null)).IsRunning);

    [Fact]
    public void An_answer_that_speaks_of_workflows_is_an_answer() =>
        Assert.Equal(
            "Workflow was started by your colleague",
            Answer("""{"output":"Workflow was started by your colleague"}""").Text
        );

    [Theory]
    [InlineData("data.reply", """{"data":{"reply":"a"},"output":"b"}""")]
    [InlineData("$json.data.reply", """{"data":{"reply":"a"}}""")]
    [InlineData("[1].text", """[{"text":"b"},{"text":"a"}]""")]
    [InlineData("choices[0].message.content", """{"choices":[{"message":{"content":"a"}}]}""")]
    [InlineData("data.reply", """[{"data":{"reply":"a"}}]""")]
    [InlineData("data", """{"data":{"text":"a"}}""")]
    [InlineData("not.there", """{"output":"a"}""")]
    public void The_widgets_own_path_comes_first(string path, string reply) =>
        Assert.Equal("a", Assert.IsType<ParsedReply.Answer>(ReplyReader.Read(reply, path)).Text);

    [Theory]
    [InlineData("0.87", 0.87)]
    [InlineData("\"0.87\"", 0.87)]
    [InlineData("87", 0.87)]
    [InlineData("\"87%\"", 0.87)]
    [InlineData("\"87 %\"", 0.87)]
    [InlineData("\"1%\"", 0.01)]
    [InlineData("1", 1.0)]
    [InlineData("100", 1.0)]
    [InlineData("0", 0.0)]
    [InlineData("101", null)]
    [InlineData("-0.1", null)]
    [InlineData("1e400", null)]
    [InlineData("\"NaN\"", null)]
    [InlineData("\"high\"", null)]
    [InlineData("null", null)]
    [InlineData("{}", null)]
    public void Confidence_is_read_as_a_share(string written, double? expected) =>
        Assert.Equal(expected, Answer($$"""{"output":"a","confidence":{{written}}}""").Confidence);

    [Fact]
    public void Several_parts_are_as_sure_as_the_least_sure_one() =>
        Assert.Equal(0.3, Answer("""[{"output":"a","confidence":0.9},{"output":"b","confidence":0.3}]""").Confidence);

    [Fact]
    public void Suggestions_and_sources_come_along_and_bad_ones_are_dropped()
    {
        var outcome = Answer(
                """
                {"output":"a",
                 "suggestions":["Returns?"," Returns? ","",7,null,"Opening\nhours?"],
                 "sources":[{"title":"Shipping","url":"https://example.com/shipping"},{"url":"https://example.com/faq"},"https://example.com/x","Handbook",
                            {"title":"Bad","url":"javascript:alert(1)"},{"title":""},{"x":1},5]}
                """
            )
            .ToOutcome();

        Assert.Equal(["Returns?", "Opening hours?"], outcome.Suggestions);
        Assert.Equal(
            [
                new("Shipping", "https://example.com/shipping"),
                new("https://example.com/faq", "https://example.com/faq"),
                new("https://example.com/x", "https://example.com/x"),
                new("Handbook", null),
                new("Bad", null),
            ],
            outcome.Sources
        );
    }

    [Fact]
    public void No_more_than_a_handful_of_suggestions_is_taken() =>
        Assert.Equal(
            ReplyReader.MaxSuggestions,
            Answer(
                    JsonSerializer.Serialize(
                        new { output = "a", suggestions = Enumerable.Range(0, 1000).Select(i => $"s{i}") }
                    )
                )
                .ToOutcome()
                .Suggestions.Count
        );

    [Fact]
    public void Very_deep_json_is_no_answer() =>
        Assert.IsType<ParsedReply.Nothing>(
            ReplyReader.Read($"{string.Concat(Enumerable.Repeat("{\"output\":", 100))}1{new string('}', 100)}", null)
        );

    private static ParsedReply.Answer Answer(string reply) =>
        Assert.IsType<ParsedReply.Answer>(
            ReplyReader.Read(UpstreamText.Decode(System.Text.Encoding.UTF8.GetBytes(reply)), null)
        );
}
