using Microsoft.EntityFrameworkCore;
using Portal.Analytics;
using Portal.Audit;
using Portal.Jobs;
using Portal.Tests.Api;
using Portal.Tests.Pages;

namespace Portal.Tests.Analytics;

public sealed class SearchIndexJobTests(PortalApp portal) : IClassFixture<PortalApp>
{
    [Fact]
    public async Task What_was_imported_is_read_and_not_again_every_minute_after()
    {
        var shop = await portal.NewWidgetAsync("https://n8n.shop.example/webhook/shop");
        await portal.ExecuteAsync(
            $"""
            INSERT INTO chat_logs (widget_id, user_id, message, response, created_at, recorded_at)
            SELECT '{shop.Id}', 'visitor ' || n, 'Imported', 'Yes', now() - n * interval '1 day', now() - interval '1 hour' FROM generate_series(1, 20) n
            """
        );

        Assert.Equal(20, await ReadAsync());
        Assert.Equal(20, await portal.As(shop.ClientId, db => db.SearchConversations("imported", 100).CountAsync()));
        Assert.Equal(0, await ReadAsync());

        await portal.ExecuteAsync(
            $"UPDATE chat_logs SET feedback = 'up' WHERE widget_id = '{shop.Id}' AND user_id = 'visitor 7'"
        );
        Assert.Equal(1, await ReadAsync());
    }

    private Task<int> ReadAsync() =>
        portal.With(
            async (SearchIndexJob reader) =>
            {
                var progress = new JobProgress();
                await reader.RunAsync(progress, default);
                return progress.Items;
            }
        );
}
