using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Portal.Audit;
using Portal.Chat;

namespace Portal.Tests.Api;

/// <summary>The limits that a client sets for a widget of its own (<c>security.limits</c>).</summary>
public sealed class OwnLimitsTests(SharedPortal portal) : IClassFixture<SharedPortal.Running>
{
    [Fact]
    public async Task One_visitor_asks_so_often_in_a_minute_and_the_next_is_not_in_the_way()
    {
        await using var bot = await N8n.StartAsync();
        await using var limited = await portal.ReplicaAsync(("Portal:Limits:Off", "false"));
        var shop = await portal.NewWidgetAsync(
            bot.Url,
            new() { Security = new() { Limits = new() { MessagesPerMinute = 2 } } }
        );
        var guest = await new Guest(limited.Http, shop.Id).OpenAsync();

        await guest.AskAsync("One?");
        await guest.AskAsync("Two?");
        using var third = await guest.TryAskAsync("Three?");

        Assert.Equal(
            (HttpStatusCode.TooManyRequests, "rate_limited"),
            (third.StatusCode, await Guest.CodeAsync(third))
        );
        await (await new Guest(limited.Http, shop.Id).OpenAsync()).AskAsync("One?");
    }

    [Theory]
    [InlineData("""{"security": {"limits": {"messagesPerDay": 1}}}""", true)]
    [InlineData("""{"security": {"limits": {"messagesPerDay": 5000}}}""", false)]
    [InlineData("""{"security": {"limits": {"messagesPerDay": "many"}}}""", false)]
    public async Task All_visitors_together_ask_so_often_in_a_day(string config, bool isOver)
    {
        await using var bot = await N8n.StartAsync();
        var shop = await portal.NewWidgetAsync(bot.Url);
        await using (
            var command = portal
                .Services.GetRequiredService<Portal.Data.Databases>()
                .Jobs.CreateCommand("UPDATE widgets SET config = $1::jsonb WHERE id = $2")
        )
        {
            command.Parameters.AddWithValue(config);
            command.Parameters.AddWithValue(shop.Id);
            Assert.Equal(1, await command.ExecuteNonQueryAsync());
        }

        var guest = await portal.Guest(shop).OpenAsync();
        await guest.AskAsync("One?");
        await portal.Services.GetRequiredService<Budgets>().WriteAsync();
        using var second = await guest.TryAskAsync("Two?");

        Assert.Equal(isOver ? HttpStatusCode.TooManyRequests : HttpStatusCode.OK, second.StatusCode);
    }
}
