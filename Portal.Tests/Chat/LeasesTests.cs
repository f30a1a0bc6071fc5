using Microsoft.EntityFrameworkCore;
using Portal.Audit;
using Portal.Chat;
using Portal.Model;
using Portal.Tests.Api;
using Portal.Tests.Pages;

namespace Portal.Tests.Chat;

/// <summary>Who asks the bot about a message while it has no answer, and who goes on when that one is gone.</summary>
[Trait("Speed", "slow")]
public sealed class LeasesTests(SharedPortal portal) : IClassFixture<SharedPortal.Running>, IAsyncLifetime
{
    private N8n _n8n = null!;

    public async ValueTask InitializeAsync() => _n8n = await N8n.StartAsync();

    public async ValueTask DisposeAsync() => await _n8n.DisposeAsync();

    [Fact]
    public async Task While_the_one_who_asked_lives_a_retry_elsewhere_waits_with_it_however_long_the_bot_takes()
    {
        var other = await portal.OtherAsync();
        var bot = new StreamingBot(_n8n);
        var shop = await portal.NewWidgetAsync(_n8n.Url);
        var guest = await portal.Guest(shop).OpenAsync();
        var id = Guid.CreateVersion7();
        await using var here = await guest.HearAsync("Long?", id);
        await bot.Asked;

        // As if ten of the lease's seconds had passed: it is renewed before it ends, and so on for as long as it takes.
        await portal.ExecuteAsync(
            $"UPDATE chat_logs SET lease_until = lease_until - interval '{Journal.LeaseSeconds - 6} seconds' WHERE widget_id = '{shop.Id}'"
        );
        await using var there = await new Guest(other.Http, shop.Id) { Token = guest.Token }.HearAsync("Long?", id);
        await Timeouts.UntilAsync(() =>
            portal.As(shop.ClientId, db =>
                db.ChatLogs.AnyAsync(log =>
                    log.WidgetId == shop.Id
                    && log.LeaseUntil > DateTimeOffset.UtcNow.AddSeconds(Journal.LeaseSeconds - 4)
                )
            )
        );
        bot.Say("Worth the wait.");
        bot.End();

        Assert.Equal("Worth the wait.", (await there.EndAsync()).Reply.GetProperty("response").GetString());
        Assert.Equal("Worth the wait.", (await here.EndAsync()).Reply.GetProperty("response").GetString());
        Assert.Single(_n8n.Asked);
    }

    [Fact]
    public async Task When_the_one_who_asked_is_gone_the_retry_that_waits_asks_again_under_the_same_id()
    {
        var shop = await portal.NewWidgetAsync(_n8n.Url);
        var guest = await portal.Guest(shop).OpenAsync();
        var asked = new TaskCompletionSource();
        _n8n.Workflow = async (context, _) =>
        {
            asked.TrySetResult();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        };
        var id = Guid.CreateVersion7();
        await using (
            var dying = await PortalProcess.StartAsync(
                portal
                    .Settings.Where(setting => setting.Key != "Portal:PublicUrl")
                    .Select(setting => (setting.Key, setting.Value))
            )
        )
        {
            var asking = new Guest(dying.Http, shop.Id) { Token = guest.Token }.TryAskAsync("Are you there?", id);
            await asked.Task.Patiently();
            await dying.KillAsync();
            await Assert.ThrowsAnyAsync<HttpRequestException>(() => asking);
        }

        var first = _n8n.Headers["webhook-id"];
        _n8n.Workflow = (context, _) => N8n.SayAsync(context, new { output = "I am." });
        await using var waiting = await guest.HearAsync("Are you there?", id);
        var (name, _) = (await waiting.NextAsync())!.Value;

        // Its lease runs still: nobody knows yet that it is gone.
        Assert.Equal("ping", name);
        Assert.Single(_n8n.Asked);
        await portal.ExecuteAsync($"UPDATE chat_logs SET lease_until = now() WHERE widget_id = '{shop.Id}'");

        var (last, reply) = await waiting.EndAsync();
        Assert.Equal(("done", "I am."), (last, reply.GetProperty("response").GetString()));
        Assert.Equal((2, first), (_n8n.Asked.Count, _n8n.Headers["webhook-id"]));
        var log = await portal.As(shop.ClientId, db => db.ChatLogs.SingleAsync(l => l.WidgetId == shop.Id));
        Assert.Equal(
            (ChatStatus.Answered, "I am.", 2, first),
            (log.Status, log.Response, log.Attempt, log.Id.ToString())
        );
    }
}
