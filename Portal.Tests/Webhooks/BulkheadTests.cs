using Portal.Audit;
using Portal.Webhooks;

namespace Portal.Tests.Webhooks;

/// <summary>A bot that hangs, and what it may take of what all share.</summary>
public sealed class BulkheadTests : IAsyncDisposable
{
    private readonly Hanging _hanging = new();
    private readonly Upstream _healthy = Upstream.Saying("""{"output":"hi"}""");

    [Fact]
    public async Task A_hanging_bot_fills_its_own_bulkhead_and_no_other()
    {
        using var caller = Calling(settings =>
            (settings.ConcurrentPerWidget, settings.QueuedPerWidget, settings.ConcurrentInAll) = (2, 0, 3)
        );

        var waiting = new[] { caller.AskAsync(), caller.AskAsync() };
        await _hanging.ArrivedAsync(2);
        var refused = await Task.WhenAll(Enumerable.Range(0, 500).Select(_ => caller.ResultAsync()));

        Assert.All(refused, result => Assert.Equal("circuit_open", result));
        Assert.Equal("hi", await caller.ResultAsync(Healthy(caller, caller.Target.ClientId)));
        _hanging.LetGo();
        Assert.All(await Task.WhenAll(waiting), outcome => Assert.Equal("late", Caller.Result(outcome)));
    }

    [Fact]
    public async Task A_question_may_wait_for_its_turn()
    {
        using var caller = Calling(settings => (settings.ConcurrentPerWidget, settings.QueuedPerWidget) = (1, 1));

        var first = caller.AskAsync();
        await _hanging.ArrivedAsync(1);
        var second = caller.AskAsync();
        Assert.Equal("circuit_open", await caller.ResultAsync());
        _hanging.LetGo();

        Assert.Equal(["late", "late"], (await Task.WhenAll(first, second)).Select(Caller.Result));
    }

    [Fact]
    public async Task There_is_a_cap_for_all_widgets_together()
    {
        using var caller = Calling(settings => settings.ConcurrentInAll = 2);

        var waiting = Enumerable
            .Range(0, 2)
            .Select(_ => caller.ResultAsync(caller.Another(Guid.CreateVersion7())))
            .ToArray();
        await _hanging.ArrivedAsync(2);

        Assert.Equal("circuit_open", await caller.ResultAsync());
        _hanging.LetGo();
        await Task.WhenAll(waiting);
        Assert.Equal("late", await caller.ResultAsync());
    }

    [Fact]
    public async Task One_clients_widgets_take_no_more_together_than_the_clients_share_however_many_they_are()
    {
        using var caller = Calling(settings => (settings.ConcurrentPerClient, settings.ConcurrentInAll) = (3, 4));
        var (greedy, modest) = (Guid.CreateVersion7(), Guid.CreateVersion7());

        var waiting = Enumerable.Range(0, 3).Select(_ => caller.ResultAsync(caller.Another(greedy))).ToArray();
        await _hanging.ArrivedAsync(3);
        var refused = await Task.WhenAll(
            Enumerable.Range(0, 20).Select(_ => caller.ResultAsync(caller.Another(greedy)))
        );

        Assert.All(refused, result => Assert.Equal("circuit_open", result));
        Assert.Equal("hi", await caller.ResultAsync(Healthy(caller, modest)));
        _hanging.LetGo();
        await Task.WhenAll(waiting);
        Assert.Equal("late", await caller.ResultAsync(caller.Another(greedy)));
    }

    /// <summary>Visitors of the hanging bot, who may also use the healthy one beside it.</summary>
    private Caller Calling(Action<WebhookOptions> limits) => new(_hanging.Server, settings =>
        {
            settings.AllowedTargets = [.. settings.AllowedTargets, $"127.0.0.1:{_healthy.Port}"];
            limits(settings);
        });

    private WebhookTarget Healthy(Caller caller, Guid client) => caller.Another(client) with { Url = _healthy.Url };

    public async ValueTask DisposeAsync()
    {
        await _hanging.DisposeAsync();
        await _healthy.DisposeAsync();
    }
}
