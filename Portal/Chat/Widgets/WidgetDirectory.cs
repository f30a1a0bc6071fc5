using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Caching.Memory;
using Portal.Data;
using Portal.Model;
using Portal.Webhooks;

namespace Portal.Chat;

/// <summary>
/// Finds the widget that a visitor's call names, before the client is known. A change on any replica is visible here at
/// once, and within a second while signals are down.
/// </summary>
public sealed class WidgetDirectory : IDisposable
{
    private readonly TenantScope _reader;
    private readonly WidgetSecrets _secrets;
    private readonly Signals _signals;
    private readonly TimeProvider _clock;

    // Bounded, because strangers choose the ids; separate, so that invented ids evict no widget.
    private readonly MemoryCache _widgets;
    private readonly MemoryCache _unknown;
    private readonly ConcurrentDictionary<Guid, Reading> _reading = new();
    private readonly Lock _gate = new();
    private readonly IDisposable[] _subscriptions;

    /// <summary>
    /// Raised after a widget that may have changed was evicted; null: all of them. Handlers must be quick.
    /// </summary>
    public event Action<Guid?>? Changed;

    /// <param name="widgets">How many widgets are kept in memory.</param>
    /// <param name="unknown">How many ids of which it is known that there is no such widget.</param>
    public WidgetDirectory(
        TenantScope reader,
        WidgetSecrets secrets,
        Signals signals,
        TimeProvider clock,
        int widgets = 10_000,
        int unknown = 1_000
    )
    {
        (_reader, _secrets, _signals, _clock) = (reader, secrets, signals, clock);
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
        return await _reading.GetOrAdd(id, id => new(self => ReadAsync(id, self))).Widget.WaitAsync(cancellationToken);
    }

    /// <summary>Whether there is such a widget, as far as the cache knows.</summary>
    public bool Knows(Guid id) => _widgets.TryGetValue(id, out _);

    private async Task<LiveWidget?> ReadAsync(Guid id, Reading reading)
    {
        await Task.Yield();
        try
        {
            var readAt = _clock.GetTimestamp();
            var widget = await ReadRowAsync(id);
            lock (_gate)
            {
                // A change that is signaled meanwhile removes the reading, whose value may be older than the change.
                if (_reading.TryGetValue(id, out var current) && current == reading)
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
            _reading.TryRemove(new(id, reading));
        }
    }

    private void Forget(Guid id)
    {
        lock (_gate)
        {
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
            _widgets.Clear();
            _unknown.Clear();
            _reading.Clear();
        }

        Changed?.Invoke(null);
    }

    private async Task<LiveWidget?> ReadRowAsync(Guid id)
    {
        var clients = await _reader.ReadAsync(db =>
            db.Database.SqlQuery<Guid?>($"""SELECT client_of_widget({id}) AS "Value" """).ToListAsync()
        );
        return clients.Single() is { } client ? await _reader.ReadAsync(client, db => LoadAsync(db, id)) : null;
    }

    private async Task<LiveWidget?> LoadAsync(PortalDb db, Guid id)
    {
        // A widget that is being deleted is offline, not unknown.
        var row = await db
            .Widgets.IgnoreQueryFilters([PortalDb.DeletedFilter])
            .AsNoTracking()
            .Where(widget => widget.Id == id)
            .Join(
                db.Clients,
                widget => widget.ClientId,
                client => client.Id,
                (widget, client) => new { widget, client }
            )
            .LeftJoin(
                db.DemoLinks,
                row => row.widget.Id,
                link => link.WidgetId,
                (row, demo) =>
                    new
                    {
                        Widget = row.widget,
                        Client = row.client,
                        Demo = demo,
                    }
            )
            .SingleOrDefaultAsync();
        return row is null ? null : Live(row.Widget, row.Client, row.Demo);
    }

    private LiveWidget Live(Widget widget, Client client, DemoLink? demo) =>
        new(
            widget.Id,
            client.Id,
            widget.Name,
            client.Business,
            widget.Version,
            widget.Config,
            Target: new WebhookTarget(
                widget.Id,
                client.Id,
                widget.WebhookUrl,
                widget.WebhookAuth,
                widget.WebhookAuthName,
                AuthSecret: widget.WebhookAuthSecret is { } secret
                    ? _secrets.OpenAuthSecret(secret, client.Id, widget.Id)
                    : null,
                Timeout: TimeSpan.FromSeconds(widget.TimeoutSeconds),
                AnswerPath: widget.AnswerPath,
                AnswersLater: widget.AnswersLater
            ),
            Secret: _secrets.Open(widget.WidgetSecret, client.Id, widget.Id),
            IsOn: widget.IsActive != false && widget.IsConnected && !client.IsSuspended && demo?.RevokedAt is null,
            IsDemo: widget.IsDemo == true,
            ExpiresAt: widget.ExpiresAt
        )
        {
            Contact = client.ContactEmail?.Trim() is { Length: > 0 } contact ? contact : null,
            Demo = demo is null ? null : new(demo.Id, demo.PasscodeHash),
        };

    public void Dispose()
    {
        foreach (var subscription in _subscriptions)
        {
            subscription.Dispose();
        }

        _widgets.Dispose();
        _unknown.Dispose();
    }

    /// <summary>A query in progress, however many wait for it.</summary>
    private sealed class Reading
    {
        private readonly Lazy<Task<LiveWidget?>> _widget;

        public Reading(Func<Reading, Task<LiveWidget?>> read) => _widget = new(() => read(this));

        public Task<LiveWidget?> Widget => _widget.Value;
    }

    private sealed record Found(LiveWidget? Widget, long ReadAt);
}
