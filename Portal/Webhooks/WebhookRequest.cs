using System.Buffers;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Portal.Model;

namespace Portal.Webhooks;

/// <summary>
/// The request for one question, in the format of n8n's Chat Trigger; it suits a Webhook node as well.
/// </summary>
internal static class WebhookRequest
{
    // n8n's Ignore Bots refuses a bare product name, and anything that contains an address.
    public const string UserAgent = "Mozilla/5.0 (compatible; ChatPortal/1.0)";

    private static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly string[] ReservedHeaders =
    [
        "Host",
        "Content-Length",
        "Content-Type",
        "Content-Encoding",
        "Transfer-Encoding",
        "Connection",
        "Keep-Alive",
        "Upgrade",
        "TE",
        "Trailer",
        "Expect",
        "Proxy-Authorization",
        "User-Agent",
        "webhook-id",
        "webhook-timestamp",
        "traceparent",
        "tracestate",
    ];

    public static ReadOnlyMemory<byte> Body(Guid widget, Question question)
    {
        var buffer = new ArrayBufferWriter<byte>(Length(question));
        using (var json = new Utf8JsonWriter(buffer, Json))
        {
            json.WriteStartObject();
            json.WriteString("action", "sendMessage");
            json.WriteString("sessionId", question.SessionId);
            Write(json, "chatInput", question.Text);
            json.WriteString("messageId", question.MessageId);
            Write(json, "callbackUrl", question.CallbackUrl?.AbsoluteUri);
            Write(json, "systemPrompt", question.Prompt);
            Write(json, "personality", question.Personality);
            json.WriteStartArray("history");
            foreach (var turn in question.History)
            {
                Say(json, "user", turn.Question);
                Say(json, "assistant", turn.Answer);
            }

            json.WriteEndArray();
            json.WriteStartObject("metadata");
            json.WriteString("widgetId", widget);
            Write(json, "widgetName", question.WidgetName);
            if (question.Client is { } client)
            {
                json.WriteStartObject("client");
                json.WriteString("id", client.Id);
                Write(json, "name", client.Name);
                json.WriteEndObject();
            }

            json.WriteBoolean("demo", question.Demo);
            json.WriteStartObject("page");
            Write(json, "url", question.PageUrl);
            Write(json, "title", question.PageTitle);
            json.WriteEndObject();
            Write(json, "locale", question.Locale);
            Write(json, "visitor", question.Visitor);
            json.WriteStartObject("custom");
            foreach (var (name, value) in question.Custom ?? new Dictionary<string, string>())
            {
                Write(json, UpstreamText.Clean(name), value);
            }

            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    // Most bodies fit into this, so that the buffer need not grow.
    private static int Length(Question question)
    {
        var length = 1024 + question.Text.Length + (question.Prompt?.Length ?? 0) + (question.Personality?.Length ?? 0);
        foreach (var turn in question.History)
        {
            length += 80 + turn.Question.Length + turn.Answer.Length;
        }

        return length + length / 16;
    }

    private static void Say(Utf8JsonWriter json, string role, string content)
    {
        json.WriteStartObject();
        json.WriteString("role", role);
        Write(json, "content", content);
        json.WriteEndObject();
    }

    // A lone surrogate would make the writer throw.
    private static void Write(Utf8JsonWriter json, string name, string? text) =>
        json.WriteString(name, text is null ? null : UpstreamText.Clean(text));

    /// <summary>Null, with the reason, when the widget's credentials cannot be sent.</summary>
    public static HttpRequestMessage? Make(
        WebhookTarget target,
        Uri url,
        Question question,
        SingleUseContent body,
        string? issuer,
        DateTimeOffset now,
        out string? refusal
    )
    {
        var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = body };
        // Our own header values are valid, so they need not be parsed for every message.
        request.Headers.TryAddWithoutValidation("User-Agent", UserAgent);
        request.Headers.TryAddWithoutValidation("webhook-id", question.MessageId.ToString());
        request.Headers.TryAddWithoutValidation(
            "webhook-timestamp",
            now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)
        );

        refusal = Authorize(request, target, question, body, issuer, now);
        if (refusal is null)
        {
            return request;
        }

        request.Dispose();
        return null;
    }

    private static string? Authorize(
        HttpRequestMessage request,
        WebhookTarget target,
        Question question,
        SingleUseContent body,
        string? issuer,
        DateTimeOffset now
    )
    {
        switch (target)
        {
            case { Auth: WebhookAuth.None }:
                return null;

            case { AuthSecret: null or "" }:
                return "The widget’s authentication has no secret. Enter it on the Connection page.";

            case { Auth: WebhookAuth.Header }:
                return
                    IsHeaderName(target.AuthName)
                    && request.Headers.TryAddWithoutValidation(target.AuthName!, target.AuthSecret.Trim())
                    && !HasLineBreak(target.AuthSecret.Trim())
                    ? null
                    : "The widget’s header can’t be sent. Check its name and value.";

            case { Auth: WebhookAuth.Basic }:
                var pair = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{target.AuthName}:{target.AuthSecret}"));
                request.Headers.Authorization = new AuthenticationHeaderValue("Basic", pair);
                return null;

            default:
                if (
                    CallKey.Sign(
                        target.AuthSecret,
                        issuer,
                        target.WidgetId,
                        target.Url,
                        question.MessageId,
                        body.Bytes.Span,
                        now
                    )
                    is not { } token
                )
                {
                    return "The widget’s signing key can’t be read. Create a new one.";
                }

                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
                return null;
        }
    }

    /// <summary>
    /// Whether a client may set this header. Some are ours, some would change the meaning of the request.
    /// </summary>
    public static bool IsHeaderName(string? name) =>
        !string.IsNullOrEmpty(name)
        && name.Length <= 100
        && name.All(c => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-.^_`|~".Contains(c, StringComparison.Ordinal))
        && !ReservedHeaders.Contains(name, StringComparer.OrdinalIgnoreCase);

    private static bool HasLineBreak(string value) => value.AsSpan().ContainsAny('\r', '\n', '\0');
}

/// <summary>
/// A body that can be sent once. It records whether sending began, and keeps the handler from repeating a request that
/// a workflow may have started to process.
/// </summary>
internal sealed class SingleUseContent : HttpContent
{
    private int _begun;

    public SingleUseContent(ReadOnlyMemory<byte> bytes)
    {
        Bytes = bytes;
        Headers.TryAddWithoutValidation("Content-Type", "application/json");
    }

    public ReadOnlyMemory<byte> Bytes { get; }

    public bool Sent => Volatile.Read(ref _begun) != 0;

    protected override Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override Task SerializeToStreamAsync(
        Stream stream,
        System.Net.TransportContext? context,
        CancellationToken cancellationToken
    ) =>
        Interlocked.Exchange(ref _begun, 1) == 0
            ? stream.WriteAsync(Bytes, cancellationToken).AsTask()
            : throw new InvalidOperationException("A question is sent once.");

    protected override bool TryComputeLength(out long length)
    {
        length = Bytes.Length;
        return true;
    }
}
