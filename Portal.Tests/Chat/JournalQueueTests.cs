using Microsoft.Extensions.Time.Testing;
using Portal.Audit;
using Portal.Chat;

namespace Portal.Tests.Chat;

public sealed class JournalQueueTests
{
    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public void A_rush_lasts_a_second_longer_than_its_crowd()
    {
        var queue = new JournalQueue(_clock);
        var crowd = Add(queue, 16);
        Assert.True(queue.IsBusy);

        // The batch is written, and for a moment nobody waits.
        queue.Settle(crowd);
        _clock.Advance(TimeSpan.FromMilliseconds(900));
        Assert.True(queue.IsEmpty);
        Assert.True(queue.IsBusy);

        _clock.Advance(TimeSpan.FromMilliseconds(200));
        Assert.False(queue.IsBusy);
    }

    [Fact]
    public void A_few_are_no_rush()
    {
        var queue = new JournalQueue(_clock);
        Add(queue, 15);

        Assert.False(queue.IsBusy);
        Assert.False(queue.IsEmpty);
    }

    private static List<JournalEntry> Add(JournalQueue queue, int count)
    {
        var entries = Enumerable.Range(0, count).Select(JournalEntry (_) => new RenewalEntry([])).ToList();
        Assert.All(entries, entry => Assert.True(queue.TryAdd(entry, onlyFirst: false, out var _)));
        return entries;
    }
}
