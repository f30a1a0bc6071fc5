using System.Collections.Concurrent;
using Portal.Data;

namespace Portal.Chat;

/// <summary>
/// Ends answers in progress of a conversation that must not continue: its widget was turned off, got a new key or was
/// deleted, its client was suspended, or its visitor deletes their data. Replicas are notified at once, and poll each
/// second while signals are down.
/// </summary>
public sealed partial class ConversationEnds : BackgroundService
{
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(1);

    private readonly WidgetDirectory _widgets;
    private readonly Signals _signals;
    private readonly TimeProvider _clock;
    private readonly ILogger<ConversationEnds> _log;
    private readonly ConcurrentDictionary<Watch, byte> _watches = new();
    private readonly IDisposable _forgotten;

    public ConversationEnds(WidgetDirectory widgets, Signals signals, TimeProvider clock, ILogger<ConversationEnds> log)
    {
        (_widgets, _signals, _clock, _log) = (widgets, signals, clock, log);
        _widgets.Changed += Look;
        _forgotten = signals.Subscribe(Signals.Conversations, Forgotten);
    }

    /// <summary>From now until it is disposed, reports when this conversation of this widget ends.</summary>
    public Watch Begin(LiveWidget widget, Guid session)
    {
        var watch = new Watch(this, widget, session);
        _watches[watch] = 0;
        return watch;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(s_look, _clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            var (now, isDeaf) = (_clock.GetUtcNow(), !_signals.IsListening);
            foreach (var watch in _watches.Keys.Where(watch => isDeaf || watch.Widget.ExpiresAt <= now))
            {
                _ = LookAsync(watch);
            }
        }
    }

    public override void Dispose()
    {
        _widgets.Changed -= Look;
        _forgotten.Dispose();
        base.Dispose();
    }

    // Null: any of them may have changed.
    private void Look(Guid? widget)
    {
        foreach (var watch in _watches.Keys.Where(watch => widget is null || watch.Widget.Id == widget))
        {
            _ = LookAsync(watch);
        }
    }

    private async Task LookAsync(Watch watch)
    {
        try
        {
            var now = await _widgets.FindAsync(watch.Widget.Id, CancellationToken.None);
            if (!watch.MayGoOn(now, _clock.GetUtcNow()))
            {
                watch.End();
            }
        }
        catch (Exception error) when (error.IsDatabaseAway)
        {
            NotLooked(error.Message);
        }
    }

    private void Forgotten(string session)
    {
        if (Guid.TryParse(session, out var id))
        {
            foreach (var watch in _watches.Keys.Where(watch => watch.Session == id))
            {
                watch.End();
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "Whether a conversation has ended could not be looked up: {Why}")]
    private partial void NotLooked(string why);

    /// <summary>A conversation with an answer in progress.</summary>
    public sealed class Watch(ConversationEnds ends, LiveWidget widget, Guid session) : IDisposable
    {
        private readonly CancellationTokenSource _end = new();

        public LiveWidget Widget => widget;

        public Guid Session => session;

        public CancellationToken Ended => _end.Token;

        // A preview works while its widget is turned off, too.
        internal bool MayGoOn(LiveWidget? now, DateTimeOffset time) =>
            now is not null
            && now.Secret.AsSpan().SequenceEqual(widget.Secret)
            && (widget.IsPreview || now.IsAnswering(time));

        internal void End() => _ = _end.CancelAsync();

        public void Dispose() => ends._watches.TryRemove(this, out _);
    }
}
