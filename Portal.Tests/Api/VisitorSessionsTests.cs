using System.Net;
using Microsoft.EntityFrameworkCore;

namespace Portal.Tests.Api;

public sealed class VisitorSessionsTests(PortalApp portal) : IClassFixture<PortalApp>, IAsyncLifetime
{
    private N8n _n8n = null!;

    public async Task InitializeAsync() => _n8n = await N8n.StartAsync();

    public async Task DisposeAsync() => await _n8n.DisposeAsync();

    [Fact]
    public async Task Forget_me_leaves_nothing_and_ends_the_conversation()
    {
        var shop = await portal.NewWidgetAsync(_n8n.Url);
        var guest = await portal.Guest(shop).OpenAsync();
        await guest.AskAsync("Secret?");

        Assert.Equal(HttpStatusCode.NoContent, (await guest.SendAsync(HttpMethod.Delete, "session")).StatusCode);

        Assert.False(await portal.As(shop.ClientId, db => db.ChatLogs.AnyAsync(l => l.WidgetId == shop.Id)));
        Assert.False(await portal.As(shop.ClientId, db => db.VisitorSessions.AnyAsync(s => s.WidgetId == shop.Id)));
        Assert.Equal("session_expired", await Guest.CodeAsync(await guest.TryAskAsync("Still there?")));
    }

    [Fact]
    public async Task A_conversation_is_resumed_with_its_last_token_and_an_old_one_is_worth_nothing()
    {
        var shop = await portal.NewWidgetAsync(_n8n.Url);
        var guest = await portal.Guest(shop).OpenAsync();
        await guest.AskAsync("First?");
        var first = guest.Token!;

        var back = await portal.Guest(shop).OpenAsync(lastToken: first);

        Assert.True(back.Session.GetProperty("resumed").GetBoolean());
        Assert.Single(await back.HistoryAsync());
        await back.OpenAsync(lastToken: back.Token);
        var thief = await portal.Guest(shop).OpenAsync(lastToken: first);
        Assert.False(thief.Session.GetProperty("resumed").GetBoolean());
        Assert.Empty(await thief.HistoryAsync());
    }

    [Fact]
    public async Task Nobody_reads_another_visitors_conversation()
    {
        var shop = await portal.NewWidgetAsync(_n8n.Url);
        var one = await portal.Guest(shop).OpenAsync();
        var reply = await one.AskAsync("Mine.");
        var other = await portal.Guest(shop).OpenAsync();

        Assert.Empty(await other.HistoryAsync());
        Assert.Equal("message_not_found", await Guest.CodeAsync(await other.RateAsync(reply, "up")));
    }

    [Fact]
    public async Task A_token_is_worth_nothing_on_another_website_or_for_another_widget()
    {
        var (shop, other) = (await portal.NewWidgetAsync(_n8n.Url), await portal.NewWidgetAsync(_n8n.Url));
        var guest = await portal.Guest(shop).OpenAsync();

        var elsewhere = portal.Guest(shop, "https://elsewhere.example");
        elsewhere.Token = guest.Token;
        Assert.Equal("session_required", await Guest.CodeAsync(await elsewhere.TryAskAsync("Hello?")));
        var otherwise = portal.Guest(other);
        otherwise.Token = guest.Token;
        Assert.Equal("session_required", await Guest.CodeAsync(await otherwise.TryAskAsync("Hello?")));
        Assert.Empty(_n8n.Asked);
    }
}
