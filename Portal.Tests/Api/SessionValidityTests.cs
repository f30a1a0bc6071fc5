using System.Net;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Portal.Audit;
using Portal.Chat;

namespace Portal.Tests.Api;

/// <summary>What a visitor's token is worth once another has taken its place, or its conversation is over.</summary>
public sealed class SessionValidityTests(SharedPortal portal) : IClassFixture<SharedPortal.Running>, IAsyncLifetime
{
    private N8n _n8n = null!;

    public async ValueTask InitializeAsync() => _n8n = await N8n.StartAsync();

    public async ValueTask DisposeAsync() => await _n8n.DisposeAsync();

    [Fact]
    public async Task A_token_older_than_half_an_hour_sends_no_more_and_still_reads_until_its_conversation_is_over()
    {
        var (shop, guest, reply) = await TalkedAsync();
        guest.Token = await TokenAsync(shop, guest, DateTimeOffset.UtcNow.AddMinutes(-32));

        Assert.Equal("session_expired", await Guest.CodeAsync(await guest.TryAskAsync("Still there?")));
        Assert.Single(await guest.HistoryAsync());
        Assert.Equal(HttpStatusCode.NoContent, (await guest.RateAsync(reply, "up")).StatusCode);
        Assert.True(
            (await portal.Guest(shop).OpenAsync(lastToken: guest.Token)).Session.GetProperty("resumed").GetBoolean()
        );
    }

    [Fact]
    public async Task For_a_minute_after_a_resume_the_token_before_is_as_good_as_the_new_one()
    {
        var (shop, guest, reply) = await TalkedAsync();
        var back = await portal.Guest(shop).OpenAsync(lastToken: guest.Token);
        await ExecuteAsync(
            "UPDATE visitor_sessions SET rotated_at = now() - interval '50 seconds' WHERE widget_id = $1",
            shop.Id
        );

        Assert.True(back.Session.GetProperty("resumed").GetBoolean());
        await guest.AskAsync("From the other tab?");
        Assert.Equal(2, (await guest.HistoryAsync()).Length);
        Assert.Equal(HttpStatusCode.NoContent, (await guest.RateAsync(reply, "up")).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await guest.SendAsync(HttpMethod.Delete, "session")).StatusCode);
    }

    [Fact]
    public async Task A_minute_after_a_resume_the_token_before_sends_reads_rates_and_deletes_nothing()
    {
        var (shop, guest, reply) = await TalkedAsync();
        var back = await portal.Guest(shop).OpenAsync(lastToken: guest.Token);
        await ExecuteAsync(
            "UPDATE visitor_sessions SET rotated_at = now() - interval '61 seconds' WHERE widget_id = $1",
            shop.Id
        );

        await AssertOverAsync(guest.TryAskAsync("Still there?"));
        await AssertOverAsync(guest.SendAsync(HttpMethod.Get, "messages"));
        await AssertOverAsync(guest.RateAsync(reply, "down"));
        await AssertOverAsync(guest.SendAsync(HttpMethod.Delete, "session"));
        Assert.Single(_n8n.Asked);
        Assert.Null(Assert.Single(await back.HistoryAsync()).GetProperty("feedback").GetString());
    }

    [Fact]
    public async Task A_token_of_two_resumes_ago_is_worth_nothing_however_young()
    {
        var (shop, guest, _) = await TalkedAsync();
        await portal
            .Guest(shop)
            .OpenAsync(lastToken: (await portal.Guest(shop).OpenAsync(lastToken: guest.Token)).Token);

        await AssertOverAsync(guest.TryAskAsync("Still there?"));
        await AssertOverAsync(guest.SendAsync(HttpMethod.Get, "messages"));
    }

    [Fact]
    public async Task A_conversation_whose_time_is_over_is_neither_read_nor_rated_and_its_visitor_can_have_it_deleted()
    {
        var (shop, guest, reply) = await TalkedAsync();
        await ExecuteAsync(
            "UPDATE visitor_sessions SET expires_at = now() - interval '1 second' WHERE widget_id = $1",
            shop.Id
        );

        await AssertOverAsync(guest.SendAsync(HttpMethod.Get, "messages"));
        await AssertOverAsync(guest.RateAsync(reply, "down"));
        Assert.Equal(HttpStatusCode.NoContent, (await guest.SendAsync(HttpMethod.Delete, "session")).StatusCode);

        Assert.False(await portal.As(shop.ClientId, db => db.ChatLogs.AnyAsync(l => l.WidgetId == shop.Id)));
        // Who asks twice is not told that something went wrong.
        Assert.Equal(HttpStatusCode.NoContent, (await guest.SendAsync(HttpMethod.Delete, "session")).StatusCode);
    }

    [Fact]
    public async Task A_conversation_that_was_revoked_is_over_for_everything()
    {
        var (shop, guest, reply) = await TalkedAsync();
        await ExecuteAsync("UPDATE visitor_sessions SET revoked_at = now() WHERE widget_id = $1", shop.Id);

        await AssertOverAsync(guest.TryAskAsync("Still there?"));
        await AssertOverAsync(guest.SendAsync(HttpMethod.Get, "messages"));
        await AssertOverAsync(guest.RateAsync(reply, "down"));
        await AssertOverAsync(guest.SendAsync(HttpMethod.Delete, "session"));
    }

    private async Task<(Shop Shop, Guest Guest, JsonElement Reply)> TalkedAsync()
    {
        var shop = await portal.NewWidgetAsync(_n8n.Url);
        var guest = await portal.Guest(shop).OpenAsync();
        return (shop, guest, await guest.AskAsync("Hello?"));
    }

    private static async Task AssertOverAsync(Task<HttpResponseMessage> calling)
    {
        using var response = await calling;
        Assert.Equal(
            (HttpStatusCode.Unauthorized, "session_expired"),
            (response.StatusCode, await Guest.CodeAsync(response))
        );
    }

    // The same conversation's, as it would have been issued then.
    private async Task<string> TokenAsync(Shop shop, Guest guest, DateTimeOffset issued)
    {
        var widget = (await portal.Services.GetRequiredService<WidgetDirectory>().FindAsync(shop.Id, default))!;
        return (SessionToken.Read(guest.Token, shop.Id, widget.Secret)! with { IssuedAt = issued }).Sign(widget.Secret);
    }

    private async Task ExecuteAsync(string sql, Guid id)
    {
        await using var command = portal.Services.GetRequiredService<Portal.Data.Databases>().Jobs.CreateCommand(sql);
        command.Parameters.AddWithValue(id);
        Assert.Equal(1, await command.ExecuteNonQueryAsync());
    }
}
