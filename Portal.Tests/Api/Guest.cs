using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace Portal.Tests.Api;

/// <summary>A visitor's widget, as far as the API sees it: it opens a conversation, asks, rates, forgets.</summary>
public sealed class Guest(HttpClient http, Guid widget, string? origin = "https://shop.example")
{
    public Guid Widget => widget;

    public string? Token { get; set; }

    /// <summary>What stands before the API's addresses: nothing, but for a preview.</summary>
    public string Prefix { get; init; } = "";

    public JsonElement Session { get; private set; }

    /// <summary>What the browser carries for the portal, as on one of the portal's own pages.</summary>
    public System.Net.CookieCollection? Cookies { get; init; }

    public async Task<Guest> OpenAsync(string? lastToken = null, string? visitorId = null)
    {
        var response = await SendAsync(
            HttpMethod.Post,
            "sessions",
            new
            {
                token = lastToken,
                visitorId,
                locale = "en",
                page = new { url = "https://shop.example/sofas?id=7", title = "Sofas" },
            }
        );
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        Session = await response.Content.ReadFromJsonAsync<JsonElement>();
        Token = Session.GetProperty("token").GetString();
        return this;
    }

    /// <param name="again">Sends again what failed, as with the widget's button.</param>
    public async Task<JsonElement> AskAsync(string message, Guid? clientMessageId = null, bool again = false)
    {
        var response = await TryAskAsync(message, clientMessageId, again);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        return await response.Content.ReadFromJsonAsync<JsonElement>();
    }

    public Task<HttpResponseMessage> TryAskAsync(
        string message,
        Guid? clientMessageId = null,
        bool again = false,
        CancellationToken cancellationToken = default
    ) =>
        SendAsync(
            HttpMethod.Post,
            "messages",
            new
            {
                message,
                clientMessageId = clientMessageId ?? Guid.CreateVersion7(),
                again,
                page = new { url = "https://shop.example/sofas", title = "Sofas" },
            },
            cancellationToken
        );

    /// <summary>Asks as a widget does: the events of the answer as they come.</summary>
    public async Task<Hearing> HearAsync(
        string message,
        Guid? clientMessageId = null,
        CancellationToken cancellationToken = default
    )
    {
        var request = Request(
            HttpMethod.Post,
            "messages",
            new { message, clientMessageId = clientMessageId ?? Guid.CreateVersion7() }
        );
        request.Headers.Accept.ParseAdd("text/event-stream");
        request.Headers.AcceptEncoding.ParseAdd("gzip, br");
        var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        Assert.True(
            response.IsSuccessStatusCode,
            await (
                response.IsSuccessStatusCode
                    ? Task.FromResult("")
                    : response.Content.ReadAsStringAsync(cancellationToken)
            )
        );
        return new Hearing(response, await response.Content.ReadAsStreamAsync(cancellationToken), cancellationToken);
    }

    public Task<HttpResponseMessage> StopAsync(Guid clientMessageId) =>
        SendAsync(HttpMethod.Post, $"messages/{clientMessageId}/stop");

    public async Task<JsonElement[]> HistoryAsync()
    {
        var response = await SendAsync(HttpMethod.Get, "messages");
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        return [.. (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("messages").EnumerateArray()];
    }

    public Task<HttpResponseMessage> RateAsync(JsonElement reply, string? value, string? comment = null) =>
        SendAsync(HttpMethod.Put, $"messages/{reply.GetProperty("id").GetGuid()}/feedback", new { value, comment });

    public Task<HttpResponseMessage> SendAsync(
        HttpMethod method,
        string path,
        object? body = null,
        CancellationToken cancellationToken = default
    ) => http.SendAsync(Request(method, path, body), cancellationToken);

    private HttpRequestMessage Request(HttpMethod method, string path, object? body)
    {
        var request = new HttpRequestMessage(method, $"{Prefix}/api/widgets/{widget}/{path}");
        if (origin is not null)
        {
            request.Headers.Add("Origin", origin);
        }

        if (Cookies is { Count: > 0 })
        {
            request.Headers.Add("Cookie", string.Join("; ", Cookies.Select(cookie => $"{cookie.Name}={cookie.Value}")));
        }

        if (Token is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Token);
        }

        if (body is not null)
        {
            request.Content = body is string raw
                ? new StringContent(raw, null, "application/json")
                : JsonContent.Create(body);
        }

        return request;
    }

    /// <summary>Whether it is refused with this code by now; a success says that it is not yet.</summary>
    public static async Task<bool> IsRefusedAsync(HttpResponseMessage response, string code) =>
        !response.IsSuccessStatusCode && await CodeAsync(response) == code;

    /// <summary>The stable code of a refusal, and that it is one as RFC 9457 says.</summary>
    public static async Task<string?> CodeAsync(HttpResponseMessage response)
    {
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        if (response.RequestMessage!.Headers.Contains("Origin"))
        {
            Assert.Equal("*", response.Headers.GetValues("Access-Control-Allow-Origin").Single());
        }

        var problem = await response.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal((int)response.StatusCode, problem.GetProperty("status").GetInt32());
        return problem.GetProperty("code").GetString();
    }
}
