using Microsoft.Extensions.Time.Testing;
using Portal.Webhooks;

namespace Portal.Tests.Webhooks;

public sealed class WebhookPipelinesTests
{
    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public async Task The_deadline_is_the_widgets_own()
    {
        var hanging = new Hanging();
        await using var n8n = hanging.Server;
        using var caller = new Caller(n8n, clock: _clock);
        caller.Target = caller.Target with { Timeout = TimeSpan.FromMinutes(5) };

        var asking = caller.AskAsync();
        await hanging.ArrivedAsync(1);
        _clock.Advance(TimeSpan.FromSeconds(299));
        Assert.False(asking.IsCompleted);
        _clock.Advance(TimeSpan.FromSeconds(2));

        var failed = Assert.IsType<WebhookOutcome.Failed>(await asking);
        Assert.Equal((WebhookErrorType.Timeout, TimeSpan.FromSeconds(301)), (failed.Error, failed.Latency));
    }

    [Fact]
    public async Task No_widget_waits_longer_than_the_operator_allows()
    {
        var hanging = new Hanging();
        await using var n8n = hanging.Server;
        using var caller = new Caller(n8n, clock: _clock);
        caller.Target = caller.Target with { Timeout = TimeSpan.FromDays(1) };

        var asking = caller.AskAsync();
        await hanging.ArrivedAsync(1);
        _clock.Advance(TimeSpan.FromMinutes(10));

        Assert.Equal("timeout", Caller.Result(await asking));
    }

    [Fact]
    public async Task The_callers_own_abort_is_no_outcome()
    {
        var hanging = new Hanging();
        await using var n8n = hanging.Server;
        using var caller = new Caller(n8n);
        using var abort = new CancellationTokenSource();

        var asking = caller.Client.AskAsync(caller.Target, Caller.Question, null, abort.Token);
        await hanging.ArrivedAsync(1);
        await abort.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
    }

    [Fact]
    public async Task A_hanging_bot_fills_its_own_bulkhead_and_no_other()
    {
        var hanging = new Hanging();
        await using var slow = hanging.Server;
        await using var healthy = Upstream.Saying("""{"output":"hi"}""");
        using var caller = new Caller(slow, settings =>
        {
            settings.AllowedTargets = [.. settings.AllowedTargets, $"127.0.0.1:{healthy.Port}"];
            (settings.ConcurrentPerWidget, settings.QueuedPerWidget, settings.ConcurrentInAll) = (2, 0, 3);
        });
        var other = Another(caller, caller.Target.ClientId) with { Url = healthy.Url };

        var waiting = new[] { caller.AskAsync(), caller.AskAsync() };
        await hanging.ArrivedAsync(2);
        var refused = await Task.WhenAll(Enumerable.Range(0, 500).Select(_ => caller.ResultAsync()));
        var answered = await caller.Client.AskAsync(other, Caller.Question);

        Assert.All(refused, result => Assert.Equal("circuit_open", result));
        Assert.Equal("hi", Caller.Result(answered));

        hanging.LetGo();
        Assert.All(await Task.WhenAll(waiting), outcome => Assert.Equal("late", Caller.Result(outcome)));
    }

    [Fact]
    public async Task A_question_may_wait_for_its_turn()
    {
        var hanging = new Hanging();
        await using var n8n = hanging.Server;
        using var caller = new Caller(n8n, settings => (settings.ConcurrentPerWidget, settings.QueuedPerWidget) = (1, 1));

        var first = caller.AskAsync();
        await hanging.ArrivedAsync(1);
        var second = caller.AskAsync();
        Assert.Equal("circuit_open", await caller.ResultAsync());
        hanging.LetGo();

        Assert.Equal(["late", "late"], (await Task.WhenAll(first, second)).Select(Caller.Result));
    }

    [Fact]
    public async Task There_is_a_cap_for_all_widgets_together()
    {
        var hanging = new Hanging();
        await using var n8n = hanging.Server;
        using var caller = new Caller(n8n, settings => settings.ConcurrentInAll = 2);

        var waiting = Enumerable.Range(0, 2).Select(_ => caller.Client.AskAsync(Another(caller, Guid.CreateVersion7()), Caller.Question)).ToArray();
        await hanging.ArrivedAsync(2);

        Assert.Equal("circuit_open", await caller.ResultAsync());
        hanging.LetGo();
        await Task.WhenAll(waiting);
        Assert.Equal("late", await caller.ResultAsync());
    }

