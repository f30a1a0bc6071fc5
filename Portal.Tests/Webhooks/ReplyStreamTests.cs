using System.Text.Json;
using Portal.Audit;
using Portal.Model;
using Portal.Webhooks;

namespace Portal.Tests.Webhooks;

public sealed class ReplyStreamTests
{
    private readonly List<string> _shown = [];

    [Fact]
    public void Words_are_shown_as_they_come_and_messages_stand_apart()
    {
        var found = Read(Begin, Item("Let me "), Item("see."), End, Keepalive, Begin, Item("It is 4."), End);

        Assert.Equal("Let me see.\n\nIt is 4.", Assert.IsType<ParsedReply.Answer>(found).Text);
        Assert.Equal(["Let me ", "see.", "\n\nIt is 4."], _shown);
    }

    [Fact]
    public void An_emoji_whose_halves_come_in_two_items_is_one()
    {
        static string Raw(string content) => Item("words").Replace("words", content, StringComparison.Ordinal);

        var found = Read(
            Begin,
            Raw("Yes \\ud83d"),
            Keepalive,
            Raw("\\ude00! \\ud83d\\ude01 \\uD83D"),
            Raw("\\uDE02"),
            Raw("\\ud83d"),
            Raw(" no"),
            Raw("\\ud83d"),
            End
        );

        Assert.Equal("Yes 😀! 😁 😂\ufffd no", Assert.IsType<ParsedReply.Answer>(found).Text);
        Assert.Equal(["Yes ", "😀! 😁 ", "😂", "\ufffd no"], _shown);
    }

    [Fact]
    public void What_two_nodes_say_is_two_messages_and_what_one_says_in_parts_is_one()
    {
        var found = Read(
            BeginOf("agent"),
            ItemOf("agent", "Let me see."),
            End,
            BeginOf("agent"),
            ItemOf("agent", "It is 4."),
            End,
            BeginOf("sales"),
            ItemOf("sales", "Anything "),
            ItemOf("sales", "else?"),
            End
        );

        Assert.Equal("Let me see.\n\nIt is 4.\n\n---\n\nAnything else?", Assert.IsType<ParsedReply.Answer>(found).Text);
        Assert.Equal(["Let me see.", "\n\nIt is 4.", "\n\n---\n\nAnything ", "else?"], _shown);
    }

    [Fact]
    public void What_was_streamed_and_is_responded_with_once_more_is_said_once()
    {
        var found = Read(
            BeginOf("agent"),
            ItemOf("agent", "It is "),
            ItemOf("agent", "4."),
            End,
            BeginOf("respond"),
            ItemOf("respond", """{"output":"It is 4.","confidence":0.9}"""),
            End
        );

        var answer = Assert.IsType<ParsedReply.Answer>(found);
        Assert.Equal(("It is 4.", 0.9), (answer.Text, answer.Confidence));
        Assert.Equal(["It is ", "4."], _shown);
    }

    [Fact]
    public void An_object_within_the_stream_is_unwrapped_and_never_shown_as_json()
    {
        var found = Read(
            Begin,
            Item("{\"output\":"),
            Item("\"four\",\"confidence\":0.4,\"suggestions\":[\"Why?\"]}"),
            End
        );

        var answer = Assert.IsType<ParsedReply.Answer>(found);
        Assert.Equal(("four", 0.4, "Why?"), (answer.Text, answer.Confidence, answer.Suggestions.Single()));
        Assert.Equal(["four"], _shown);
    }

    [Fact]
    public void What_a_node_after_the_agent_knows_goes_along_with_the_agents_words()
    {
        var found = Read(
            Begin,
            Item("It is "),
            Item("4."),
            End,
            Begin,
            Item(
                """{"confidence":0.9,"suggestions":["Why?"],"sources":[{"title":"Sums","url":"https://example.com/"}]}"""
            ),
            End
        );

        var answer = Assert.IsType<ParsedReply.Answer>(found);
        Assert.Equal(
            ("It is 4.", 0.9, "Why?", "Sums"),
            (answer.Text, answer.Confidence, answer.Suggestions.Single(), answer.Sources.Single().Title)
        );
        Assert.Equal(["It is ", "4."], _shown);
    }

    [Fact]
    public void Text_that_only_begins_like_json_is_shown_at_its_end()
    {
        var found = Read(Begin, Item("[see "), Item("here](https://example.com)"), End);

        Assert.Equal("[see here](https://example.com)", Assert.IsType<ParsedReply.Answer>(found).Text);
        Assert.Equal(["[see here](https://example.com)"], _shown);
    }

