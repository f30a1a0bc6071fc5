using Microsoft.EntityFrameworkCore;
using Portal.Audit;
using Portal.Deletion;
using Portal.Jobs;
using Portal.Tests.Api;
using Portal.Tests.Pages;

namespace Portal.Tests.Deletion;

public sealed class RetentionJobTests(PortalApp portal) : IClassFixture<PortalApp>
{
    private const string Webhook = "https://n8n.shop.example/webhook/shop";

    private static readonly DateTimeOffset s_now = DateTimeOffset.UtcNow;

    [Fact]
    public async Task What_is_older_than_its_widget_keeps_it_goes_and_counts_stay()
    {
        var shop = await KeepingAsync("30");
        await portal.HadAsync(shop, new("Too old", s_now.AddDays(-31)) { Status = "failed", ErrorType = "timeout" });
        await portal.HadAsync(shop, new("Young", s_now.AddDays(-29)));
        await portal.ExecuteAsync(
            $$"""
            INSERT INTO analytics (widget_id, date, num_chats, most_common_questions) VALUES
                ('{{shop.Id}}', (now() - interval '40 days')::date, 7, '[{"question": "Asked often", "count": 3, "key": "a"}, {"question": "Asked once", "count": 1, "key": "b"}, "By hand"]'),
                ('{{shop.Id}}', (now() - interval '2 days')::date, 2, '[{"question": "Lately", "count": 1, "key": "c"}]')
            """
        );

        var items = await RunAsync();

        Assert.Equal(
            ["Young"],
            await portal.As(shop.ClientId, db => db.ChatLogs.Select(log => log.Message).ToListAsync())
        );
        Assert.Equal(
            ["Young"],
            await portal.As(shop.ClientId, db =>
                db.VisitorSessions.Select(session => session.FirstMessage).ToListAsync()
            )
        );
        Assert.Equal(0, await portal.As(shop.ClientId, db => db.WebhookErrors.CountAsync()));
        Assert.Equal(
            [7, 2],
            await portal.As(shop.ClientId, db =>
                db.Analytics.OrderBy(day => day.Date).Select(day => day.NumChats).ToListAsync()
            )
        );
        Assert.Equal("Asked often, By hand, Lately", await QuestionsAsync(shop));
        Assert.True(items >= 2);
        Assert.Equal("data.erased", (await portal.As(shop.ClientId, db => db.ChangeLogs.SingleAsync())).Action);

        // Once more finds nothing.
        await RunAsync();
        Assert.Equal(1, await portal.As(shop.ClientId, db => db.ChangeLogs.CountAsync()));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("0")]
    [InlineData("\"soon\"")]
    [InlineData("-1")]
    [InlineData("\"30\"")]
    [InlineData("30.5")]
    [InlineData("3651")]
    [InlineData("99999999999999999999")]
    public async Task Without_a_number_of_days_everything_is_kept(string? days)
    {
        var shop = await KeepingAsync(days);
        await portal.HadAsync(shop, new("Old", s_now.AddYears(-5)));

        await RunAsync();

        Assert.Equal(1, await portal.As(shop.ClientId, db => db.ChatLogs.CountAsync()));
    }

    [Fact]
    public async Task The_job_reads_days_as_the_page_does_however_they_are_capitalized()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        await portal.ExecuteAsync(
            $$$"""UPDATE widgets SET config = '{"Retention": {"Days": 30}}' WHERE id = '{{{shop.Id}}}'"""
        );
        await portal.HadAsync(shop, new("Too old", s_now.AddDays(-31)));
        await portal.HadAsync(shop, new("Young", s_now.AddDays(-29)));
        var owner = portal.SignedIn(shop.ClientId);

        await owner.OpenAsync($"/widgets/{shop.Id}");
        Assert.Equal("30", owner.Attribute("#KeepDays", "value"));
        await RunAsync();

        Assert.Equal(
            ["Young"],
            await portal.As(shop.ClientId, db => db.ChatLogs.Select(log => log.Message).ToListAsync())
        );
    }

    private async Task<Shop> KeepingAsync(string? days)
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        if (days is not null)
        {
            await portal.ExecuteAsync(
                $$"""UPDATE widgets SET config = jsonb_set(config, '{retention}', '{"days": {{days}}}') WHERE id = '{{shop.Id}}'"""
            );
        }

        return shop;
    }

    private async Task<string> QuestionsAsync(Shop shop)
    {
        await using var command = (
            (Portal.Data.Databases)portal.Services.GetService(typeof(Portal.Data.Databases))!
        ).Jobs.CreateCommand(
            $"SELECT string_agg(coalesce(item ->> 'question', item #>> '{{}}'), ', ' ORDER BY date, place) FROM analytics, jsonb_array_elements(most_common_questions) WITH ORDINALITY AS i (item, place) WHERE widget_id = '{shop.Id}'"
        );
        return (string)(await command.ExecuteScalarAsync())!;
    }

    private Task<int> RunAsync() =>
        portal.With(
            async (RetentionJob job) =>
            {
                var progress = new JobProgress();
                await job.RunAsync(progress, default);
                return progress.Items;
            }
        );
}
