using System.Text.Json;

namespace Portal.Sample;

/// <summary>
/// A bot that answers as an n8n workflow does, from a page of shop knowledge instead of a language model: at
/// <c>/webhook/sample/chat</c> in one piece, at <c>/webhook/sample/stream</c> word by word. <c>/fail</c> in a question
/// makes it fail as a broken workflow does.
/// </summary>
public sealed class SampleBot(SampleOptions options) : LoopbackSite(options.BotPort)
{
    private static readonly object Agent = new
    {
        nodeId = "shop",
        nodeName = "Shop knowledge",
        itemIndex = 0,
        runIndex = 0,
    };
    private static readonly object Respond = new
    {
        nodeId = "respond",
        nodeName = "Respond to Webhook",
        itemIndex = 0,
        runIndex = 0,
    };

    // About as fast as a language model writes.
    private static readonly TimeSpan WordEvery = TimeSpan.FromMilliseconds(30);

    protected override void Configure(WebApplication site) =>
        site.Run(async context =>
        {
            var request = context.Request;
            if (request.Path.Value is not ("/webhook/sample/chat" or "/webhook/sample/stream"))
            {
                await SayAsync(
                    context,
                    404,
                    new
                    {
                        code = 404,
                        message = $"The requested webhook \"{request.Method} {request.Path.Value?.Replace("/webhook/", "", StringComparison.Ordinal)}\" is not registered.",
                    }
                );
                return;
            }

            if (!HttpMethods.IsPost(request.Method))
            {
                await SayAsync(
                    context,
                    404,
                    new
                    {
                        code = 404,
                        message = $"This webhook is not registered for {request.Method} requests. Did you mean to make a POST request?",
                    }
                );
                return;
            }

            await AnswerAsync(context);
        });

    private static async Task AnswerAsync(HttpContext context)
    {
        var request = context.Request;
        using var body = await JsonDocument.ParseAsync(request.Body, cancellationToken: context.RequestAborted);
        var question = body.RootElement.GetProperty("chatInput").GetString() ?? "";
        if (question.Contains("/fail", StringComparison.OrdinalIgnoreCase))
        {
            await SayAsync(context, 500, new { message = "Error in workflow" });
            return;
        }

        var (topic, confidence) = ShopKnowledge.Find(question);
        if (request.Path.Value!.EndsWith("/stream", StringComparison.Ordinal))
        {
            await StreamAsync(
                context,
                topic.Answer,
                new
                {
                    confidence,
                    suggestions = topic.Suggestions,
                    sources = topic.Sources,
                }
            );
            return;
        }

        await SayAsync(
            context,
            200,
            new
            {
                output = topic.Answer,
                confidence,
                suggestions = topic.Suggestions,
                sources = topic.Sources,
            }
        );
    }

    // One JSON object a line, as n8n streams: the agent's words, then what Respond to Webhook adds to them.
    private static async Task StreamAsync(HttpContext context, string answer, object extras)
    {
        context.Response.ContentType = "application/json; charset=utf-8";
        await LineAsync(new { type = "begin", metadata = Agent });
        foreach (var word in answer.Split(' '))
        {
            await LineAsync(
                new
                {
                    type = "item",
                    content = $"{word} ",
                    metadata = Agent,
                }
            );
            await Task.Delay(WordEvery, context.RequestAborted);
        }

        await LineAsync(new { type = "end", metadata = Agent });
        await LineAsync(new { type = "begin", metadata = Respond });
        await LineAsync(
            new
            {
                type = "item",
                content = JsonSerializer.Serialize(extras, JsonSerializerOptions.Web),
                metadata = Respond,
            }
        );
        await LineAsync(new { type = "end", metadata = Respond });

        async Task LineAsync(object line)
        {
            await context.Response.WriteAsync($"{JsonSerializer.Serialize(line)}\n", context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
        }
    }

    private static Task SayAsync(HttpContext context, int status, object body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json; charset=utf-8";
        return context.Response.WriteAsync(
            JsonSerializer.Serialize(body, JsonSerializerOptions.Web),
            context.RequestAborted
        );
    }
}
