using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Portal.Chat;
using Portal.Data;
using Portal.Demos;
using Portal.Model;
using Portal.Web;

namespace Portal.Api;

/// <summary>
/// Accepts a message and returns its answer, streamed or in one piece, as the caller's Accept header says.
/// </summary>
public static class MessagesApi
{
    private const string EventStream = "text/event-stream";

    public static void MapMessages(this IEndpointRouteBuilder conversation)
    {
        conversation
            .MapPost("/messages", AskAsync)
            .AddEndpointFilter(WidgetRequest.LimitAsync(static (limits, caller) => limits.Message(caller)));
        conversation
            .MapPost("/messages/{clientMessageId:guid}/stop", StopAsync)
            .AddEndpointFilter(WidgetRequest.LimitCalls)
            .AddEndpointFilter(WidgetApi.RequireStandingAsync);
    }

    public sealed record AskBody
    {
        public string? Message { get; init; }

        /// <summary>Created by the widget, one for each message: sending it again returns the same answer.</summary>
        public Guid ClientMessageId { get; init; }

        public WidgetApi.Page? Page { get; init; }

        /// <summary>The visitor's language tag.</summary>
        public string? Locale { get; init; }

        /// <summary>
        /// The visitor wants a failed message to be sent to the bot again. Without it a failed message stays failed, so
        /// that no workflow runs twice by itself.
        /// </summary>
        public bool Again { get; init; }
    }

    private static async Task<IResult> AskAsync(
        WidgetRequest request,
        HttpContext http,
        MessageProcessor processor,
        Budgets budgets,
        DemoAccess demos,
        ConversationEnds ends,
        TimeProvider clock,
        CancellationToken cancellationToken
    )
    {
        if (!request.Token.MaySend(clock.GetUtcNow()))
        {
            return Problems.SessionExpired;
        }

        var (body, fault) = await WidgetRequest.ReadAsync<AskBody>(http, cancellationToken);
        if (body is null || body.ClientMessageId == Guid.Empty)
        {
            return Problems.InvalidRequest(
                fault ?? "clientMessageId is required: a UUID that the widget creates for each message."
            );
        }

        var text = VisitorText.Clean(body.Message);
        if (text.Length is 0 or > VisitorText.MessageMaxLength)
        {
            return text.Length == 0 ? Problems.MessageEmpty : Problems.MessageTooLong(VisitorText.MessageMaxLength);
        }

        var message = MessageOf(request, body, text);
        var locale = VisitorText.Locale(body.Locale);
        // A returning visitor gets an answer that the budget has already paid for.
        if (
            budgets.Exhausted(request.Widget) is { } wait
            && !await processor.KnowsAsync(request.Widget, message, cancellationToken)
        )
        {
            return Problems.WidgetOverBudget(http.Response, wait, request.Widget.OverBudget(locale));
        }

        if (!await demos.TakeAsync(request.Widget, message, cancellationToken))
        {
            return Problems.DemoUsedUp;
        }

        var asked = await processor.AskAsync(request.Widget, message, locale, cancellationToken);
        await demos.SettleAsync(request.Widget, message);
        return asked is null
            ? Problems.SessionExpired
            : await DeliverAsync(asked, request, http, ends, cancellationToken);
    }

    private static NewMessage MessageOf(WidgetRequest request, AskBody body, string text) =>
        new(
            Guid.CreateVersion7(),
            request.Widget.Id,
            request.Token.SessionId,
            request.Token.Generation,
            body.ClientMessageId,
            text,
            request.Widget.Demo is null
                ? VisitorText.PageUrl(body.Page?.Url, request.Widget.Config.Security.PageQuery)
                : null,
            body.Page?.Title is { } title ? VisitorText.Cut(VisitorText.Clean(title), 200) : null,
            request.Widget.Target.Timeout,
            CallbackToken.NewSecret()
        )
        {
            Again = body.Again,
            Custom = PageData.Of(body.Page?.Other),
        };

    // As a stream of its words, or in one piece once it is complete.
    private static async Task<IResult> DeliverAsync(
        IAnswer answer,
        WidgetRequest request,
        HttpContext http,
        ConversationEnds ends,
        CancellationToken cancellationToken
    )
    {
        if (http.Request.Headers.Accept.ToString().Contains(EventStream, StringComparison.OrdinalIgnoreCase))
        {
            // Otherwise nginx and similar proxies would buffer the stream.
            http.Response.Headers["X-Accel-Buffering"] = "no";
            return TypedResults.ServerSentEvents(EventsAsync(answer, ends, request, cancellationToken));
        }

        var watch = ends.Begin(request.Widget, request.Token.SessionId);
        return await WholeAsync(answer, watch, cancellationToken) is { } reply
            ? http.Compressed(JsonSerializer.SerializeToUtf8Bytes(reply, WidgetRequest.Json), WidgetApi.JsonType)
            : Problems.SessionExpired;
    }

    // A stream that ends without done, failed or stopped was cut off: the widget sends the same message again and
    // receives the rest.
    private static async IAsyncEnumerable<SseItem<string>> EventsAsync(
        IAnswer answer,
        ConversationEnds ends,
        WidgetRequest request,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        using var watch = ends.Begin(request.Widget, request.Token.SessionId);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, watch.Ended);
        await using var words = answer.FollowAsync(either.Token).GetAsyncEnumerator(either.Token);
        while (await HasMoreAsync(words, watch))
        {
            yield return words.Current switch
            {
                AnswerEvent.Delta more => new(JsonSerializer.Serialize(more, WidgetRequest.Json), "delta"),
                AnswerEvent.Completed { Reply: var reply } => new(
                    JsonSerializer.Serialize(reply, WidgetRequest.Json),
                    EndOf(reply.Status)
                ),
                _ => new("{}", "ping"),
            };
        }
    }

    private static string EndOf(ChatStatus status) =>
        status switch
        {
            // An empty answer carries the fallback message.
            ChatStatus.Answered or ChatStatus.Empty => "done",
            ChatStatus.Stopped => "stopped",
            _ => "failed",
        };

    // Also null when the conversation ended meanwhile.
    private static async Task<Reply?> WholeAsync(
        IAnswer answer,
        ConversationEnds.Watch watch,
        CancellationToken cancellationToken
    )
    {
        using (watch)
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, watch.Ended);
            try
            {
                return await answer.WholeAsync(either.Token);
            }
            catch (OperationCanceledException) when (watch.Ended.IsCancellationRequested)
            {
                return null;
            }
        }
    }

    private static async Task<bool> HasMoreAsync(IAsyncEnumerator<AnswerEvent> words, ConversationEnds.Watch watch)
    {
        try
        {
            return await words.MoveNextAsync();
        }
        catch (Exception away) when (away is JournalUnavailableException || away.IsDatabaseAway)
        {
            // It could not be stored or read. It is too late for a status code, so the connection ends here.
            return false;
        }
        catch (OperationCanceledException) when (watch.Ended.IsCancellationRequested)
        {
            return false;
        }
    }

    private static async Task<IResult> StopAsync(
        Guid clientMessageId,
        WidgetRequest request,
        MessageProcessor processor,
        CancellationToken cancellationToken
    ) =>
        await processor.StopAsync(request.Widget, request.Token.SessionId, clientMessageId, cancellationToken)
            ? TypedResults.NoContent()
            : Problems.MessageNotFound;
}
