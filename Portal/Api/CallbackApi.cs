using System.Text;
using Microsoft.EntityFrameworkCore;
using Portal.Chat;
using Portal.Model;
using Portal.Web;
using Portal.Webhooks;

namespace Portal.Api;

/// <summary>
/// Receives the answers of workflows that reply asynchronously. A callback URL belongs to one message and works once,
/// for 24 hours.
/// </summary>
public static class CallbackApi
{
    private const int MaxBytes = 256 * 1024;

    public static void MapCallbackApi(this IEndpointRouteBuilder routes) =>
        routes
            .MapPost($"/api/callbacks/{{token:length({CallbackToken.Length})}}", AnswerAsync)
            .AddEndpointFilter(WidgetApi.UnavailableAsync)
            .AddEndpointFilter(WidgetRequest.LimitCallbacks)
            .AllowAnonymous()
            .DisableAntiforgery()
            .WithTags("Workflow");

    private static async Task<IResult> AnswerAsync(
        string token,
        HttpRequest request,
        Journal journal,
        TestMessages tests,
        WidgetDirectory widgets,
        PortalDb db,
        CancellationToken cancellationToken
    )
    {
        var (body, fault) = await ReadAsync(request, cancellationToken);
        if (body is null)
        {
            return Problems.InvalidRequest(fault!);
        }

        if (
            !CallbackToken.TryParse(token, out var callback)
            || await WidgetOfAsync(callback.MessageId, db, cancellationToken) is not { } id
            || await widgets.FindAsync(id, cancellationToken) is not { } widget
        )
        {
            return Problems.CallbackNotFound;
        }

        if (ReplyReader.Read(body, widget.Target.AnswerPath) is not ParsedReply.Answer answer)
        {
            return Problems.InvalidRequest("The body contains no answer. Send JSON with a field named output.");
        }

        return
            await journal.AnswerLateAsync(callback, answer.ToOutcome(), cancellationToken)
            || await tests.AnswerAsync(widget.ClientId, callback, answer.ToOutcome(), cancellationToken)
            ? TypedResults.NoContent()
            : Problems.CallbackNotFound;
    }

    private static async Task<Guid?> WidgetOfAsync(Guid message, PortalDb db, CancellationToken cancellationToken)
    {
        var widgets = await db
            .Database.SqlQuery<Guid?>($"""SELECT widget_of_message({message}) AS "Value" """)
            .ToListAsync(cancellationToken);
        return widgets.Single();
    }

    private static async Task<(string? Body, string? Fault)> ReadAsync(
        HttpRequest request,
        CancellationToken cancellationToken
    )
    {
        using var body = new MemoryStream();
        var buffer = new byte[16 * 1024];
        try
        {
            await using var text = UpstreamText.AsUtf8(
                request.Body,
                request.GetTypedHeaders().ContentType?.Charset.Value
            );
            while (await text.ReadAsync(buffer, cancellationToken) is > 0 and var read)
            {
                if (body.Length + read > MaxBytes)
                {
                    return (null, $"The answer is larger than {MaxBytes / 1024} kB.");
                }

                body.Write(buffer, 0, read);
            }
        }
        catch (BadHttpRequestException)
        {
            return (null, "The answer was cut off.");
        }

        return (Encoding.UTF8.GetString(body.GetBuffer(), 0, (int)body.Length), null);
    }
}
