using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using NpgsqlTypes;
using Portal.Tests.Api;

namespace Portal.Tests.Pages;

/// <summary>One question and what became of it, as the journal would have written it at some moment.</summary>
public sealed record Chat(string Question, DateTimeOffset At)
{
    public string Answer { get; init; } = "We do.";
    public string Status { get; init; } = "answered";
    public string Kind { get; init; } = "live";
    public string? ErrorType { get; init; }
    public double? Confidence { get; init; } = 0.9;
    public string? Feedback { get; init; }
    public string? Comment { get; init; }
    public int? LatencyMs { get; init; } = 1200;
    public string? Sources { get; init; }
    public string Locale { get; init; } = "de";
}

public static class Chats
{
    /// <summary>A conversation of one question, with its summary. Gives its id.</summary>
    public static async Task<Guid> HadAsync(this PortalApp portal, Shop shop, Chat chat)
    {
        var session = Guid.CreateVersion7();
        await using var command = portal
            .Services.GetRequiredService<Portal.Data.Databases>()
            .Jobs.CreateCommand(
                """
                WITH session AS (
                    INSERT INTO visitor_sessions (id, client_id, widget_id, visitor_id, kind, origin, locale, expires_at, created_at, message_count, failed_count, up_count, down_count, lowest_confidence, first_message, last_message_at)
                    VALUES (@session, @client, @widget, gen_random_uuid(), @kind, 'https://www.shop.example', @locale, now() + interval '1 day', @at, 1, (@status = 'failed')::int, (@feedback IS NOT DISTINCT FROM 'up')::int, (@feedback IS NOT DISTINCT FROM 'down')::int, @confidence, @question, @at)),
                log AS (
                    INSERT INTO chat_logs (client_id, widget_id, session_id, user_id, message, response, status, confidence, feedback, feedback_comment, latency_ms, sources, page_url, created_at, answered_at)
                    VALUES (@client, @widget, @session, 'someone', @question, @answer, @status, @confidence, @feedback, @comment, @latency, @sources, 'https://www.shop.example/sofas', @at, @at + interval '1 second')
                    RETURNING id)
                INSERT INTO webhook_errors (client_id, widget_id, chat_log_id, error_type, occurred_at)
                SELECT @client, @widget, id, @error, @at FROM log WHERE @error IS NOT NULL
                """
            );
        (string Name, NpgsqlDbType Type, object? Value)[] values =
        [
            ("session", NpgsqlDbType.Uuid, session),
            ("client", NpgsqlDbType.Uuid, shop.ClientId),
            ("widget", NpgsqlDbType.Uuid, shop.Id),
            ("kind", NpgsqlDbType.Text, chat.Kind),
            ("at", NpgsqlDbType.TimestampTz, chat.At.ToUniversalTime()),
            ("status", NpgsqlDbType.Text, chat.Status),
            ("feedback", NpgsqlDbType.Text, chat.Feedback),
            ("comment", NpgsqlDbType.Text, chat.Comment),
            ("confidence", NpgsqlDbType.Double, chat.Confidence),
            ("question", NpgsqlDbType.Text, chat.Question),
            ("answer", NpgsqlDbType.Text, chat.Answer),
            ("latency", NpgsqlDbType.Integer, chat.LatencyMs),
            ("locale", NpgsqlDbType.Text, chat.Locale),
            ("sources", NpgsqlDbType.Jsonb, chat.Sources),
            ("error", NpgsqlDbType.Text, chat.ErrorType),
        ];
        foreach (var (name, type, value) in values)
        {
            command.Parameters.Add(new NpgsqlParameter(name, type) { Value = value ?? DBNull.Value });
        }

        await command.ExecuteNonQueryAsync();
        return session;
    }

    public static async Task LiveInAsync(this PortalApp portal, Shop shop, string zone)
    {
        await using var command = portal
            .Services.GetRequiredService<Portal.Data.Databases>()
            .Jobs.CreateCommand("UPDATE clients SET time_zone = $2 WHERE id = $1");
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = shop.ClientId });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = zone });
        await command.ExecuteNonQueryAsync();
    }
}
