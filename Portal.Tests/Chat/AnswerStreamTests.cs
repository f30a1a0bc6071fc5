using Microsoft.Extensions.Time.Testing;
using Portal.Audit;
using Portal.Chat;

namespace Portal.Tests.Chat;

public sealed class AnswerStreamTests
{
    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public async Task Silence_is_told_soon_and_then_every_15_seconds()
    {
        var answer = new AnswerStream(_clock);
        await using var heard = answer.FollowAsync(default).GetAsyncEnumerator();

        foreach (var pause in (TimeSpan[])[AnswerStream.FirstPing, TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(15)])
        {
            var next = heard.MoveNextAsync().AsTask();
            _clock.Advance(pause - TimeSpan.FromMilliseconds(1));
            Assert.False(next.IsCompleted);
            _clock.Advance(TimeSpan.FromMilliseconds(1));
            Assert.True(await next);
            Assert.IsType<AnswerEvent.Heartbeat>(heard.Current);
        }
    }

    [Fact]
    public async Task A_hundred_who_come_at_any_time_hear_every_word_once_and_in_order()
    {
        var answer = new AnswerStream(TimeProvider.System);
        var words = Enumerable.Range(0, 2000).Select(n => $"{n} ").ToList();
        var listeners = new List<Task<string>>();

        foreach (var (n, word) in words.Index())
        {
            if (n % 20 == 0)
            {
                listeners.Add(Task.Run(() => HearAsync(answer)));
            }

            answer.Say(word);
        }

        answer.End(null);

        Assert.All(await Task.WhenAll(listeners), heard => Assert.Equal(string.Concat(words), heard));
    }

    [Fact]
    public async Task Who_leaves_stops_nobody_else()
    {
        var answer = new AnswerStream(_clock);
        using var leaving = new CancellationTokenSource();
        var leaver = Task.Run(async () => await answer.FollowAsync(leaving.Token).ToListAsync());
        var stayer = HearAsync(answer);

        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaver);
        answer.Say("Still here.");
        answer.End(null);

        Assert.Equal("Still here.", await stayer);
        Assert.False(answer.Ending.IsCancellationRequested);
    }

    [Fact]
    public async Task What_could_not_be_stored_is_nobodys_answer()
    {
        var answer = new AnswerStream(_clock);
        answer.Say("Never stored.");
        answer.Break(new InvalidOperationException("The disk is full."));

        await Assert.ThrowsAsync<InvalidOperationException>(() => HearAsync(answer));
    }

    private static async Task<string> HearAsync(AnswerStream answer)
    {
        var heard = "";
        await foreach (var next in answer.FollowAsync(default))
        {
            heard += next is AnswerEvent.Delta words ? words.Text : "";
        }

        return heard;
    }
}