    [Fact]
    public async Task One_clients_widgets_take_no_more_together_than_the_clients_share_however_many_they_are()
    {
        var hanging = new Hanging();
        await using var n8n = hanging.Server;
        await using var healthy = Upstream.Saying("""{"output":"hi"}""");
        using var caller = new Caller(n8n, settings =>
        {
            settings.AllowedTargets = [.. settings.AllowedTargets, $"127.0.0.1:{healthy.Port}"];
            (settings.ConcurrentPerClient, settings.ConcurrentInAll) = (3, 4);
        });
        var (greedy, modest) = (Guid.CreateVersion7(), Guid.CreateVersion7());

        var waiting = Enumerable.Range(0, 3).Select(_ => caller.Client.AskAsync(Another(caller, greedy), Caller.Question)).ToArray();
        await hanging.ArrivedAsync(3);
        var refused = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => caller.Client.AskAsync(Another(caller, greedy), Caller.Question)));

        Assert.All(refused, outcome => Assert.Equal("circuit_open", Caller.Result(outcome)));
        Assert.Equal("hi", Caller.Result(await caller.Client.AskAsync(Another(caller, modest) with { Url = healthy.Url }, Caller.Question)));
        hanging.LetGo();
        await Task.WhenAll(waiting);
        Assert.Equal("late", Caller.Result(await caller.Client.AskAsync(Another(caller, greedy), Caller.Question)));
    }

    [Fact]
    public async Task What_nobody_calls_any_more_is_forgotten_and_who_is_called_is_not()
    {
        await using var n8n = Upstream.Saying("""{"message":"Error in workflow"}""", 500);
        using var caller = new Caller(n8n, settings => settings.BreakAtCalls = 2, _clock);
        for (var i = 0; i < 40; i++)
        {
            // Each edit of a connection is another one.
            await caller.Client.AskAsync(Another(caller, Guid.CreateVersion7()), Caller.Question);
            await caller.Client.AskAsync(caller.Target with { AuthSecret = $"secret {i}" }, Caller.Question);
        }

        Assert.InRange(caller.Pipelines.Known, 41, 60);
        _clock.Advance(TimeSpan.FromMinutes(11));
        await caller.AskAsync();
        await caller.AskAsync();
        _clock.Advance(TimeSpan.FromMinutes(11));

        Assert.Equal(1, caller.Pipelines.Known);
        _clock.Advance(TimeSpan.FromMinutes(11));
        Assert.Equal(0, caller.Pipelines.Known);
    }

    [Fact]
    public async Task A_test_of_another_connection_lets_the_live_one_keep_its_pause()
    {
        await using var n8n = Upstream.Saying("""{"message":"Error in workflow"}""", 500);
        using var caller = new Caller(n8n, settings => settings.BreakAtCalls = 2, _clock);
        await caller.AskAsync();
        await caller.AskAsync();
        Assert.Equal("circuit_open", await caller.ResultAsync());

        Assert.Equal("workflow_error", Caller.Result(await caller.Client.AskAsync(caller.Target with { AuthSecret = "the next one" }, Caller.Question)));

        Assert.Equal("circuit_open", await caller.ResultAsync());
    }

    [Fact]
    public async Task Calls_pause_after_failures_and_resume_with_one_probe()
    {
        var isBroken = true;
        await using var n8n = new Upstream(async visit =>
        {
            while (await visit.ReadRequestAsync() is not null)
            {
                await (isBroken ? visit.ReplyAsync("""{"message":"Error in workflow"}""", 500) : visit.ReplyAsync("""{"output":"hi"}"""));
            }
        });
        using var caller = new Caller(n8n, settings => settings.BreakAtCalls = 4, _clock);

        for (var i = 0; i < 4; i++)
        {
            Assert.Equal("workflow_error", await caller.ResultAsync());
        }

        Assert.Equal("circuit_open", await caller.ResultAsync());
        Assert.Equal(4, n8n.Requests.Count);

        _clock.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal("workflow_error", await caller.ResultAsync());
        Assert.Equal("circuit_open", await caller.ResultAsync());

        isBroken = false;
        _clock.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal("hi", await caller.ResultAsync());
        Assert.Equal("hi", await caller.ResultAsync());
    }

    [Theory]
    [InlineData("Retry-After: 20", 20)]
    [InlineData("Retry-After: 86400", 300)]
    public async Task A_bot_that_asks_for_a_pause_gets_it_within_reason(string header, int seconds)
    {
        var isBusy = true;
        await using var n8n = new Upstream(async visit =>
        {
            while (await visit.ReadRequestAsync() is not null)
            {
                await (isBusy ? visit.WriteAsync($"HTTP/1.1 429 Too Many Requests\r\n{header}\r\nContent-Length: 0\r\n\r\n") : visit.ReplyAsync("""{"output":"hi"}"""));
            }
        });
        using var caller = new Caller(n8n, clock: _clock);

        Assert.Equal("rate_limited", await caller.ResultAsync());
        isBusy = false;
        _clock.Advance(TimeSpan.FromSeconds(seconds - 1));
        Assert.Equal("circuit_open", await caller.ResultAsync());
        Assert.Single(n8n.Requests);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("hi", await caller.ResultAsync());
    }

    [Fact]
    public async Task An_edited_connection_starts_afresh()
    {
        await using var n8n = Upstream.Saying("""{"message":"Error in workflow"}""", 500);
        using var caller = new Caller(n8n, settings => settings.BreakAtCalls = 2, _clock);
        await caller.AskAsync();
        await caller.AskAsync();
        Assert.Equal("circuit_open", await caller.ResultAsync());

        caller.Target = caller.Target with { Url = n8n.Url + "/mended" };

        Assert.Equal("workflow_error", await caller.ResultAsync());
    }

    [Fact]
    public async Task A_mistake_in_the_setup_pauses_nothing()
    {
        await using var n8n = Upstream.Saying("""{"message":"Workflow was started"}""");
        using var caller = new Caller(n8n, settings => settings.BreakAtCalls = 2);

        for (var i = 0; i < 10; i++)
        {
            Assert.Equal("no_answer", await caller.ResultAsync());
        }
    }

    private static WebhookTarget Another(Caller caller, Guid client) => caller.Target with { WidgetId = Guid.CreateVersion7(), ClientId = client };

    /// <summary>A bot that keeps everyone waiting until it is let go.</summary>
    private sealed class Hanging
    {
        private readonly SemaphoreSlim _arrivals = new(0);
        private readonly TaskCompletionSource _letGo = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Hanging() => Server = new Upstream(async visit =>
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
                Assert.True(await _arrivals.WaitAsync(Patience.Limit));
            }
        }

        public void LetGo() => _letGo.SetResult();
    }
}
