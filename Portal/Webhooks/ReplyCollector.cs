using System.Globalization;
using System.Text.Json;

namespace Portal.Webhooks;

/// <summary>Collects the contents of a reply: texts, and the fields beside them.</summary>
internal sealed class ReplyCollector
{
    // The Chat Trigger's own widget looks for the first three, in this order.
    private static readonly string[] Places = ["output", "text", "message", "response", "answer", "reply"];

    private readonly List<string> _texts = [];

    public string Text => UpstreamText.Clean(string.Join("\n\n", _texts)).Trim();

    public List<string> Suggestions { get; } = [];

    public List<AnswerSource> Sources { get; } = [];

    public double? Confidence { get; private set; }

    public bool HasExtras => Confidence is not null || Suggestions.Count > 0 || Sources.Count > 0;

    /// <summary>The answer's field is there, but empty.</summary>
    public bool IsBlank { get; private set; }

    public void Take(JsonElement value, int depth)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String:
                TakeText(value.GetString()!, depth);
                break;
            case JsonValueKind.Number:
                _texts.Add(value.GetRawText());
                break;
            case JsonValueKind.Array:
                foreach (var item in value.EnumerateArray())
                {
                    Take(item, depth + 1);
                }

                break;
            case JsonValueKind.Object:
                TakeExtras(value);
                foreach (var place in Places)
                {
                    if (
                        value.TryGetProperty(place, out var inner)
                        && inner.ValueKind is not (JsonValueKind.Null or JsonValueKind.True or JsonValueKind.False)
                    )
                    {
                        Take(inner, depth + 1);
                        break;
                    }
                }

                break;
        }
    }

    // An answer may be JSON inside a string: a streamed Respond to Webhook sends it so, and output parsers do.
    private void TakeText(string text, int depth)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            IsBlank = true;
        }
        else if (
            depth < 4
            && text.TrimStart()[0] is '{' or '['
            && ReplyReader.Parse(text) is { RootElement.ValueKind: JsonValueKind.Object or JsonValueKind.Array } inner
        )
        {
            using (inner)
            {
                Take(inner.RootElement, depth + 1);
            }
        }
        else
        {
            _texts.Add(text.Trim());
        }
    }

    public void TakeExtras(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        if (value.TryGetProperty("confidence", out var confidence) && Share(confidence) is { } share)
        {
            // Of several parts, the lowest confidence counts.
            Confidence = Math.Min(share, Confidence ?? 1);
        }

        if (value.TryGetProperty("suggestions", out var suggestions) && suggestions.ValueKind == JsonValueKind.Array)
        {
            Suggestions.AddRange(suggestions.EnumerateArray().Select(OneLine).OfType<string>());
        }

        if (value.TryGetProperty("sources", out var sources) && sources.ValueKind == JsonValueKind.Array)
        {
            Sources.AddRange(sources.EnumerateArray().Select(Source).OfType<AnswerSource>());
        }
    }

    /// <summary>0 to 1; a value over 1, or with a percent sign, is a percentage.</summary>
    private static double? Share(JsonElement value)
    {
        var text = value.ValueKind == JsonValueKind.String ? value.GetString()!.Trim() : value.GetRawText();
        var percent = text.EndsWith('%');
        if (
            !double.TryParse(text.TrimEnd('%', ' '), NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            || number is not (>= 0 and <= 100)
        )
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
        Uri.TryCreate(text, UriKind.Absolute, out var url)
        && url.Scheme is "https" or "http"
        && url.UserInfo.Length == 0
            ? url.AbsoluteUri
            : null;

    private static string? OneLine(JsonElement value) =>
        value.ValueKind == JsonValueKind.String
        && UpstreamText.Clean(value.GetString()!).ReplaceLineEndings(" ").Trim() is { Length: > 0 } line
            ? UpstreamText.Cut(line, 2048)
            : null;
}
