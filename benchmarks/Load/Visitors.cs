using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Text;
using System.Text.Json;

namespace Load;

/// <summary>Somebody who can ask.</summary>
internal interface IVisitor
{
    /// <summary>Throws when no true answer comes.</summary>
    Task AskAsync(string question, CancellationToken cancellationToken);
}

/// <summary>Asks the forwarder, which knows no conversations.</summary>
internal sealed class ForwarderVisitor(HttpClient http, Uri forwarder) : IVisitor
{
    private readonly Uri _messages = new(forwarder, "/messages");

    public async Task AskAsync(string question, CancellationToken cancellationToken)
    {
        using var reply = await http.PostAsJsonAsync(
            _messages,
            new { message = question, clientMessageId = Guid.NewGuid() },
            cancellationToken
        );
        await Expect.AnswerAsync(reply, cancellationToken);
    }
}

/// <summary>Asks the portal through the calls of the widget, as a page on another origin makes them.</summary>
internal sealed class PortalVisitor(HttpClient http, Uri portal, Guid widget) : IVisitor
{
    private const string Origin = "https://shop.example";
    private static readonly object s_page = new { url = "https://shop.example/sofas", title = "Sofas" };

    private string? _token;

    public Uri Portal { get; set; } = portal;

    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        using var reply = await SendAsync("sessions", new { page = s_page, locale = "en" }, null, cancellationToken);
        if (!reply.IsSuccessStatusCode)
        {
            throw new InvalidOperationException(
                $"No session: {reply.StatusCode} {await reply.Content.ReadAsStringAsync(cancellationToken)}"
            );
        }

        _token =
            $"Bearer {(await reply.Content.ReadFromJsonAsync<JsonElement>(cancellationToken)).GetProperty("token").GetString()}";
    }

    public async Task AskAsync(string question, CancellationToken cancellationToken)
    {
        using var reply = await TryAskAsync(question, Guid.NewGuid(), cancellationToken);
        await Expect.AnswerAsync(reply, cancellationToken);
    }

    /// <summary>Whatever comes back.</summary>
    public Task<HttpResponseMessage> TryAskAsync(
        string question,
        Guid clientMessageId,
        CancellationToken cancellationToken
    ) =>
        SendAsync(
            "messages",
            new
            {
                message = question,
                clientMessageId,
                page = s_page,
            },
            null,
            cancellationToken
        );

    public async Task<JsonElement> HistoryAsync(CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(Portal, $"/api/widgets/{widget}/messages"));
        Sign(request);
        using var reply = await http.SendAsync(request, cancellationToken);
        reply.EnsureSuccessStatusCode();
        return (await reply.Content.ReadFromJsonAsync<JsonElement>(cancellationToken)).GetProperty("messages");
    }

    /// <summary>Asks for a stream, and gives what comes of it.</summary>
    public async IAsyncEnumerable<SseItem<string>> StreamAsync(
        string question,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        using var reply = await SendAsync(
            "messages",
            new
            {
                message = question,
                clientMessageId = Guid.NewGuid(),
                page = s_page,
            },
            "text/event-stream",
            cancellationToken
        );
        if (reply.Content.Headers.ContentType?.MediaType != "text/event-stream")
        {
            throw new InvalidOperationException(
                $"No stream: {reply.StatusCode} {await reply.Content.ReadAsStringAsync(cancellationToken)}"
            );
        }

        await foreach (
            var item in SseParser
                .Create(await reply.Content.ReadAsStreamAsync(cancellationToken))
                .EnumerateAsync(cancellationToken)
        )
        {
            yield return item;
        }
    }

    private Task<HttpResponseMessage> SendAsync(
        string call,
        object body,
        string? accept,
        CancellationToken cancellationToken
    )
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Portal, $"/api/widgets/{widget}/{call}"))
        {
            Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(body))
            {
                Headers = { ContentType = new MediaTypeHeaderValue("application/json") },
            },
        };
        Sign(request);
        if (accept is not null)
        {
            request.Headers.Accept.ParseAdd(accept);
        }

        return http.SendAsync(
            request,
            accept is null ? HttpCompletionOption.ResponseContentRead : HttpCompletionOption.ResponseHeadersRead,
            cancellationToken
        );
    }

    private void Sign(HttpRequestMessage request)
    {
        request.Headers.TryAddWithoutValidation("Origin", Origin);
        if (_token is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", _token);
        }
    }
}

internal static class Expect
{
    private static readonly byte[] s_answer = Encoding.UTF8.GetBytes(Stub.Answer);

    /// <summary>A fallback text is an answer to the visitor, and a failure here.</summary>
    public static async Task AnswerAsync(HttpResponseMessage reply, CancellationToken cancellationToken)
    {
        var body = await reply.Content.ReadAsByteArrayAsync(cancellationToken);
        if (!reply.IsSuccessStatusCode || body.AsSpan().IndexOf(s_answer) < 0)
        {
            var text = Encoding.UTF8.GetString(body);
            throw new InvalidOperationException($"No answer: {reply.StatusCode} {text[..Math.Min(text.Length, 300)]}");
        }
    }
}
