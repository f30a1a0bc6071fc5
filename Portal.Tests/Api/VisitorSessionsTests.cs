using System.Net;
using Microsoft.EntityFrameworkCore;
using Portal.Audit;
using Portal.Model;

namespace Portal.Tests.Api;

public sealed class VisitorSessionsTests(SharedPortal portal) : IClassFixture<SharedPortal.Running>, IAsyncLifetime
{
    private N8n _n8n = null!;

    public async ValueTask InitializeAsync() => _n8n = await N8n.StartAsync();

    public async ValueTask DisposeAsync() => await _n8n.DisposeAsync();

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
    public async Task Only_the_widgets_own_people_open_a_test_whatever_origin_others_claim()
    {
        var shop = await portal.NewWidgetAsync(_n8n.Url);
        var own = portal.Url.GetLeftPart(UriPartial.Authority);
        foreach (
            var (visitor, kind) in new[]
            {
                (portal.SignedOut(), SessionKind.Live),
                (portal.SignedIn(Guid.CreateVersion7()), SessionKind.Live),
                (portal.SignedInAsAdmin(), SessionKind.Live),
                (portal.SignedIn(shop.ClientId), SessionKind.Test),
                (portal.SignedIn(shop.ClientId, UserRole.Member), SessionKind.Test),
            }
        )
        {
            var guest = await new Guest(portal.Http, shop.Id, own) { Cookies = visitor.Cookies }.OpenAsync();
            var session = guest.Session.GetProperty("sessionId").GetGuid();
            Assert.Equal(
                kind,
                await portal.As(shop.ClientId, db =>
                    db.VisitorSessions.Where(s => s.Id == session).Select(s => s.Kind).SingleAsync()
                )
            );
        }
    }

    [Fact]
    public async Task The_portals_own_origin_goes_around_no_list_of_websites()
    {
        var shop = await portal.NewWidgetAsync(
            _n8n.Url,
            new() { Security = new() { Origins = ["https://shop.example"] } }
        );
        var own = portal.Url.GetLeftPart(UriPartial.Authority);

        Assert.Equal(
            "origin_not_allowed",
            await Guest.CodeAsync(
                await new Guest(portal.Http, shop.Id, own).SendAsync(HttpMethod.Post, "sessions", new { locale = "en" })
            )
        );
        await (
            await new Guest(portal.Http, shop.Id, own) { Cookies = portal.SignedIn(shop.ClientId).Cookies }.OpenAsync()
        ).AskAsync("From the test page?");
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
