using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http;

namespace Portal.Tests.Api;

/// <summary>A workflow that streams its answer word by word, each when the test says so.</summary>
public sealed class StreamingBot
{
    private static readonly object Node = new
    {
        nodeId = "agent",
        nodeName = "AI Agent",
        itemIndex = 0,
        runIndex = 0,
    };

    private readonly Channel<string?> _lines = Channel.CreateUnbounded<string?>();
    private readonly TaskCompletionSource _left = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public StreamingBot(N8n n8n) => n8n.Workflow = AnswerAsync;

    /// <summary>Completes when the portal has closed the connection before the answer's end.</summary>
    public Task Left => _left.Task.Patiently();

    /// <summary>Completes when it was asked.</summary>
    public Task Asked => _asked.Task.Patiently();

    public void Say(string words) =>
        Line(
            new
            {
                type = "item",
                content = words,
                metadata = Node,
            }
        );

    public void End()
    {
        Line(new { type = "end", metadata = Node });
        _lines.Writer.TryWrite(null);
    }

    /// <summary>The connection breaks in the middle of the answer.</summary>
    public void Break() => _lines.Writer.TryWrite("break");

    private void Line(object line) => _lines.Writer.TryWrite(JsonSerializer.Serialize(line) + "\n");

    private async Task AnswerAsync(HttpContext context, JsonElement body)
    {
        _asked.TrySetResult();
        try
        {
            await SpeakAsync(context);
        }
        finally
        {
            if (context.RequestAborted.IsCancellationRequested)
            {
                _left.TrySetResult();
            }
        }
    }

    private async Task SpeakAsync(HttpContext context)
    {
        context.Response.ContentType = "application/json; charset=utf-8";
        await context.Response.WriteAsync(JsonSerializer.Serialize(new { type = "begin", metadata = Node }) + "\n");
        await foreach (var line in _lines.Reader.ReadAllAsync(context.RequestAborted))
        {
            if (line is null)
            {
                return;
            }

            if (line == "break")
            {
                context.Abort();
                return;
            }

            await context.Response.WriteAsync(line);
            await context.Response.Body.FlushAsync();
        }
    }
}
