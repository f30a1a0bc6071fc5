using Microsoft.Extensions.DependencyInjection;
using Portal.Audit;
using Portal.Data;
using Portal.Tests.Api;
using Portal.Tests.Data;

namespace Portal.Tests.Chat;

public sealed class QueriesTests(PortalApp portal) : IClassFixture<PortalApp>
{
    [Fact]
    public async Task A_message_costs_the_journal_two_batches_and_nobody_else_a_query()
    {
        const int Messages = 10;
        await using var n8n = await N8n.StartAsync();
        var shop = await portal.NewWidgetAsync(n8n.Url, new() { Bot = new() { History = 5 } });
        var guest = await portal.Guest(shop).OpenAsync();
        await Timeouts.UntilAsync(() => Task.FromResult(portal.Services.GetRequiredService<Signals>().IsListening));
        await guest.AskAsync("The first, which nobody can be prepared for.");

        using var counting = DatabaseCommands.Of(portal);
        for (var i = 0; i < Messages; i++)
        {
            await guest.AskAsync($"Question {i}");
        }

        var seen = counting.Seen;
        Assert.Equal(10, n8n.Asked[^1].GetProperty("history").GetArrayLength());
        Assert.DoesNotContain(seen, command => command.By != "portal-journal");
        // A lease that happens to be renewed just then is a batch too.
        Assert.InRange(seen.Count, 1, (2 * Messages) + 1);
    }
}
