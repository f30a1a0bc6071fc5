using System.Text;
using System.Text.Json;
using Portal.Model;

namespace Portal.Webhooks;

/// <summary>
/// n8n's streamed answer: one JSON object per line. A node's text comes between <c>begin</c> and <c>end</c>, several
/// times in one answer; the end of the body is the end of the answer, so a cut stream shows only in a missing
/// <c>end</c>.
/// </summary>
internal sealed class ReplyStream(string? path)
{
    /// <summary>
    /// Separates the texts of different nodes: a thematic break in Markdown, at which the widget begins another bubble.
    /// </summary>
    public const string Break = "\n\n---\n\n";

    private readonly List<ParsedReply.Answer> _segments = [];
    private readonly StringBuilder _said = new();
    private readonly StringBuilder _segment = new();
    private string? _node;
    private string? _speaker;
    private bool _open;
    private bool _held;
    private string _half = "";
    private string? _error;
    private string? _unreadable;
    private bool _broken;

    /// <summary>Whether this first line of a body starts a stream. The content type does not tell.</summary>
    public static bool IsEvent(string line)
    {
        // Most replies do not, and need not be parsed to know it.
        if (!line.Contains("\"type\"", StringComparison.Ordinal))
        {
            return false;
        }

        using var json = ReplyReader.Parse(line);
        return json?.RootElement is { ValueKind: JsonValueKind.Object } root
            && TypeOf(root) switch
            {
                "keepalive" => true,
                "begin" or "item" or "end" or "error" => root.TryGetProperty("metadata", out var metadata)
                    && metadata.ValueKind == JsonValueKind.Object,
                _ => false,
            };
    }

    /// <summary>The text that visitors may see so far.</summary>
    public string Text => _held || _segment.Length == 0 ? _said.ToString() : $"{_said}{Gap}{_segment}";

    /// <summary>Characters so far, including text that visitors don't see yet.</summary>
    public int Length { get; private set; }

    /// <summary>The text that this line adds for visitors; empty for none.</summary>
    public string Add(string line)
    {
        if (string.IsNullOrWhiteSpace(line))
        {
            return "";
        }

        using var json = ReplyReader.Parse(line, keepHalves: true);
        if (json?.RootElement is not { ValueKind: JsonValueKind.Object } root)
        {
            _broken = true;
            return "";
        }

        switch (TypeOf(root))
        {
            case "begin":
                var rest = Close();
                _open = true;
                _node = NodeOf(root) ?? _node;
                return rest;
            case "item":
                _open = true;
                _node = NodeOf(root) ?? _node;
                return root.TryGetProperty("content", out var content) && content.ValueKind == JsonValueKind.String
                    ? Append(UpstreamText.Clean(UpstreamText.JoinHalves(content.GetString()!, ref _half)))
                    : "";
            case "end":
                return Close();
            case "error":
                var shown = Close();
                _error =
                    root.TryGetProperty("content", out var why) && why.ValueKind == JsonValueKind.String
                        ? UpstreamText.JoinHalves(why.GetString()!, ref _half)
                        : line;
                return shown;
            default:
                return "";
        }
    }

    /// <summary>Called at the end of the body.</summary>
    public ParsedReply Finish()
    {
        if (_error is not null)
        {
            return new ParsedReply.Nothing(WebhookErrorType.WorkflowError, _error);
        }

        if (_open || _broken)
        {
            return new ParsedReply.Nothing(WebhookErrorType.Incomplete, "The stream ended in the middle of an answer.");
        }

        return Text.Trim() is { Length: > 0 } text
                ? new ParsedReply.Answer(
                    text,
                    _segments.Min(segment => segment.Confidence),
                    [.. _segments.SelectMany(segment => segment.Suggestions)],
                    [.. _segments.SelectMany(segment => segment.Sources)]
                )
            : _unreadable is not null ? new ParsedReply.Nothing(WebhookErrorType.BadAnswer, _unreadable)
            : new ParsedReply.Nothing(WebhookErrorType.NoAnswer, WebhookFindings.StreamWithoutText) { IsEmpty = true };
    }

    private string Append(string delta)
    {
        if (delta.Length == 0)
        {
            return "";
        }

        if (_segment.Length == 0)
        {
            // Respond to Webhook streams an object as JSON text, which visitors must not see: it is held back until its
            // end.
            _held = delta.TrimStart() is ['{' or '[', ..];
        }

        var isFirst = _segment.Length == 0;
        _segment.Append(delta);
        Length += delta.Length;
        return _held ? ""
            : isFirst ? Gap + delta
            : delta;
    }

    private string Close()
    {
        _open = false;
        // Its other half did not arrive.
        _half = "";
        if (_segment.Length == 0)
        {
            return "";
        }

        var text = _segment.ToString();
        var held = _held;
        _segment.Clear();
        _held = false;

        var answer =
            held && IsJson(text)
                ? ReplyReader.Read(text, path) as ParsedReply.Answer
                : new ParsedReply.Answer(text, null, [], []);
        if (answer is null)
        {
            // An agent streams its text, and a node after it adds confidence and sources.
            if (held && ReplyReader.ReadExtras(text) is { } extras)
            {
                _segments.Add(extras);
                return "";
            }

            _unreadable = text;
            return "";
        }

        // A node that responds after an error has handled it: a workflow may continue on its error branch.
        _error = null;
        _segments.Add(answer);
        // An agent's text may arrive twice: streamed, and again from the node that responds with all of it.
        if (answer.Text.Length == 0 || (held && _said.Equals(answer.Text.AsSpan())))
        {
            return "";
        }

        var more = Gap + answer.Text;
        _said.Append(more);
        _speaker = _node;
        return held ? more : "";
    }

    private static bool IsJson(string text)
    {
        using var json = ReplyReader.Parse(text);
        return json is not null;
    }

    private string Gap =>
        _said.Length == 0 ? ""
        : _speaker == _node ? "\n\n"
        : Break;

    private static string? NodeOf(JsonElement root) =>
        root.TryGetProperty("metadata", out var metadata)
        && metadata.ValueKind == JsonValueKind.Object
        && metadata.TryGetProperty("nodeId", out var node)
        && node.ValueKind == JsonValueKind.String
            ? node.GetString()
            : null;

    private static string? TypeOf(JsonElement root) =>
        root.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String ? type.GetString() : null;
}
