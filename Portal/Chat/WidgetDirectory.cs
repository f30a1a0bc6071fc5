using Microsoft.Extensions.Caching.Memory;
using Npgsql;
using Portal.Infrastructure;
using Portal.Model;
using Portal.Webhooks;

namespace Portal.Chat;

/// <summary>Finds the widget a visitor's call names: the one question asked before it is known whose data we are in.</summary>
public sealed class WidgetDirectory(Databases databases, WidgetSecrets secrets) : IDisposable
{
    // A widget switched off, or a client suspended, is so for visitors within this time.
    private static readonly TimeSpan Expiry = TimeSpan.FromSeconds(1);

    // Bounded, because strangers choose the ids.
    private readonly MemoryCache _cache = new(new MemoryCacheOptions { SizeLimit = 10_000 });

    public async ValueTask<LiveWidget?> FindAsync(Guid id, CancellationToken abort)
    {
        if (_cache.TryGetValue(id, out LiveWidget? widget))
        {
            return widget;
        }

        widget = await ReadAsync(id, abort);
        return _cache.Set(id, widget, new MemoryCacheEntryOptions { AbsoluteExpirationRelativeToNow = Expiry, Size = 1 });
    }

    private async Task<LiveWidget?> ReadAsync(Guid id, CancellationToken abort)
    {
        await using var command = databases.Portal.CreateCommand(
            """
            SELECT set_config('app.client_id', coalesce(client_of_widget(@id)::text, ''), true);
            SELECT w.client_id, w.name, COALESCE(NULLIF(trim(c.company_name), ''), c.name), w.version, w.config, w.webhook_url,
                   w.webhook_auth, w.webhook_auth_name, w.webhook_auth_secret, w.answer_path, w.answers_later, w.timeout_seconds,
                   w.widget_secret, w.is_active IS NOT FALSE AND c.suspended_at IS NULL, w.is_demo IS TRUE, w.expires_at
            FROM widgets w JOIN clients c ON c.id = w.client_id
            WHERE w.id = @id
            """);
        command.Parameters.Add(new NpgsqlParameter<Guid>("id", id));

        await using var row = await command.ExecuteReaderAsync(abort);
        await row.NextResultAsync(abort);
        if (!await row.ReadAsync(abort))
        {
            return null;
        }

        var client = row.GetGuid(0);
        return new LiveWidget(
            id,
            client,
            Name: row.GetString(1),
            Business: row.GetString(2),
            Version: row.GetInt32(3),
            Config: WidgetConfig.Parse(row.GetString(4)),
            Target: new WebhookTarget(
                id,
                Url: row.GetString(5),
                Auth: Enum.Parse<WebhookAuth>(row.GetString(6), ignoreCase: true),
                AuthName: Text(row, 7),
                AuthSecret: Text(row, 8) is { } authSecret ? secrets.OpenAuthSecret(authSecret, client, id) : null,
                Timeout: TimeSpan.FromSeconds(row.GetInt32(11)),
                AnswerPath: Text(row, 9),
                AnswersLater: row.GetBoolean(10)),
            Secret: secrets.Open(row.GetString(12), client, id),
            IsOn: row.GetBoolean(13),
            IsDemo: row.GetBoolean(14),
            ExpiresAt: row.IsDBNull(15) ? null : row.GetFieldValue<DateTimeOffset>(15));
    }

    private static string? Text(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    public void Dispose() => _cache.Dispose();
}
