using System.Buffers;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Portal.Chat;
using Portal.Hosting;
using Portal.Webhooks;

namespace Load;

/// <summary>
/// An n8n whose time is known. Its paths: <c>after/N</c> answers after N ms, <c>stream/N/P</c> streams N words at P a
/// second, <c>idle</c> begins a stream and keeps it open, <c>hang</c> never answers. It remembers how long it had each
/// question, so that its time can be taken off.
/// </summary>
internal sealed class Stub : IAsyncDisposable
{
    public const string Answer = "We are open Monday to Saturday, 9:00 to 18:00.";
    private const int MostQuestions = 4_000_000;

    private static int s_numbers;

    private readonly WebApplication _app;
    private readonly int _port;
    private readonly long[] _ticks = new long[MostQuestions];
    private readonly ConcurrentDictionary<string, int> _asked = new();
    private TaskCompletionSource _idle = new();
    private int _open;

    private Stub(WebApplication app, int port) => (_app, _port) = (app, port);

    /// <summary>Whether every question is counted by its message id.</summary>
    public bool Counts { get; set; }

    /// <summary>How often each message was asked.</summary>
    public IReadOnlyDictionary<string, int> Asked => _asked;

    /// <summary>Calls that are being answered just now.</summary>
    public int Open => Volatile.Read(ref _open);

    public static async Task<Stub> StartAsync(int port)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenLocalhost(port));
        var app = builder.Build();
        var stub = new Stub(app, port);
        app.Run(stub.AnswerAsync);
        await app.StartAsync();
        return stub;
    }

    public string Url(string path) => $"http://127.0.0.1:{_port}/webhook/{path}";

    /// <summary>A question with a number that finds its way back.</summary>
    public static (int Number, string Text) Question()
    {
        var number = Interlocked.Increment(ref s_numbers) % MostQuestions;
        return (number, $"When are you open? #{number}");
    }

    public TimeSpan Had(int number) =>
        TimeSpan.FromSeconds(Volatile.Read(ref _ticks[number]) / (double)Stopwatch.Frequency);

    /// <summary>Ends all streams that are kept open.</summary>
    public void EndIdle() => Interlocked.Exchange(ref _idle, new()).SetResult();

    private async Task AnswerAsync(HttpContext context)
    {
        var started = Stopwatch.GetTimestamp();
        var (text, id) = await QuestionAsync(context);
        if (Counts && id is not null)
        {
            _asked.AddOrUpdate(id, 1, (_, times) => times + 1);
        }

        Interlocked.Increment(ref _open);
        try
        {
            await SayAsync(context, context.Request.Path.Value!.Split('/')[2..], text);
        }
        catch (OperationCanceledException)
        {
            // The caller has gone.
        }
        finally
        {
            Interlocked.Decrement(ref _open);
            var mark = text.LastIndexOf('#');
            if (mark >= 0 && int.TryParse(text.AsSpan(mark + 1), CultureInfo.InvariantCulture, out var number))
            {
                _ticks[number] = Stopwatch.GetTimestamp() - started;
            }
        }
    }

    // No further than to what it needs to know: its processor is the portal's too.
    private static async Task<(string Text, string? Id)> QuestionAsync(HttpContext context)
    {
        var body = context.Request.BodyReader;
        while (true)
        {
            var read = await body.ReadAsync(context.RequestAborted);
            if (read.IsCompleted)
            {
                var question = Question(read.Buffer);
                body.AdvanceTo(read.Buffer.End);
                return question;
            }

            body.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    private static (string Text, string? Id) Question(ReadOnlySequence<byte> body)
    {
        var json = new Utf8JsonReader(body);
        string? text = null;
        while (json.Read())
        {
            if (json.TokenType != JsonTokenType.PropertyName)
            {
                continue;
            }

            // In this order, and the forwarder sends no id.
            var (isText, isId) = (json.ValueTextEquals("chatInput"u8), json.ValueTextEquals("messageId"u8));
            json.Read();
            if (isId)
            {
                return (text!, json.GetString());
            }

            text = isText ? json.GetString() : text;
        }

        return (text!, null);
    }

    private async Task SayAsync(HttpContext context, string[] path, string text)
    {
        var cancellationToken = context.RequestAborted;
        switch (path)
        {
            case ["after", var milliseconds]:
                if (milliseconds != "0")
                {
                    await Task.Delay(int.Parse(milliseconds, CultureInfo.InvariantCulture), cancellationToken);
                }

                context.Response.ContentType = "application/json; charset=utf-8";
                await context.Response.WriteAsync($$"""{"output":"{{Answer}}","confidence":0.9}""", cancellationToken);
                await context.Response.CompleteAsync();
                break;

            // Says the question again: what one visitor asked must never reach another.
            case ["echo", var milliseconds]:
                await Task.Delay(int.Parse(milliseconds, CultureInfo.InvariantCulture), cancellationToken);
                await context.Response.WriteAsJsonAsync(
                    new { output = $"You asked: {text}", confidence = 0.8 },
                    cancellationToken
                );
                break;

            case ["stream", var words, var perSecond]:
                await BeginAsync(context);
                using (
                    var timer = new PeriodicTimer(
                        TimeSpan.FromSeconds(1.0 / int.Parse(perSecond, CultureInfo.InvariantCulture))
                    )
                )
                {
                    for (
                        var i = 0;
                        i < int.Parse(words, CultureInfo.InvariantCulture)
                            && await timer.WaitForNextTickAsync(cancellationToken);
                        i++
                    )
                    {
                        await context.Response.WriteAsync(
                            $$$"""{"type":"item","content":"word {{{Stopwatch.GetTimestamp()}}} ","metadata":{"nodeId":"1","nodeName":"AI Agent"}}"""
                                + "\n",
                            cancellationToken
                        );
                    }
                }

                await EndAsync(context);
                break;

            case ["idle"]:
                await BeginAsync(context);
                await _idle.Task.WaitAsync(cancellationToken);
                await EndAsync(context);
                break;

            default:
                await Task.Delay(Timeout.Infinite, cancellationToken);
                break;
        }
    }

    private static async Task BeginAsync(HttpContext context)
    {
        context.Response.ContentType = "application/json; charset=utf-8";
        await context.Response.WriteAsync(
            """{"type":"begin","metadata":{"nodeId":"1","nodeName":"AI Agent"}}""" + "\n",
            context.RequestAborted
        );
        await context.Response.Body.FlushAsync(context.RequestAborted);
    }

    private static Task EndAsync(HttpContext context) =>
        context.Response.WriteAsync(
            """{"type":"item","content":"Done."}"""
                + "\n"
                + """{"type":"end","metadata":{"nodeId":"1","nodeName":"AI Agent"}}"""
                + "\n",
            context.RequestAborted
        );

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
