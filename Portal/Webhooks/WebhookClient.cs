using Microsoft.Extensions.Options;
using Polly;
using Polly.Timeout;
using Portal.Model;

namespace Portal.Webhooks;

/// <summary>
/// Sends one question to a widget's bot. Any failure is returned as an outcome; only the caller's own cancellationToken
/// throws.
/// </summary>
public sealed class WebhookClient(
    GuardedHttpClient http,
    WebhookUrl addresses,
    WebhookPipelines pipelines,
    IOptions<WebhookOptions> options,
    TimeProvider clock
)
{
    /// <param name="onDelta">Gets the text of a streamed answer as it arrives; all pieces together are the whole text.
    /// Not called for a reply in one piece.</param>
    public async Task<WebhookOutcome> AskAsync(
        WebhookTarget target,
        Question question,
        Func<string, CancellationToken, ValueTask>? onDelta = null,
        CancellationToken cancellationToken = default
    )
    {
        var started = clock.GetTimestamp();
        var outcome = await WithinLimitsAsync(
            new Call(target, question, WebhookRequest.Body(target.WidgetId, question), onDelta, cancellationToken)
        );
        if (outcome is WebhookOutcome.Failed { Wait: { } wait })
        {
            pipelines.Pause(target, wait);
        }

        return outcome with
        {
            Latency = clock.GetElapsedTime(started),
        };
    }

    private async Task<WebhookOutcome> WithinLimitsAsync(Call call)
    {
        if (pipelines.Paused(call.Target))
        {
            return NotSent(WebhookErrorType.CircuitOpen, "The call was not made: n8n asked for a pause.");
        }

        try
        {
            return await pipelines
                .For(call.Target)
                .ExecuteAsync(
                    static (state, deadline) => state.Client.TryAsync(state.Call, deadline),
                    (Client: this, Call: call),
                    call.Abort
                );
        }
        catch (TimeoutRejectedException)
        {
            // The time ran out in the queue or between two attempts.
            return NotSent(WebhookErrorType.Timeout, "No call could be made in time.");
        }
        catch (ExecutionRejectedException)
        {
            return NotSent(
                WebhookErrorType.CircuitOpen,
                "The call was not made: too many failed before it, or are still waiting."
            );
        }
    }

    private async ValueTask<WebhookOutcome> TryAsync(Call call, CancellationToken deadline)
    {
        if (!addresses.MayCall(call.Target.Url, out var url, out var refusal))
        {
            return NotSent(WebhookErrorType.Blocked, refusal);
        }

        var content = new SingleUseContent(call.Body);
        using var request = WebhookRequest.Make(
            call.Target,
            url,
            call.Question,
            content,
            options.Value.PublicUrl?.AbsoluteUri,
            clock.GetUtcNow(),
            out var fault
        );
        if (request is null)
        {
            return NotSent(WebhookErrorType.Unauthorized, fault!);
        }

        HttpResponseMessage response;
        try
        {
            response = await http.SendAsync(request, deadline);
        }
        catch (OperationCanceledException) when (!call.Abort.IsCancellationRequested)
        {
            return deadline.IsCancellationRequested
                ? new WebhookOutcome.Failed(WebhookErrorType.Timeout, "Nothing came back within the time limit.")
                {
                    Sent = content.Sent,
                }
                : new WebhookOutcome.Failed(WebhookErrorType.Unreachable, "No connection could be made in time.")
                {
                    Sent = content.Sent,
                };
        }
        catch (HttpRequestException failure)
        {
            var (error, detail) = StatusReader.Name(failure, content.Sent);
            return new WebhookOutcome.Failed(error, detail) { Sent = content.Sent };
        }

        using (response)
        {
            return await ReadAsync(call, response, deadline);
        }
    }

    private async Task<WebhookOutcome> ReadAsync(Call call, HttpResponseMessage response, CancellationToken deadline)
    {
        using var body = new ReplyBody(options.Value, call.Target.AnswerPath, clock);
        try
        {
            await using var stream = UpstreamText.AsUtf8(
                await response.Content.ReadAsStreamAsync(deadline),
                response.Content.Headers.ContentType?.CharSet
            );
            var stopped = await body.ReadAsync(stream, !response.IsSuccessStatusCode, call.OnDelta, deadline);
            return Judge(call, response, body, stopped);
        }
        catch (OperationCanceledException)
            when (!call.Abort.IsCancellationRequested && (deadline.IsCancellationRequested || body.FellSilent))
        {
            var why = body.FellSilent ? "The stream stalled." : "The answer was not complete within the timeout.";
            return new WebhookOutcome.Failed(
                WebhookErrorType.Timeout,
                why,
                (int)response.StatusCode,
                body.Stream?.Text ?? ""
            );
        }
    }

    private WebhookOutcome Judge(Call call, HttpResponseMessage response, ReplyBody body, WebhookErrorType? stopped)
    {
        WebhookOutcome.Failed Failed(WebhookErrorType error, string reply) =>
            new(
                error,
                UpstreamText.Detail(
                    reply,
                    call.Target.AuthSecret,
                    response.RequestMessage?.Headers.Authorization?.Parameter,
                    call.Question.CallbackUrl?.Segments[^1]
                ),
                (int)response.StatusCode,
                body.Stream?.Text ?? ""
            );

        if (!response.IsSuccessStatusCode)
        {
            var text = UpstreamText.Decode(body.Bytes);
            var error = StatusReader.Name((int)response.StatusCode, text);
            var hint =
                error == WebhookErrorType.Redirect ? $"Location: {response.Headers.Location?.OriginalString}\n"
                : response.Headers.RetryAfter is { } wait ? $"Retry-After: {wait}\n"
                : "";
            return Failed(error, hint + text) with
            {
                IsEmptyResult = StatusReader.IsEmptyResult((int)response.StatusCode, text),
                Wait =
                    error == WebhookErrorType.RateLimited || (int)response.StatusCode == 503 ? WaitOf(response) : null,
            };
        }

        if (stopped is { } error2)
        {
            return Failed(
                error2,
                error2 == WebhookErrorType.TooLarge
                    ? "The reply is too large."
                    : "The connection broke in the middle of the reply."
            );
        }

        // We request no compression and decompress nothing: a small reply may unpack to gigabytes.
        var type = response.Content.Headers.ContentType?.MediaType;
        if (
            response.Content.Headers.ContentEncoding.Any(coding => coding != "identity")
            || UpstreamText.IsBinary(body.Bytes)
        )
        {
            return Failed(
                WebhookErrorType.BadAnswer,
                $"A reply that is no text: {type} {string.Join(' ', response.Content.Headers.ContentEncoding)}"
            );
        }

        return (
            body.Stream?.Finish() ?? ReplyReader.Read(UpstreamText.Decode(body.Bytes), call.Target.AnswerPath)
        ) switch
        {
            ParsedReply.Answer answer => answer.ToOutcome(),
            ParsedReply.Acknowledged { IsRunning: true } when call.Target.AnswersLater => new WebhookOutcome.Later(),
            ParsedReply.Acknowledged said => Failed(WebhookErrorType.NoAnswer, said.Reply) with
            {
                IsEmptyResult = said.IsFinished,
            },
            ParsedReply.Nothing { Error: WebhookErrorType.NoAnswer }
                when call.Target.AnswersLater && body.Stream is null => new WebhookOutcome.Later(),
            ParsedReply.Nothing nothing => Failed(nothing.Error, nothing.Reply) with
            {
                IsEmptyResult = nothing.IsEmpty,
            },
            var found => throw new InvalidOperationException($"{found} is not known."),
        };
    }

    private TimeSpan? WaitOf(HttpResponseMessage response) =>
        response.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date - clock.GetUtcNow(),
            _ => null,
        };

    private static WebhookOutcome.Failed NotSent(WebhookErrorType error, string detail) =>
        new(error, detail) { Sent = false };

    private sealed record Call(
        WebhookTarget Target,
        Question Question,
        ReadOnlyMemory<byte> Body,
        Func<string, CancellationToken, ValueTask>? OnDelta,
        CancellationToken Abort
    );
}