    [Fact]
    public void The_widgets_path_holds_within_a_stream() =>
        Assert.Equal(
            "a",
            Assert
                .IsType<ParsedReply.Answer>(
                    Read(new ReplyStream("data.reply"), Begin, Item("{\"data\":{\"reply\":\"a\"}}"), End)
                )
                .Text
        );

    [Fact]
    public void A_stream_without_its_end_is_incomplete()
    {
        Assert.Equal(WebhookErrorType.Incomplete, Error(Read(Begin, Item("half"))));
        Assert.Equal(WebhookErrorType.Incomplete, Error(Read(Begin, Item("whole"), End, Begin)));
        Assert.Equal(WebhookErrorType.Incomplete, Error(Read(Begin, Item("whole"), End, """{"type":"beg""")));
    }

    [Fact]
    public void An_error_within_the_stream_is_the_workflows()
    {
        Assert.Equal(
            WebhookErrorType.WorkflowError,
            Error(Read("""{"type":"error","metadata":{"nodeName":"Stop"}}"""))
        );
        Assert.Equal(WebhookErrorType.WorkflowError, Error(Read(Begin, Item("half"), ErrorLine, Begin)));

        var told = Assert.IsType<ParsedReply.Nothing>(Read(Begin, ErrorLine));
        Assert.Equal("out of credit", told.Reply);
    }

    [Fact]
    public void Who_speaks_after_an_error_has_mended_it() =>
        Assert.Equal(
            "Sorry, ask me later.",
            Assert.IsType<ParsedReply.Answer>(Read(Begin, ErrorLine, Begin, Item("Sorry, ask me later."), End)).Text
        );

    [Fact]
    public void A_stream_without_text_is_no_answer()
    {
        Assert.Equal(WebhookErrorType.NoAnswer, Error(Read(Keepalive)));
        Assert.Equal(WebhookErrorType.NoAnswer, Error(Read(Begin, End)));
        Assert.Equal(WebhookErrorType.BadAnswer, Error(Read(Begin, Item("{\"x\":1}"), End)));
    }

    [Fact]
    public void Unknown_events_and_blank_lines_are_passed_over() =>
        Assert.Equal(
            "a",
            Assert
                .IsType<ParsedReply.Answer>(
                    Read(Begin, "", """{"type":"tool-call-start","metadata":{}}""", Item("a"), "\r", End)
                )
                .Text
        );

    [Theory]
    [InlineData("""{"type":"begin","metadata":{}}""", true)]
    [InlineData("""{"type":"keepalive"}""", true)]
    [InlineData("""{"type":"begin"}""", false)]
    [InlineData("""{"type":"with-buttons","metadata":{},"text":"a"}""", false)]
    [InlineData("""{"output":"a"}""", false)]
    [InlineData("""[{"type":"begin","metadata":{}}]""", false)]
    [InlineData("begin", false)]
    public void A_stream_is_known_by_its_first_line(string line, bool expected) =>
        Assert.Equal(expected, ReplyStream.IsEvent(line));

    private const string Begin = """{"type":"begin","metadata":{"nodeName":"AI Agent"}}""";
    private const string End = """{"type":"end","metadata":{"nodeName":"AI Agent"}}""";
    private const string Keepalive = """{"type":"keepalive"}""";
    private const string ErrorLine = """{"type":"error","content":"out of credit","metadata":{}}""";

    private static string BeginOf(string node) =>
        JsonSerializer.Serialize(new { type = "begin", metadata = new { nodeId = node } });

    private static string ItemOf(string node, string content) =>
        JsonSerializer.Serialize(
            new
            {
                type = "item",
                content,
                metadata = new { nodeId = node },
            }
        );

    private static string Item(string content) =>
        JsonSerializer.Serialize(
            new
            {
                type = "item",
                content,
                metadata = new { },
            }
        );

    private ParsedReply Read(params string[] lines) => Read(new ReplyStream(null), lines);

    private ParsedReply Read(ReplyStream stream, params string[] lines)
    {
        _shown.Clear();
        _shown.AddRange(lines.Select(stream.Add).Where(delta => delta.Length > 0));
        return stream.Finish();
    }

    private static WebhookErrorType Error(ParsedReply found) => Assert.IsType<ParsedReply.Nothing>(found).Error;
}
