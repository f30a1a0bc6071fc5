using System.Collections.Concurrent;
using Microsoft.Extensions.Caching.Memory;
using Npgsql;
using Portal.Data;
using Portal.Model;
using Portal.Webhooks;

namespace Portal.Chat;

/// <summary>
/// Finds the widget that a visitor's call names, before the client is known. A change on any replica is visible here at once, and within a
/// second while signals are down.
/// </summary>
public sealed class WidgetDirectory : IDisposable
{
    private readonly Databases _databases;
    private readonly WidgetSecrets _secrets;
    private readonly Signals _signals;
    private readonly TimeProvider _clock;

    // Bounded, because strangers choose the ids; separate, so that invented ids evict no widget.
    private readonly MemoryCache _widgets;
    private readonly MemoryCache _unknown;
    private readonly ConcurrentDictionary<Guid, Lazy<Task<LiveWidget?>>> _reading = new();
    private readonly Lock _gate = new();
    private readonly IDisposable[] _subscriptions;
    private long _changes;

    /// <summary>Raised after a widget that may have changed was evicted; null: all of them. Handlers must be quick.</summary>
    public event Action<Guid?>? Changed;

    /// <param name="widgets">How many widgets are kept in memory.</param>
    /// <param name="unknown">How many ids of which it is known that there is no such widget.</param>
    public WidgetDirectory(
        Databases databases,
        WidgetSecrets secrets,
        Signals signals,
        TimeProvider clock,
        int widgets = 10_000,
        int unknown = 1_000
    )
    {
        (_databases, _secrets, _signals, _clock) = (databases, secrets, signals, clock);
        (_widgets, _unknown) = (
            new(new MemoryCacheOptions { SizeLimit = widgets }),
            new(new MemoryCacheOptions { SizeLimit = unknown })
        );
        // A client's change is rare, and may affect all of its widgets.
        _subscriptions =
        [
            signals.Subscribe(Signals.Widgets, id => Forget(Guid.Parse(id)), Forget),
            signals.Subscribe(Signals.Clients, _ => Forget()),
        ];
    }

    public async ValueTask<LiveWidget?> FindAsync(Guid id, CancellationToken cancellationToken)
    {
        if (
            (_widgets.TryGetValue(id, out Found? found) || _unknown.TryGetValue(id, out found))
            && _signals.IsFresh(found!.ReadAt)
        )
        {
            return found.Widget;
        }

        // However many visitors arrive at once, one query is enough.
        return await _reading.GetOrAdd(id, id => new(() => ReadAsync(id))).Value.WaitAsync(cancellationToken);
    }

    /// <summary>Whether there is such a widget, as far as the cache knows.</summary>
    public bool Knows(Guid id) => _widgets.TryGetValue(id, out _);

    private async Task<LiveWidget?> ReadAsync(Guid id)
    {
        await Task.Yield();
        try
        {
            var (changes, readAt) = (Interlocked.Read(ref _changes), _clock.GetTimestamp());
            var widget = await ReadRowAsync(id);
            lock (_gate)
            {
                // The value may be older than a change that was signaled while it was read.
                if (changes == _changes)
                {
                    (widget is null ? _unknown : _widgets).Set(
                        id,
                        new Found(widget, readAt),
                        new MemoryCacheEntryOptions { Size = 1 }
                    );
                }
            }

            return widget;
        }
        finally
        {
            _reading.TryRemove(id, out _);
        }
    }

    private void Forget(Guid id)
    {
        lock (_gate)
        {
            _changes++;
            _widgets.Remove(id);
            _unknown.Remove(id);
            _reading.TryRemove(id, out _);
        }

        Changed?.Invoke(id);
    }

    private void Forget()
    {
        lock (_gate)
        {
            _changes++;
            _widgets.Clear();
            _unknown.Clear();
            _reading.Clear();
        }

        Changed?.Invoke(null);
    }

    private async Task<LiveWidget?> ReadRowAsync(Guid id)
    {
        await using var command = _databases.Portal.CreateCommand(
            """
            SELECT set_config('app.client_id', coalesce(client_of_widget(@id)::text, ''), true);
            SELECT w.client_id, w.name, COALESCE(NULLIF(trim(c.company_name), ''), c.name), w.version, w.config, w.webhook_url,
                   w.webhook_auth, w.webhook_auth_name, w.webhook_auth_secret, w.answer_path, w.answers_later, w.timeout_seconds,
                   w.widget_secret, w.is_active IS NOT FALSE AND w.webhook_url <> '' AND c.suspended_at IS NULL AND d.revoked_at IS NULL, w.is_demo IS TRUE, w.expires_at,
                   d.id, d.passcode_hash, c.contact_email
            FROM widgets w JOIN clients c ON c.id = w.client_id LEFT JOIN demo_links d ON d.widget_id = w.id
            WHERE w.id = @id
            """
        );
        command.Parameters.Add(new NpgsqlParameter<Guid>("id", id));

        await using var row = await command.ExecuteReaderAsync();
        await row.NextResultAsync();
        if (!await row.ReadAsync())
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
                client,
                Url: row.GetString(5),
                Auth: Enum.Parse<WebhookAuth>(row.GetString(6), ignoreCase: true),
                AuthName: Text(row, 7),
                AuthSecret: Text(row, 8) is { } authSecret ? _secrets.OpenAuthSecret(authSecret, client, id) : null,
                Timeout: TimeSpan.FromSeconds(row.GetInt32(11)),
                AnswerPath: Text(row, 9),
                AnswersLater: row.GetBoolean(10)
            ),
            Secret: _secrets.Open(row.GetString(12), client, id),
            IsOn: row.GetBoolean(13),
            IsDemo: row.GetBoolean(14),
            ExpiresAt: row.IsDBNull(15) ? null : row.GetFieldValue<DateTimeOffset>(15)
        )
        {
            Contact = Text(row, 18)?.Trim() is { Length: > 0 } contact ? contact : null,
            Demo = row.IsDBNull(16) ? null : new(row.GetGuid(16), Text(row, 17)),
        };
    }

    private static string? Text(NpgsqlDataReader row, int column) =>
        row.IsDBNull(column) ? null : row.GetString(column);

    public void Dispose()
    {
        foreach (var subscription in _subscriptions)
        {
            subscription.Dispose();
        }

        _widgets.Dispose();
        _unknown.Dispose();
    }

    private sealed record Found(LiveWidget? Widget, long ReadAt);
}
