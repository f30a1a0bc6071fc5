using System.Text.Json;

namespace Portal.Sample;

/// <summary>
/// A bot that answers as an n8n workflow does, from a page of shop knowledge instead of a language model: enough to try every
/// part of the portal. <c>/fail</c> in a question makes it fail as a broken workflow does.
/// </summary>
public sealed class SampleBot(SampleOptions options) : LoopbackSite(options.BotPort)
{
    protected override void Configure(WebApplication site) => site.Run(async context =>
    {
        if (context.Request.Path != "/webhook/sample/chat")
        {
            await SayAsync(context, 404, new { code = 404, message = $"The requested webhook \"POST {context.Request.Path.Value?.TrimStart('/')}\" is not registered." });
            return;
        }

        if (!HttpMethods.IsPost(context.Request.Method))
        {
            await SayAsync(context, 404, new { code = 404, message = $"This webhook is not registered for {context.Request.Method} requests. Did you mean to make a POST request?" });
            return;
        }

        using var body = await JsonDocument.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
        var question = body.RootElement.GetProperty("chatInput").GetString() ?? "";
        if (question.Contains("/fail", StringComparison.OrdinalIgnoreCase))
        {
            await SayAsync(context, 500, new { message = "Error in workflow" });
            return;
        }

        var topic = ShopKnowledge.Find(question);
        await SayAsync(context, 200, new { output = topic.Answer, confidence = topic.Confidence, suggestions = topic.Suggestions, sources = topic.Sources });
    });

    private static Task SayAsync(HttpContext context, int status, object body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json; charset=utf-8";
        return context.Response.WriteAsync(JsonSerializer.Serialize(body, JsonSerializerOptions.Web), context.RequestAborted);
    }
}
