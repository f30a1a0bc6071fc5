using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Portal.Audit;
using Portal.Chat;
using Portal.Data;

namespace Portal.Tests.Chat;

public sealed class MessageSignalsTests(SharedPortal portal) : IClassFixture<SharedPortal.Running>
{
    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public async Task Who_waits_looks_rarely_while_signals_come_and_is_woken_by_the_one_that_counts()
    {
        using var signals = await ListeningAsync();
        using var messages = new MessageSignals(signals, _clock);
        var id = Guid.CreateVersion7();
        using var waiting = messages.Of(id);
        using var another = messages.Of(Guid.CreateVersion7());

        var (woken, looking) = (waiting.WaitAsync(default), another.WaitAsync(default));
        _clock.Advance(MessageSignals.RareLook - TimeSpan.FromMilliseconds(1));
        Assert.False(woken.IsCompleted || looking.IsCompleted);
        await signals.SendAsync(Signals.Answers, id.ToString(), default);
        await woken.Patiently();
        Assert.False(looking.IsCompleted);
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        await looking.Patiently();
    }

    [Fact]
    public async Task Whoever_has_a_deadline_waits_no_longer_than_that()
    {
        using var signals = await ListeningAsync();
        using var messages = new MessageSignals(signals, _clock);
        using var waiting = messages.Of(Guid.CreateVersion7());

        var looking = waiting.WaitAsync(TimeSpan.FromSeconds(3), default);
        _clock.Advance(TimeSpan.FromSeconds(3));

        await looking.Patiently();
    }

    [Fact]
    public async Task Where_no_signals_come_who_waits_looks_each_second()
    {
        var deaf = await portal.OtherAsync(("ConnectionStrings:Listen", "Host=127.0.0.1;Port=1;Timeout=1"));
        using var messages = new MessageSignals(deaf.Services.GetRequiredService<Signals>(), _clock);
        using var waiting = messages.Of(Guid.CreateVersion7());

        var looking = waiting.WaitAsync(default);
        _clock.Advance(MessageSignals.Look);

        await looking.Patiently();
    }

    // By the test's own clock, so that a machine that is busy for a second does not pass for signals that no longer
    // come.
    private async Task<Signals> ListeningAsync()
    {
        var signals = new Signals(
            portal.Services.GetRequiredService<Portal.Data.Databases>(),
            _clock,
            NullLogger<Signals>.Instance
        );
        await signals.StartAsync(default);
        await Timeouts.UntilAsync(() => Task.FromResult(signals.IsListening));
        return signals;
    }
}
