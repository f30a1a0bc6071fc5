using System.Text;
using Portal.Chat;
using Portal.Webhooks;

namespace Portal.Api;

/// <summary>Where a workflow that acknowledged at once posts its answer: an address for one message, good once and for a day.</summary>
public static class CallbackApi
{
    private const int MaxBytes = 256 * 1024;

    public static void MapCallbackApi(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/api/callbacks/{token:length(43)}", AnswerAsync).AddEndpointFilter(WidgetRequest.LimitCalls).AllowAnonymous().DisableAntiforgery().WithTags("Workflow");

    private static async Task<IResult> AnswerAsync(string token, HttpRequest request, Journal journal, CancellationToken abort)
    {
        if (await ReadAsync(request, abort) is not { } body)
        {
            return Problems.InvalidRequest($"The answer is larger than {MaxBytes / 1024} kB.");
        }

        if (ReplyReader.Read(body, path: null) is not Found.Answer answer)
        {
            return Problems.InvalidRequest("There is no answer in the body. Send JSON with a field named output.");
        }

        var answered = new WebhookOutcome.Answered(answer.Text, answer.Confidence, answer.Suggestions, answer.Sources);
        return await journal.AnswerLateAsync(new CallbackToken(token), answered, abort) ? TypedResults.NoContent() : Problems.CallbackNotFound;
    }

    private static async Task<string?> ReadAsync(HttpRequest request, CancellationToken abort)
    {
        using var body = new MemoryStream();
        var buffer = new byte[16 * 1024];
        while (await request.Body.ReadAsync(buffer, abort) is > 0 and var read)
        {
            if (body.Length + read > MaxBytes)
            {
                return null;
            }

            body.Write(buffer, 0, read);
        }

        return Encoding.UTF8.GetString(body.GetBuffer(), 0, (int)body.Length);
    }
}
