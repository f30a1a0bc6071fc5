using System.Diagnostics;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Portal.Audit;
using Portal.Tests.Api;

namespace Portal.Tests.Chat;

public sealed class ReplicasTests(SharedPortal portal) : IClassFixture<SharedPortal.Running>, IAsyncLifetime
{
    private static readonly TimeSpan OneSecond = TimeSpan.FromSeconds(1);

    private N8n _n8n = null!;

    public async ValueTask InitializeAsync() => _n8n = await N8n.StartAsync();

    public async ValueTask DisposeAsync() => await _n8n.DisposeAsync();

    [Theory]
    [InlineData("UPDATE clients SET suspended_at = now() WHERE id = $1", false)]
    [InlineData("UPDATE widgets SET is_active = false WHERE id = $1", true)]
    [InlineData("DELETE FROM widgets WHERE id = $1", true)]
    public async Task A_client_suspended_or_a_widget_switched_off_is_so_on_every_replica_within_a_second(
        string change,
        bool isWidget
    )
    {
        var other = await portal.OtherAsync();
        var shop = await portal.NewWidgetAsync(_n8n.Url);
        PortalApp[] replicas = [portal, other];
        var guests = await Task.WhenAll(replicas.Select(replica => replica.Guest(shop).OpenAsync()));
        foreach (var guest in guests)
        {
            await guest.AskAsync("Are you open?");
        }

        await ChangeAsync(change, isWidget ? shop.Id : shop.ClientId);
        var changed = Stopwatch.StartNew();

        foreach (var guest in guests)
        {
            await UntilAsync(
                async () => (await guest.TryAskAsync("Still open?")).StatusCode == HttpStatusCode.NotFound,
                changed
            );
        }
    }

    [Fact]
    public async Task A_replica_that_hears_no_signals_sees_a_suspended_client_within_a_second_too()
    {
        var deaf = await portal.OtherAsync(("ConnectionStrings:Listen", "Host=127.0.0.1;Port=1;Timeout=1"));
        var shop = await portal.NewWidgetAsync(_n8n.Url);
        var guest = await deaf.Guest(shop).OpenAsync();
        await guest.AskAsync("Are you open?");

        await ChangeAsync("UPDATE clients SET suspended_at = now() WHERE id = $1", shop.ClientId);
        var changed = Stopwatch.StartNew();

        await UntilAsync(
            async () => (await guest.TryAskAsync("Still open?")).StatusCode == HttpStatusCode.NotFound,
            changed
        );
    }

    [Fact]
    public async Task A_new_prompt_goes_along_with_the_next_question_on_every_replica()
    {
        var other = await portal.OtherAsync();
        var shop = await portal.NewWidgetAsync(_n8n.Url);
        var guest = await other.Guest(shop).OpenAsync();
        await guest.AskAsync("Who are you?");

        await ChangeAsync(
            """UPDATE widgets SET config = '{"bot": {"prompt": "You sell sofas."}}' WHERE id = $1""",
            shop.Id
        );
        var changed = Stopwatch.StartNew();

        await UntilAsync(
            async () =>
            {
                await guest.AskAsync("And now?");
                return _n8n.Asked[^1].GetProperty("systemPrompt").GetString() == "You sell sofas.";
            },
            changed
        );
    }

    [Fact]
    public async Task A_conversation_that_goes_from_replica_to_replica_takes_its_history_along()
    {
        var other = await portal.OtherAsync();
        var shop = await portal.NewWidgetAsync(_n8n.Url);
        var here = await portal.Guest(shop).OpenAsync();
        var there = other.Guest(shop);
        there.Token = here.Token;

        await here.AskAsync("One");
        await there.AskAsync("Two");
        await there.AskAsync("Three");
        await here.AskAsync("Four");

        var history = _n8n.Asked[^1]
            .GetProperty("history")
            .EnumerateArray()
            .Select(turn => turn.GetProperty("content").GetString());
        Assert.Equal(["One", "You asked: One", "Two", "You asked: Two", "Three", "You asked: Three"], history);
    }

    private async Task ChangeAsync(string sql, Guid id)
    {
        await using var command = portal.Services.GetRequiredService<Portal.Data.Databases>().Jobs.CreateCommand(sql);
        command.Parameters.AddWithValue(id);
        Assert.Equal(1, await command.ExecuteNonQueryAsync());
    }

    // What counts is when a request began that did not know of the change, and not how long it took.
    private static async Task UntilAsync(Func<Task<bool>> isSo, Stopwatch since)
    {
        for (var began = since.Elapsed; !await isSo(); began = since.Elapsed)
        {
            Assert.InRange(began, TimeSpan.Zero, OneSecond);
        }
    }
}
