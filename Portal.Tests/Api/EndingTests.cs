using Microsoft.EntityFrameworkCore;
using Portal.Model;
using Portal.Tests.Pages;

namespace Portal.Tests.Api;

/// <summary>What is on its way when a conversation may not go on any more.</summary>
[Trait("Speed", "slow")]
public sealed class EndingTests(SharedPortal portal) : IClassFixture<SharedPortal.Running>, IAsyncLifetime
{
    private N8n _n8n = null!;

    public async ValueTask InitializeAsync() => _n8n = await N8n.StartAsync();

    public async ValueTask DisposeAsync() => await _n8n.DisposeAsync();

    [Theory]
    [InlineData("UPDATE widgets SET is_active = false WHERE id = '{0}'")]
    [InlineData("UPDATE clients SET suspended_at = now() WHERE id = '{1}'")]
    [InlineData("UPDATE widgets SET widget_secret = (SELECT widget_secret FROM other_secret) WHERE id = '{0}'")]
    [InlineData("DELETE FROM visitor_sessions WHERE widget_id = '{0}'")]
    [InlineData("UPDATE visitor_sessions SET revoked_at = now() WHERE widget_id = '{0}'")]
    [InlineData("UPDATE widgets SET is_demo = true, expires_at = now() WHERE id = '{0}'")]
    public async Task A_stream_ends_here_and_on_another_replica_and_the_bot_is_left(string what)
    {
        var replica = await portal.OtherAsync();
        var bot = new StreamingBot(_n8n);
        var shop = await portal.NewWidgetAsync(_n8n.Url);
        var guest = await portal.Guest(shop).OpenAsync();
        var id = Guid.CreateVersion7();
        await using var hearing = await guest.HearAsync("Long?", id);
        bot.Say("It all began ");
        await hearing.HeardAsync("It all began ");
        await using var there = await new Guest(replica.Http, shop.Id) { Token = guest.Token }.HearAsync("Long?", id);
        await there.HeardAsync("It all began ");

        await EndAsync(shop, what);
        var started = System.Diagnostics.Stopwatch.GetTimestamp();
        while (await hearing.NextAsync() is not null) { }

        while (await there.NextAsync() is not null) { }

        await bot.Left;

        // Within a second, by the portal's promise. Whatever would notice without the signal is slower than this limit:
        // the next ping, the rare look at a message that another replica answers, and the bot's deadline.
        Assert.InRange(System.Diagnostics.Stopwatch.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(8));
        await NothingFailedAsync(shop, goes: what.StartsWith("DELETE", StringComparison.Ordinal));
    }

    // The bot did nothing wrong: the outcome is a stop, with the words that came, and no figure, list or incident has a
    // failure.
    private async Task NothingFailedAsync(Shop shop, bool goes)
    {
        await Timeouts.UntilAsync(() =>
            portal.As(shop.ClientId, async db => !await db.ChatLogs.AnyAsync(log => log.Status == ChatStatus.Pending))
        );
        await portal.With(
            async (Portal.Alerts.IncidentJob job) =>
            {
                await job.RunAsync(new Portal.Jobs.JobProgress(), default);
                return true;
            }
        );
        await portal.As(shop.ClientId, async db =>
        {
            Assert.Equal(
                goes ? [] : [(ChatStatus.Stopped, "It all began…")],
                (await db.ChatLogs.ToListAsync()).Select(log => (log.Status, log.Response))
            );
            Assert.Equal(0, await db.VisitorSessions.SumAsync(session => session.FailedCount));
            Assert.Equal((0, 0), (await db.WebhookErrors.CountAsync(), await db.Incidents.CountAsync()));
            return true;
        });
    }

    private async Task EndAsync(Shop shop, string what)
    {
        if (what.Contains("other_secret", StringComparison.Ordinal))
        {
            await portal.With(
                async (Portal.Chat.WidgetSecrets secrets) =>
                    await portal.As(shop.ClientId, db =>
                        db.Widgets.Where(widget => widget.Id == shop.Id)
                            .ExecuteUpdateAsync(set =>
                                set.SetProperty(widget => widget.WidgetSecret, secrets.Create(shop.ClientId, shop.Id))
                            )
                    )
            );
            return;
        }

        await using var owner = new Npgsql.NpgsqlConnection(
            ((Portal.Data.Databases)portal.Services.GetService(typeof(Portal.Data.Databases))!).Strings.Owner
        );
        await owner.OpenAsync();
        await using var command = new Npgsql.NpgsqlCommand(
            string.Format(System.Globalization.CultureInfo.InvariantCulture, what, shop.Id, shop.ClientId),
            owner
        );
        await command.ExecuteNonQueryAsync();
    }
}
