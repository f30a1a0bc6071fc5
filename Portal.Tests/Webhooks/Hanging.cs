namespace Portal.Tests.Webhooks;

/// <summary>A bot that keeps everyone waiting until it is let go.</summary>
internal sealed class Hanging : IAsyncDisposable
{
    private readonly SemaphoreSlim _arrivals = new(0);
    private readonly TaskCompletionSource _letGo = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Hanging() =>
        Server = new Upstream(async visit =>
        {
            while (await visit.ReadRequestAsync() is not null)
            {
                _arrivals.Release();
                await _letGo.Task.WaitAsync(visit.End);
                await visit.ReplyAsync("""{"output":"late"}""");
            }
        });

    public Upstream Server { get; }

    public async Task ArrivedAsync(int count)
    {
        for (var i = 0; i < count; i++)
        {
            Assert.True(await _arrivals.WaitAsync(Timeouts.Limit));
        }
    }

    public void LetGo() => _letGo.SetResult();

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        _arrivals.Dispose();
    }
}
