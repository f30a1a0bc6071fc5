using System.Net;
using System.Net.Sockets;
using Portal.Audit;
using Portal.Model;
using Portal.Webhooks;

namespace Portal.Tests.Webhooks;

public sealed class WebhookClientTests
{
    [Fact]
    public async Task A_connection_that_failed_is_tried_once_more()
    {
        await using var n8n = Upstream.Saying("""{"output":"hi"}""");
        var lookups = 0;
        using var caller = Named(n8n, () =>
            ++lookups == 1 ? throw new SocketException((int)SocketError.TryAgain) : [IPAddress.Loopback]
        );

        Assert.Equal("hi", await caller.ResultAsync());
        Assert.Equal((2, 1), (lookups, n8n.Requests.Count));
    }

    [Fact]
    public async Task A_connection_is_not_tried_a_third_time()
    {
        await using var n8n = Upstream.Saying("""{"output":"hi"}""");
        var lookups = 0;
        using var caller = Named(n8n, () =>
        {
            lookups++;
            throw new SocketException((int)SocketError.HostNotFound);
        });

        var failed = Assert.IsType<WebhookOutcome.Failed>(await caller.AskAsync());

        Assert.Equal(
            (WebhookErrorType.Unreachable, "The host name was not found.", 2),
            (failed.Error, failed.Detail, lookups)
        );
    }

    [Fact]
    public async Task What_was_sent_is_never_sent_again_on_a_fresh_connection_or_a_kept_one()
    {
        var isFirst = true;
        await using var n8n = new Upstream(async visit =>
        {
            await visit.ReadRequestAsync();
            if (isFirst)
            {
                isFirst = false;
                await visit.ReplyAsync("""{"output":"hi"}""");
                await visit.ReadRequestAsync();
            }
        });
        using var caller = new Caller(n8n);

        Assert.Equal("hi", await caller.ResultAsync());
        Assert.Equal("incomplete", await caller.ResultAsync());
        Assert.Equal(2, n8n.Requests.Count);
        Assert.Equal("incomplete", await caller.ResultAsync());
        Assert.Equal(3, n8n.Requests.Count);
    }

    [Theory]
    [InlineData(500)]
    [InlineData(503)]
    [InlineData(429)]
    public async Task A_refusal_is_not_asked_again(int status)
    {
        await using var n8n = Upstream.Saying("""{"code":503,"message":"Database is not ready!"}""", status);
        using var caller = new Caller(n8n);

        await caller.AskAsync();

        Assert.Single(n8n.Requests);
    }

    [Theory]
    [InlineData("""{"message":"Workflow was started"}""", "later")]
    [InlineData("", "later")]
    [InlineData("""{"output":"at once"}""", "at once")]
    [InlineData("""{"message":"Webhook call received"}""", "no_answer")]
    [InlineData("n8n is starting up. Please wait", "starting")]
    public async Task A_bot_that_answers_later_may_acknowledge(string reply, string expected)
    {
        await using var n8n = Upstream.Saying(reply);
        using var caller = new Caller(n8n);
        caller.Target = caller.Target with { AnswersLater = true };

        Assert.Equal(expected, await caller.ResultAsync());
    }

    private static Caller Named(Upstream upstream, Func<IPAddress[]> resolve)
    {
        var caller = new Caller(
            settings => settings.AllowedTargets = [$"n8n.example.com:{upstream.Port}"],
            resolve: (_, _) => Task.FromResult(resolve())
        );
        caller.Target = caller.Target with { Url = $"http://n8n.example.com:{upstream.Port}/webhook/shop" };
        return caller;
    }
}
