using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Portal.Tests;

/// <summary>A client's n8n: a real server on loopback that answers as the test says, and remembers what it was asked.</summary>
public sealed class N8n : IAsyncDisposable
{
    private readonly WebApplication _server;
    private readonly ConcurrentQueue<JsonElement> _asked = new();

    private N8n(WebApplication server) => _server = server;

    /// <summary>The bodies of all calls so far, in order.</summary>
    public IReadOnlyList<JsonElement> Asked => [.. _asked];

    /// <summary>The headers of the latest call.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; private set; } = new Dictionary<string, string>();

    public string Url => $"{_server.Urls.Single()}/webhook/chat";

    /// <summary><c>host:port</c>, to be allowed by the portal under test.</summary>
    public string Endpoint => new Uri(_server.Urls.Single()).Authority;

    /// <summary>What it does with a call. To begin with it echoes the question.</summary>
    public Func<HttpContext, JsonElement, Task> Workflow { get; set; } = (context, body) =>
        SayAsync(context, new { output = $"You asked: {body.GetProperty("chatInput").GetString()}", confidence = 0.8 });

    public static async Task<N8n> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Services.AddRoutingCore();
        var server = builder.Build();
        var n8n = new N8n(server);
        server.Run(async context =>
        {
            using var body = await JsonDocument.ParseAsync(context.Request.Body);
            n8n.Headers = context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase);
            n8n._asked.Enqueue(body.RootElement.Clone());
            await n8n.Workflow(context, body.RootElement);
        });
        await server.StartAsync();
        return n8n;
    }

    public static Task SayAsync(HttpContext context, object body, int status = 200)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json; charset=utf-8";
        return context.Response.WriteAsync(JsonSerializer.Serialize(body, JsonSerializerOptions.Web));
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}
