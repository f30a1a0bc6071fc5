using System.Globalization;
using System.Text.Json;

namespace Portal.Webhooks;

/// <summary>Finds the answer in whatever a workflow replies with status 2xx.</summary>
internal static class ReplyReader
{
    public const int MaxDepth = 16;
    public const int MaxSuggestions = 8;
    public const int MaxSources = 10;

    // Chat Trigger's own widget looks for the first three, in this order.
    private static readonly string[] Places = ["output", "text", "message", "response", "answer", "reply"];

    private const string Started = "Workflow was started";
    private const string Finished = "Workflow executed successfully but ";

    private static readonly string[] Acknowledgements = [Started, "Webhook call received", "n8n is starting up. Please wait"];

    private static readonly JsonDocumentOptions Json = new() { MaxDepth = MaxDepth };

    /// <summary>An answer, an acknowledgement (null), or why it is neither.</summary>
    public static Found Read(string reply, string? path)
    {
        reply = reply.Trim();
        if (reply.Length == 0)
        {
            return new Found.Nothing(WebhookErrorType.NoAnswer, "An empty reply.");
        }

        if (StartsLikeHtml(reply))
        {
            return new Found.Nothing(WebhookErrorType.Proxy, reply);
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

        // A text of Respond to Webhook; but half a JSON object is no text for visitors.
        return reply[0] is '{' or '[' && reply.Contains("\":", StringComparison.Ordinal)
            ? new Found.Nothing(WebhookErrorType.BadAnswer, reply)
            : new Found.Answer(UpstreamText.Clean(reply), null, [], []);
    }

    public static bool StartsLikeHtml(string reply) =>
        reply.StartsWith("<!doctype", StringComparison.OrdinalIgnoreCase)
        || reply.StartsWith("<html", StringComparison.OrdinalIgnoreCase)
        || reply.StartsWith("<head", StringComparison.OrdinalIgnoreCase);

    internal static JsonDocument? Parse(string text)
    {
        try
        {
            return JsonDocument.Parse(UpstreamText.MendEscapes(text), Json);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static Found Read(JsonElement root, string? path, string reply)
    {
        var gathered = new Gathered();
        if (path is null || !AtPath(root, path, gathered))
        {
            Gather(root, gathered, depth: 0);
        }

        var text = UpstreamText.Clean(string.Join("\n\n", gathered.Texts)).Trim();

        if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("executionStarted", out _))
        {
            return new Found.Acknowledged(reply, IsRunning: false);
        }

        if (Acknowledged(text) is { } acknowledged)
        {
            return acknowledged;
        }

        return text.Length > 0 ? new Found.Answer(text, gathered.Confidence, gathered.Suggestions, gathered.Sources)
            : gathered.IsBlank || root.ValueKind is JsonValueKind.Null || root is { ValueKind: JsonValueKind.Array } && root.GetArrayLength() == 0 ? new Found.Nothing(WebhookErrorType.NoAnswer, reply)
            : root.ValueKind is JsonValueKind.Object && root.TryGetProperty("error", out _) ? new Found.Nothing(WebhookErrorType.WorkflowError, reply)
            : new Found.Nothing(WebhookErrorType.BadAnswer, reply);
    }

    private static bool AtPath(JsonElement root, string path, Gathered gathered)
    {
        if (JsonPath.Find(root, path) is not { } value)
        {
            return false;
        }

        // Confidence and sources may stand beside the path, at the top.
        Extras(root is { ValueKind: JsonValueKind.Array } list && list.GetArrayLength() > 0 ? list[0] : root, gathered);
        Gather(value, gathered, depth: 1);
        return true;
    }

    private static void Gather(JsonElement value, Gathered gathered, int depth)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String:
                Text(value.GetString()!, gathered, depth);
                break;
            case JsonValueKind.Number:
                gathered.Texts.Add(value.GetRawText());
                break;
            case JsonValueKind.Array:
                foreach (var item in value.EnumerateArray())
                {
                    Gather(item, gathered, depth + 1);
                }

                break;
            case JsonValueKind.Object:
                Extras(value, gathered);
                foreach (var place in Places)
                {
                    if (value.TryGetProperty(place, out var inner) && inner.ValueKind is not (JsonValueKind.Null or JsonValueKind.True or JsonValueKind.False))
                    {
                        Gather(inner, gathered, depth + 1);
                        break;
                    }
                }

                break;
        }
    }

