// The baseline: the least a chat proxy can do. Takes a message, asks the bot, writes one plain INSERT, answers.
// No sessions, no tenants, no retries, no guard: what the portal takes longer than this is what its promises cost.
using System.Net.Http.Json;
using Npgsql;

var builder = WebApplication.CreateSlimBuilder(args);
builder.Logging.SetMinimumLevel(LogLevel.Warning);
var app = builder.Build();

var bot = new Uri(
    app.Configuration["Bot"]
        ?? throw new InvalidOperationException("Which bot? --Bot=http://127.0.0.1:5090/webhook/bench")
);
await using var db = NpgsqlDataSource.Create(
    app.Configuration["Postgres"] ?? throw new InvalidOperationException("Which database? --Postgres=Host=…")
);
using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });

await using (
    var command = db.CreateCommand(
        """
        CREATE TABLE IF NOT EXISTS forwarder_messages (
            id uuid PRIMARY KEY,
            message text NOT NULL,
            response text NOT NULL,
            confidence double precision,
            created_at timestamptz NOT NULL DEFAULT now())
        """
    )
)
{
    await command.ExecuteNonQueryAsync();
}

app.MapPost("/messages", async (Question question, CancellationToken cancellationToken) =>
{
    using var reply = await http.PostAsJsonAsync(
        bot,
        new { chatInput = question.Message, sessionId = question.ClientMessageId },
        cancellationToken
    );
    var answer = await reply.Content.ReadFromJsonAsync<Answer>(cancellationToken)
        ?? throw new InvalidOperationException("The bot said nothing.");
    var id = Guid.CreateVersion7();

    await using var insert = db.CreateCommand(
        "INSERT INTO forwarder_messages (id, message, response, confidence) VALUES ($1, $2, $3, $4)"
    );
    insert.Parameters.AddWithValue(id);
    insert.Parameters.AddWithValue(question.Message);
    insert.Parameters.AddWithValue(answer.Output);
    insert.Parameters.AddWithValue(answer.Confidence);
    await insert.ExecuteNonQueryAsync(cancellationToken);

    return new
    {
        id,
        response = answer.Output,
        confidence = answer.Confidence,
    };
});

await app.RunAsync();

internal sealed record Question(string Message, Guid ClientMessageId);

internal sealed record Answer(string Output, double Confidence);
