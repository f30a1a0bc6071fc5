using System.Collections.Concurrent;
using Portal.Data;

namespace Portal.Chat;

/// <summary>
/// Signals between replicas about single messages: one has its outcome, or one is to be stopped. A signal may be lost,
/// so those who wait also poll.
/// </summary>
public sealed class MessageSignals : IDisposable
{
    /// <summary>The polling interval while signals are down.</summary>
    public static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    /// <summary>The polling interval while signals work: thousands may be waiting, and each poll is a query.</summary>
    public static readonly TimeSpan RareLook = TimeSpan.FromSeconds(15);

    private readonly Signals _signals;
    private readonly TimeProvider _clock;
    private readonly ConcurrentDictionary<Waiting, byte> _waiting = new();
    private readonly IDisposable _answers;

    public MessageSignals(Signals signals, TimeProvider clock)
    {
        (_signals, _clock) = (signals, clock);
        _answers = signals.Subscribe(
            Signals.Answers,
            payload => Wake(waiting => Guid.TryParse(payload, out var message) && waiting.Message == message),
            missed: () => Wake(_ => true)
        );
    }

    /// <summary>Subscribe before reading the database, so that nothing is missed in between.</summary>
    public Waiting Of(Guid message)
    {
        var waiting = new Waiting(this, message);
        _waiting[waiting] = 0;
        return waiting;
    }

    public Task StopAsync(Guid message, CancellationToken cancellationToken) =>
        _signals.SendAsync(Signals.Stops, message.ToString(), cancellationToken);

    /// <param name="stop">Must be quick.</param>
    public IDisposable OnStop(Action<Guid> stop) => On(Signals.Stops, stop);

    /// <param name="answered">Must be quick.</param>
    public IDisposable OnAnswer(Action<Guid> answered) => On(Signals.Answers, answered);

    private IDisposable On(string channel, Action<Guid> heard) => _signals.Subscribe(channel, payload =>
        {
            if (Guid.TryParse(payload, out var message))
            {
                heard(message);
            }
        });

    private void Wake(Func<Waiting, bool> which)
    {
        foreach (var waiting in _waiting.Keys.Where(which))
        {
            waiting.Wake();
        }
    }

    public void Dispose() => _answers.Dispose();

    /// <summary>Waits for the next signal about one message.</summary>
    public sealed class Waiting(MessageSignals signals, Guid message) : IDisposable
    {
        private readonly TaskCompletionSource _woken = new(TaskCreationOptions.RunContinuationsAsynchronously);

        internal Guid Message => message;

        internal void Wake() => _woken.TrySetResult();

        /// <summary>Until the next poll, because signals may be lost.</summary>
        public Task WaitAsync(CancellationToken cancellationToken) =>
            WaitAsync(Timeout.InfiniteTimeSpan, cancellationToken);

        /// <param name="atMost">For a caller that has something else to do by then.</param>
        public async Task WaitAsync(TimeSpan atMost, CancellationToken cancellationToken)
        {
            var wait = signals._signals.IsListening ? RareLook : Look;
            await _woken
                .Task.WaitAsync(
                    atMost >= TimeSpan.Zero && atMost < wait ? atMost : wait,
                    signals._clock,
                    cancellationToken
                )
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
        }

        public void Dispose() => signals._waiting.TryRemove(this, out _);
    }
}
