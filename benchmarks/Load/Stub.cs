using System.Diagnostics;
using System.Text.Json;

/// <summary>An n8n that answers at once, and remembers how long it had each question, so that its time can be taken off.</summary>
internal sealed class Stub(WebApplication app, long[] ticks) : IAsyncDisposable
{
    private const int MostQuestions = 4_000_000;

    public static async Task<Stub> StartAsync(int port)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenLocalhost(port));
        var app = builder.Build();
        var ticks = new long[MostQuestions];

        app.Run(async context =>
        {
            var started = Stopwatch.GetTimestamp();
            using var question = await JsonDocument.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
            context.Response.ContentType = "application/json; charset=utf-8";
            await context.Response.WriteAsync("""{"output":"We are open Monday to Saturday, 9:00 to 18:00.","confidence":0.9}""", context.RequestAborted);
            await context.Response.CompleteAsync();

            if (NumberIn(question.RootElement.GetProperty("chatInput").GetString()) is { } number)
            {
                ticks[number] = Stopwatch.GetTimestamp() - started;
            }
        });

        await app.StartAsync();
        return new Stub(app, ticks);
    }

    public TimeSpan Had(int number) => TimeSpan.FromSeconds(Volatile.Read(ref ticks[number]) / (double)Stopwatch.Frequency);

    public static string Question(int number) => $"When are you open? #{number % MostQuestions}";

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private static int? NumberIn(string? question) =>
        question is not null && int.TryParse(question.AsSpan(question.IndexOf('#', StringComparison.Ordinal) + 1), out var number) ? number : null;
}
