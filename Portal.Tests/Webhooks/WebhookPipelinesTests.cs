using Microsoft.Extensions.Time.Testing;
using Portal.Audit;
using Portal.Model;
using Portal.Webhooks;

namespace Portal.Tests.Webhooks;

public sealed class WebhookPipelinesTests
{
    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public async Task The_deadline_is_the_widgets_own()
    {
        await using var hanging = new Hanging();
        using var caller = new Caller(hanging.Server, clock: _clock);
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
        await using var hanging = new Hanging();
        using var caller = new Caller(hanging.Server, clock: _clock);
        caller.Target = caller.Target with { Timeout = TimeSpan.FromDays(1) };

        var asking = caller.AskAsync();
        await hanging.ArrivedAsync(1);
        _clock.Advance(TimeSpan.FromMinutes(10));

        Assert.Equal("timeout", Caller.Result(await asking));
    }

    [Fact]
    public async Task The_callers_own_abort_is_no_outcome()
    {
        await using var hanging = new Hanging();
        using var caller = new Caller(hanging.Server);
        using var cancellationToken = new CancellationTokenSource();

        var asking = caller.Client.AskAsync(caller.Target, Caller.Question, null, cancellationToken.Token);
        await hanging.ArrivedAsync(1);
        await cancellationToken.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
    }

    [Fact]
    public async Task What_nobody_calls_any_more_is_forgotten_and_who_is_called_is_not()
    {
        await using var n8n = Upstream.Saying("""{"message":"Error in workflow"}""", 500);
        using var caller = new Caller(n8n, settings => settings.BreakAtCalls = 2, _clock);
        for (var i = 0; i < 40; i++)
        {
            // Each edit of a connection is another one.
            await caller.Client.AskAsync(caller.Another(Guid.CreateVersion7()), Caller.Question);
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

        Assert.Equal(
            "workflow_error",
            Caller.Result(
                await caller.Client.AskAsync(caller.Target with { AuthSecret = "the next one" }, Caller.Question)
            )
        );

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
                await (
                    isBroken
                        ? visit.ReplyAsync("""{"message":"Error in workflow"}""", 500)
                        : visit.ReplyAsync("""{"output":"hi"}""")
                );
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
                await (
                    isBusy
                        ? visit.WriteAsync($"HTTP/1.1 429 Too Many Requests\r\n{header}\r\nContent-Length: 0\r\n\r\n")
                        : visit.ReplyAsync("""{"output":"hi"}""")
                );
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
}
