using System.Text.Json;
using Portal.Model;

namespace Portal.Webhooks;

/// <summary>Finds the answer in a workflow's reply with status 2xx.</summary>
internal static class ReplyReader
{
    public const int MaxDepth = 16;
    public const int MaxSuggestions = 8;
    public const int MaxSources = 10;

    internal const string StartingUp = "n8n is starting up";
    private const string Finished = "Workflow executed successfully but ";

    private static readonly string[] Acknowledgements = [WebhookFindings.Started, "Webhook call received"];

    private static readonly JsonDocumentOptions Json = new() { MaxDepth = MaxDepth };

    /// <summary>An answer, an acknowledgement (null), or why it is neither.</summary>
    public static ParsedReply Read(string reply, string? path)
    {
        reply = reply.Trim();
        if (reply.Length == 0)
        {
            return new ParsedReply.Nothing(WebhookErrorType.NoAnswer, WebhookFindings.EmptyReply) { IsEmpty = true };
        }

        if (reply.StartsWith(StartingUp, StringComparison.OrdinalIgnoreCase))
        {
            return new ParsedReply.Nothing(WebhookErrorType.Starting, reply);
        }

        if (StartsLikeHtml(reply))
        {
            return new ParsedReply.Nothing(WebhookErrorType.Proxy, reply);
        }

        if (Parse(reply) is { } json)
        {
            using (json)
            {
                return Read(json.RootElement, path, reply);
            }
        }

        if (Acknowledged(reply) is { } acknowledged)
        {
            return acknowledged;
        }

        // Text of Respond to Webhook; but half a JSON object is not text for visitors.
        return reply[0] is '{' or '[' && reply.Contains("\":", StringComparison.Ordinal)
            ? new ParsedReply.Nothing(WebhookErrorType.BadAnswer, reply)
            : new ParsedReply.Answer(UpstreamText.Clean(reply), null, [], []);
    }

    /// <summary>
    /// What goes along with an answer (how sure, where from, what next) when it comes apart from its text; null when
    /// there is none.
    /// </summary>
    public static ParsedReply.Answer? ReadExtras(string reply)
    {
        using var json = Parse(reply);
        if (json is null)
        {
            return null;
        }

        var gathered = new ReplyCollector();
        gathered.Take(json.RootElement, depth: 0);
        return gathered.HasExtras
            ? new ParsedReply.Answer("", gathered.Confidence, gathered.Suggestions, gathered.Sources)
            : null;
    }

    public static bool StartsLikeHtml(string reply) =>
        reply.StartsWith("<!doctype", StringComparison.OrdinalIgnoreCase)
        || reply.StartsWith("<html", StringComparison.OrdinalIgnoreCase)
        || reply.StartsWith("<head", StringComparison.OrdinalIgnoreCase);

    internal static JsonDocument? Parse(string text, bool keepHalves = false)
    {
        try
        {
            return JsonDocument.Parse(UpstreamText.MendEscapes(text, keepHalves), Json);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static ParsedReply Read(JsonElement root, string? path, string reply)
    {
        var gathered = new ReplyCollector();
        if (path is null || !AtPath(root, path, gathered))
        {
            gathered.Take(root, depth: 0);
        }

        var text = gathered.Text;

        if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("executionStarted", out _))
        {
            return new ParsedReply.Acknowledged(reply, IsRunning: false);
        }

        if (Acknowledged(text) is { } acknowledged)
        {
            return acknowledged;
        }

        return text.Length > 0
                ? new ParsedReply.Answer(text, gathered.Confidence, gathered.Suggestions, gathered.Sources)
            : gathered.IsBlank || IsEmpty(root)
                ? new ParsedReply.Nothing(WebhookErrorType.NoAnswer, reply) { IsEmpty = true }
            : root.ValueKind is JsonValueKind.Object && root.TryGetProperty("error", out _)
                ? new ParsedReply.Nothing(WebhookErrorType.WorkflowError, reply)
            : new ParsedReply.Nothing(WebhookErrorType.BadAnswer, reply);
    }

    private static bool IsEmpty(JsonElement root) =>
        root.ValueKind switch
        {
            JsonValueKind.Null => true,
            JsonValueKind.Object => !root.EnumerateObject().Any(),
            JsonValueKind.Array => root.EnumerateArray().All(IsEmpty),
            _ => false,
        };

    private static bool AtPath(JsonElement root, string path, ReplyCollector gathered)
    {
        if (JsonPath.Find(root, path) is not { } value)
        {
            return false;
        }

        // Confidence and sources may be outside the path, at the top.
        gathered.TakeExtras(
            root is { ValueKind: JsonValueKind.Array } list && list.GetArrayLength() > 0 ? list[0] : root
        );
        gathered.Take(value, depth: 1);
        return true;
    }

    private static ParsedReply.Acknowledged? Acknowledged(string text) =>
        text.StartsWith(Finished, StringComparison.OrdinalIgnoreCase)
        || Acknowledgements.Contains(text.TrimEnd('.'), StringComparer.OrdinalIgnoreCase)
            ? new ParsedReply.Acknowledged(
                text,
                IsRunning: !text.StartsWith("Webhook call", StringComparison.OrdinalIgnoreCase),
                IsFinished: text.StartsWith(Finished, StringComparison.OrdinalIgnoreCase)
            )
            : null;
}
