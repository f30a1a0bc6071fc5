using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Portal.Tests;

/// <summary>
/// A client's n8n: a real server on loopback that answers as the test says, and remembers what it was asked. All tests share the
/// server, so that a portal can be told its port when it starts; each has a path of its own.
/// </summary>
public sealed class N8n : IAsyncDisposable
{
    private static readonly ConcurrentDictionary<string, N8n> All = new();
    private static readonly Lazy<Task<string>> Server = new(StartServerAsync);

    private readonly string _path = $"/webhook/{Guid.NewGuid():N}";
    private readonly string _server;
    private readonly ConcurrentQueue<JsonElement> _asked = new();

    private N8n(string server)
    {
        _server = server;
        All[_path] = this;
    }

    /// <summary>The bodies of all calls so far, in order.</summary>
    public IReadOnlyList<JsonElement> Asked => [.. _asked];

    /// <summary>The headers of the latest call.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; private set; } = new Dictionary<string, string>();

    public string Url => $"{_server}{_path}";

    /// <summary>What it does with a call. To begin with it echoes the question.</summary>
    public Func<HttpContext, JsonElement, Task> Workflow { get; set; } =
        (context, body) =>
            SayAsync(
                context,
                new { output = $"You asked: {body.GetProperty("chatInput").GetString()}", confidence = 0.8 }
            );

    /// <summary><c>host:port</c>, to be allowed by the portal under test.</summary>
    public static async Task<string> EndpointAsync() => new Uri(await Server.Value).Authority;

    public static async Task<N8n> StartAsync() => new(await Server.Value);

    private static async Task<string> StartServerAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Services.AddRoutingCore();
        var server = builder.Build();
        server.Run(context =>
            All.TryGetValue(context.Request.Path.Value!, out var n8n)
                ? n8n.AnswerAsync(context)
                : SayAsync(context, new { code = 404, message = "The requested webhook is not registered." }, 404)
        );
        await server.StartAsync();
        return server.Urls.Single();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        using var body = await JsonDocument.ParseAsync(context.Request.Body);
        Headers = context.Request.Headers.ToDictionary(
            header => header.Key,
            header => header.Value.ToString(),
            StringComparer.OrdinalIgnoreCase
        );
        _asked.Enqueue(body.RootElement.Clone());
        await Workflow(context, body.RootElement);
    }

    public static Task SayAsync(HttpContext context, object body, int status = 200)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json; charset=utf-8";
        return context.Response.WriteAsync(JsonSerializer.Serialize(body, JsonSerializerOptions.Web));
    }

    public ValueTask DisposeAsync()
    {
        All.TryRemove(_path, out _);
        return ValueTask.CompletedTask;
    }
}
