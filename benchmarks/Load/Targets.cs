using System.Net.Http.Headers;
using System.Net.Http.Json;

/// <summary>Something that takes a visitor's question and gives the bot's answer.</summary>
internal interface ITarget
{
    string Name { get; }

    /// <summary>A visitor of its own: what it needs to send questions one after another.</summary>
    Task<Func<string, CancellationToken, Task>> OpenAsync(CancellationToken abort);
}

internal sealed class Forwarder(HttpClient http, Uri address) : ITarget
{
    private readonly Uri messages = new(address, "/messages");

    public string Name => "forwarder";

    public Task<Func<string, CancellationToken, Task>> OpenAsync(CancellationToken abort) =>
        Task.FromResult<Func<string, CancellationToken, Task>>(async (question, abort) =>
        {
            using var reply = await http.PostAsJsonAsync(messages, new { message = question, clientMessageId = Guid.NewGuid() }, abort);
            await Expect.AnswerAsync(reply, abort);
        });
}

/// <summary>The portal, through the calls the widget makes, as a page on another origin makes them.</summary>
internal sealed class Portal(HttpClient http, Uri address, Guid widget, string origin) : ITarget
{
    private readonly Uri sessions = new(address, $"/api/widgets/{widget}/sessions");
    private readonly Uri messages = new(address, $"/api/widgets/{widget}/messages");

    public string Name => "portal";

    public async Task<Func<string, CancellationToken, Task>> OpenAsync(CancellationToken abort)
    {
        var page = new { url = origin + "/", title = "Benchmark" };
        using var reply = await SendAsync(sessions, new { page, locale = "en" }, null, abort);
        if (!reply.IsSuccessStatusCode)
        {
            throw new InvalidOperationException($"No session: {(int)reply.StatusCode} {await reply.Content.ReadAsStringAsync(abort)}");
        }

        var session = await reply.Content.ReadFromJsonAsync<Session>(abort) ?? throw new InvalidOperationException("No session in the reply.");
        return async (question, abort) =>
        {
            using var answer = await SendAsync(messages, new { message = question, clientMessageId = Guid.NewGuid(), page }, session.Token, abort);
            await Expect.AnswerAsync(answer, abort);
        };
    }

    private Task<HttpResponseMessage> SendAsync(Uri call, object body, string? token, CancellationToken abort)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, call) { Content = JsonContent.Create(body) };
        request.Headers.Add("Origin", origin);
        request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        return http.SendAsync(request, abort);
    }

    private sealed record Session(string Token);
}

internal static class Expect
{
    /// <summary>A fallback text is an answer to the visitor, and a failure here.</summary>
    public static async Task AnswerAsync(HttpResponseMessage reply, CancellationToken abort)
    {
        var body = await reply.Content.ReadAsStringAsync(abort);
        if (!reply.IsSuccessStatusCode || !body.Contains("Monday to Saturday", StringComparison.Ordinal))
        {
            throw new InvalidOperationException($"No answer: {(int)reply.StatusCode} {body[..Math.Min(body.Length, 300)]}");
        }
    }
}