    // An answer may be JSON that was made into a string: a streamed Respond to Webhook does so, and output parsers do.
    private static void Text(string text, Gathered gathered, int depth)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            gathered.IsBlank = true;
        }
        else if (depth < 4 && text.TrimStart()[0] is '{' or '[' && Parse(text) is { RootElement.ValueKind: JsonValueKind.Object or JsonValueKind.Array } inner)
        {
            using (inner)
            {
                Gather(inner.RootElement, gathered, depth + 1);
            }
        }
        else
        {
            gathered.Texts.Add(text.Trim());
        }
    }

    private static void Extras(JsonElement value, Gathered gathered)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        if (value.TryGetProperty("confidence", out var confidence) && Confidence(confidence) is { } share)
        {
            // Of several parts, the answer is as sure as the least sure one.
            gathered.Confidence = Math.Min(share, gathered.Confidence ?? 1);
        }

        if (value.TryGetProperty("suggestions", out var suggestions) && suggestions.ValueKind == JsonValueKind.Array)
        {
            gathered.Suggestions.AddRange(suggestions.EnumerateArray().Select(OneLine).OfType<string>());
        }

        if (value.TryGetProperty("sources", out var sources) && sources.ValueKind == JsonValueKind.Array)
        {
            gathered.Sources.AddRange(sources.EnumerateArray().Select(Source).OfType<AnswerSource>());
        }
    }

    /// <summary>0 to 1; what is over 1, or written in percent, is a hundredfold.</summary>
    private static double? Confidence(JsonElement value)
    {
        var text = value.ValueKind == JsonValueKind.String ? value.GetString()!.Trim() : value.GetRawText();
        var percent = text.EndsWith('%');
        if (!double.TryParse(text.TrimEnd('%', ' '), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) || number is not (>= 0 and <= 100))
        {
            return null;
        }

        return percent || number > 1 ? number / 100 : number;
    }

    private static AnswerSource? Source(JsonElement source)
    {
        if (source.ValueKind != JsonValueKind.Object)
        {
            return OneLine(source) is { } line ? new AnswerSource(line, WebAddress(line)) : null;
        }

        var url = source.TryGetProperty("url", out var address) ? WebAddress(OneLine(address)) : null;
        var title = (source.TryGetProperty("title", out var name) ? OneLine(name) : null) ?? url;
        return title is null ? null : new AnswerSource(title, url);
    }

    private static string? WebAddress(string? text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "https" or "http" && url.UserInfo.Length == 0 ? url.AbsoluteUri : null;

    private static string? OneLine(JsonElement value) =>
        value.ValueKind == JsonValueKind.String && UpstreamText.Clean(value.GetString()!).ReplaceLineEndings(" ").Trim() is { Length: > 0 } line
            ? UpstreamText.Cut(line, 2048)
            : null;

    private static Found.Acknowledged? Acknowledged(string text) =>
        text.StartsWith(Finished, StringComparison.OrdinalIgnoreCase) || Acknowledgements.Contains(text.TrimEnd('.'), StringComparer.OrdinalIgnoreCase)
            ? new Found.Acknowledged(text, IsRunning: text.StartsWith(Started, StringComparison.OrdinalIgnoreCase) || text.StartsWith(Finished, StringComparison.OrdinalIgnoreCase))
            : null;

    private sealed class Gathered
    {
        public List<string> Texts { get; } = [];
        public List<string> Suggestions { get; } = [];
        public List<AnswerSource> Sources { get; } = [];
        public double? Confidence { get; set; }

        /// <summary>The place for the answer is there, with nothing in it.</summary>
        public bool IsBlank { get; set; }
    }
}

/// <summary>What a reply holds.</summary>
internal abstract record Found
{
    public sealed record Answer(string Text, double? Confidence, IReadOnlyList<string> Suggestions, IReadOnlyList<AnswerSource> Sources) : Found
    {
        /// <summary>As visitors get it: a handful of each, none twice.</summary>
        public WebhookOutcome.Answered ToOutcome() =>
            new(Text, Confidence, [.. Suggestions.Distinct().Take(ReplyReader.MaxSuggestions)], [.. Sources.Distinct().Take(ReplyReader.MaxSources)]);
    }

    /// <summary>n8n took the question, and this is not the answer.</summary>
    /// <param name="IsRunning">The workflow runs or ran: its answer may still come by callback.</param>
    public sealed record Acknowledged(string Reply, bool IsRunning) : Found;

    public sealed record Nothing(WebhookErrorType Error, string Reply) : Found;
}
