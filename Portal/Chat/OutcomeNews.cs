namespace Portal.Chat;

/// <summary>Word that a message has got its outcome, on whichever replica. A word may be lost, so who waits looks for himself from time to time.</summary>
public sealed class OutcomeNews(TimeProvider clock)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(250);

    public Waiting Of(Guid message) => new(this, message);

    /// <summary>Waits for the next word about one message.</summary>
    public sealed class Waiting(OutcomeNews news, Guid message) : IDisposable
    {
        public Guid Message => message;

        public Task WaitAsync(CancellationToken abort) => Task.Delay(Look, news.Clock, abort);

        public void Dispose()
        {
        }
    }

    private TimeProvider Clock => clock;
}
