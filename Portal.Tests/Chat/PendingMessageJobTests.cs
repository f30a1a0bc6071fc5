using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Portal.Audit;
using Portal.Chat;
using Portal.Jobs;
using Portal.Model;
using Portal.Tests.Api;
using Portal.Tests.Pages;

namespace Portal.Tests.Chat;

public sealed class PendingMessageJobTests(PortalApp portal) : IClassFixture<PortalApp>
{
    private const string Webhook = "https://n8n.shop.example/webhook/shop";

    [Fact]
    public async Task A_message_whose_asker_died_is_failed_once_past_its_deadline_however_many_look_at_once()
    {
        var shop = await portal.NewWidgetAsync(Webhook, new() { Texts = new() { Fallback = "Write to us instead." } });
        var dead = await PendingAsync(shop, deadline: "-31 seconds", lease: "-1 second");

        var swept = await Task.WhenAll(SweepAsync(), SweepAsync());

        Assert.Equal(1, swept.Sum());
        var log = await LogAsync(shop, dead);
        Assert.Equal(
            (ChatStatus.Failed, "Write to us instead.", null, true),
            (log.Status, log.Response, log.LeaseUntil, log.AnsweredAt is not null)
        );
        var error = await portal.As(shop.ClientId, db => db.WebhookErrors.SingleAsync());
        Assert.Equal((shop.Id, dead, "timeout"), (error.WidgetId, error.ChatLogId, error.ErrorType));
        Assert.Equal((1, 1), await CountsAsync(shop));

        Assert.Equal(0, await SweepAsync());
        Assert.Equal((1, 1), await CountsAsync(shop));
    }

    [Theory]
    [InlineData("-31 seconds", "10 seconds")]
    [InlineData("-20 seconds", "-1 second")]
    [InlineData("60 seconds", "-1 second")]
    public async Task A_message_that_somebody_is_asking_about_or_that_has_time_left_is_let_alone(
        string deadline,
        string lease
    )
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        var alive = await PendingAsync(shop, deadline, lease);

        await SweepAsync();

        Assert.Equal(ChatStatus.Pending, (await LogAsync(shop, alive)).Status);
        Assert.Equal((1, 0), await CountsAsync(shop));
        Assert.False(await portal.As(shop.ClientId, db => db.WebhookErrors.AnyAsync()));
    }

    [Fact]
    public async Task What_the_visitor_has_read_of_an_answer_stays()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        var dead = await PendingAsync(shop, deadline: "-31 seconds", lease: "-1 second");
        await portal.ExecuteAsync($"UPDATE chat_logs SET partial_response = 'We deliver in' WHERE id = '{dead}'");

        await SweepAsync();

        Assert.StartsWith("We deliver in", (await LogAsync(shop, dead)).Response, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_widget_without_words_of_its_own_says_it_in_its_language()
    {
        var shop = await portal.NewWidgetAsync(Webhook, new() { Texts = new() { Language = "de" } });
        var dead = await PendingAsync(shop, deadline: "-31 seconds", lease: "-1 second");

        await SweepAsync();

        Assert.Equal(FallbackTexts.In("de"), (await LogAsync(shop, dead)).Response);
    }

    // As the journal writes it; then its times are set.
    private async Task<Guid> PendingAsync(Shop shop, string deadline, string lease)
    {
        var guest = await portal.Guest(shop).OpenAsync();
        var message = new NewMessage(
            Guid.CreateVersion7(),
            shop.Id,
            guest.Session.GetProperty("sessionId").GetGuid(),
            1,
            Guid.CreateVersion7(),
            "Are you there?",
            null,
            null,
            TimeSpan.FromSeconds(90),
            CallbackToken.NewSecret()
        );
        Assert.IsType<MessageClaim.Acquired>(
            await portal.Services.GetRequiredService<Journal>().ClaimAsync(message, isAlive: false, default)
        );
        await portal.ExecuteAsync(
            $"UPDATE chat_logs SET deadline_at = now() + interval '{deadline}', lease_until = now() + interval '{lease}' WHERE id = '{message.Id}'"
        );
        return message.Id;
    }

    private Task<int> SweepAsync() =>
        portal.With(
            async (PendingMessageJob sweeper) =>
            {
                var progress = new JobProgress();
                await sweeper.RunAsync(progress, default);
                return progress.Items;
            }
        );

    private Task<ChatLog> LogAsync(Shop shop, Guid id) =>
        portal.As(shop.ClientId, db => db.ChatLogs.AsNoTracking().SingleAsync(log => log.Id == id));

    private Task<(int Messages, int Failed)> CountsAsync(Shop shop) =>
        portal.As(shop.ClientId, async db =>
            await db.VisitorSessions.AsNoTracking().SingleAsync() is var session
                ? (session.MessageCount, session.FailedCount)
                : default
        );
}
