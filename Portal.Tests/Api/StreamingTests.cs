using System.Net;
using System.Net.Http.Json;
using Microsoft.EntityFrameworkCore;
using Portal.Audit;
using Portal.Model;

namespace Portal.Tests.Api;

[Trait("Speed", "slow")]
public sealed class StreamingTests(SharedPortal portal) : IClassFixture<SharedPortal.Running>, IAsyncLifetime
{
    private N8n _n8n = null!;

    public async ValueTask InitializeAsync() => _n8n = await N8n.StartAsync();

    public async ValueTask DisposeAsync() => await _n8n.DisposeAsync();

    [Fact]
    public async Task Words_are_heard_before_the_answer_is_finished_and_done_means_that_it_is_in_the_log()
    {
        var (shop, guest, bot) = await BeginAsync();
        await using var hearing = await AskedAsync(guest, bot);

        bot.Say("We deliver ");
        await hearing.HeardAsync("We deliver ");
        Assert.Equal(ChatStatus.Pending, (await LogAsync(shop)).Status);
        bot.Say("in six days.");
        bot.End();
        var (name, reply) = await hearing.EndAsync();

        Assert.Equal(
            ("done", "answered", "We deliver in six days."),
            (name, reply.GetProperty("status").GetString(), reply.GetProperty("response").GetString())
        );
        Assert.Equal("We deliver in six days.", hearing.Words);
        var log = await LogAsync(shop);
        Assert.Equal(
            (ChatStatus.Answered, "We deliver in six days.", reply.GetProperty("id").GetGuid()),
            (log.Status, log.Response, log.Id)
        );
    }

    [Fact]
    public async Task The_line_is_not_kept_back_by_proxies_nor_compressed()
    {
        var guest = await portal.Guest(await portal.NewWidgetAsync(_n8n.Url)).OpenAsync();

        await using var hearing = await guest.HearAsync("Hello?");

        var (headers, content) = (hearing.Response.Headers, hearing.Response.Content.Headers);
        Assert.Equal("text/event-stream", content.ContentType?.MediaType);
        Assert.Equal("no", headers.GetValues("X-Accel-Buffering").Single());
        Assert.True(headers.CacheControl is { NoCache: true });
        Assert.DoesNotContain(content.ContentEncoding, coding => coding != "identity");
        Assert.Equal("*", headers.GetValues("Access-Control-Allow-Origin").Single());
        Assert.Equal(("done", "You asked: Hello?"), await EndOf(hearing));
    }

    [Fact]
    public async Task A_bot_that_thinks_is_heard_thinking_by_an_event_that_every_parser_knows()
    {
        var (_, guest, bot) = await BeginAsync();
        var id = Guid.CreateVersion7();
        await using var first = await guest.HearAsync("Hm?", id);
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/widgets/{guest.Widget}/messages")
        {
            Content = JsonContent.Create(new { message = "Hm?", clientMessageId = id }),
        };
        request.Headers.Authorization = new("Bearer", guest.Token);
        request.Headers.Accept.ParseAdd("text/event-stream");
        request.Headers.Add("Origin", "https://shop.example");

        // Letter by letter, as it goes over the wire.
        using var response = await portal.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        var lines = $"{await reader.ReadLineAsync()}\n{await reader.ReadLineAsync()}\n{await reader.ReadLineAsync()}";

        Assert.Equal("event: ping\ndata: {}\n", lines);
        bot.End();
    }

    [Fact]
    public async Task A_visitor_who_drops_and_returns_hears_the_same_answer_from_its_beginning()
    {
        var (_, guest, bot) = await BeginAsync();
        var id = Guid.CreateVersion7();
        using var dropping = new CancellationTokenSource();
        var first = await guest.HearAsync("Long?", id, dropping.Token);
        bot.Say("The beginning, ");
        await first.HeardAsync("The beginning, ");

        await dropping.CancelAsync();
        await first.DisposeAsync();
        bot.Say("the middle, ");
        await using var again = await guest.HearAsync("Long?", id);
        var (name, data) = (await again.NextAsync())!.Value;
        Assert.Equal("delta", name);
        Assert.StartsWith("The beginning, ", data.GetProperty("text").GetString(), StringComparison.Ordinal);
        bot.Say("the end.");
        bot.End();

        Assert.Equal(("done", "The beginning, the middle, the end."), await EndOf(again));
        Assert.Single(_n8n.Asked);
    }

    [Fact]
    public async Task A_visitor_who_returns_on_another_replica_hears_what_is_saved_and_follows()
    {
        var replica = await portal.OtherAsync();
        var (shop, guest, bot) = await BeginAsync();
        var id = Guid.CreateVersion7();
        await using var first = await guest.HearAsync("Long?", id);
        bot.Say("The beginning, ");
        await first.HeardAsync("The beginning, ");

        await using var there = await new Guest(replica.Http, shop.Id) { Token = guest.Token }.HearAsync("Long?", id);
        await there.HeardAsync("The beginning, ");
        bot.Say("the middle, ");
        await there.HeardAsync("the middle, ");
        bot.Say("the end.");
        bot.End();

        Assert.Equal(("done", "The beginning, the middle, the end."), await EndOf(there));
        Assert.Equal(("done", "The beginning, the middle, the end."), await EndOf(first));
        Assert.Single(_n8n.Asked);
    }

    [Fact]
    public async Task A_stopped_answer_keeps_what_was_said_hangs_up_on_the_bot_and_is_no_fault_of_the_bots()
    {
        var (shop, guest, bot) = await BeginAsync();
        var id = Guid.CreateVersion7();
        await using var hearing = await guest.HearAsync("Long?", id);
        bot.Say("It all began when");
        await hearing.HeardAsync("It all began when");

        Assert.Equal(HttpStatusCode.NoContent, (await guest.StopAsync(id)).StatusCode);

        Assert.Equal(("stopped", "It all began when…"), await EndOf(hearing));
        await bot.Left;
        Assert.Equal((ChatStatus.Stopped, "It all began when…"), await OutcomeAsync(shop));
        Assert.False(await portal.As(shop.ClientId, db => db.WebhookErrors.AnyAsync(e => e.WidgetId == shop.Id)));

        // Who asks again means it.
        _n8n.Workflow = (context, _) => N8n.SayAsync(context, new { output = "Short." });
        Assert.Equal("Short.", (await guest.AskAsync("Long?", id, again: true)).GetProperty("response").GetString());
        Assert.Equal(
            0,
            await portal.As(shop.ClientId, db =>
                db.VisitorSessions.Where(s => s.WidgetId == shop.Id).Select(s => s.FailedCount).SingleAsync()
            )
        );
    }

    [Fact]
    public async Task An_answer_is_stopped_from_another_replica_too()
    {
        var replica = await portal.OtherAsync();
        var (shop, guest, bot) = await BeginAsync();
        var id = Guid.CreateVersion7();
        await using var hearing = await guest.HearAsync("Long?", id);
        bot.Say("It all began when");
        await using var there = await new Guest(replica.Http, shop.Id) { Token = guest.Token }.HearAsync("Long?", id);
        await there.HeardAsync("It all began when");

        Assert.Equal(
            HttpStatusCode.NoContent,
            (await new Guest(replica.Http, shop.Id) { Token = guest.Token }.StopAsync(id)).StatusCode
        );
        bot.Say(" the world was young.");
        bot.End();

        Assert.Equal(("stopped", "It all began when…"), await EndOf(there));
        Assert.Equal(("stopped", "It all began when…"), await EndOf(hearing));
        Assert.Equal((ChatStatus.Stopped, "It all began when…"), await OutcomeAsync(shop));
    }

    [Fact]
    public async Task Stopping_what_is_answered_changes_nothing_and_what_never_was_is_not_found()
    {
        var shop = await portal.NewWidgetAsync(_n8n.Url);
        var guest = await portal.Guest(shop).OpenAsync();
        var id = Guid.CreateVersion7();
        await guest.AskAsync("Hello?", id);

        Assert.Equal(HttpStatusCode.NoContent, (await guest.StopAsync(id)).StatusCode);
        Assert.Equal((ChatStatus.Answered, "You asked: Hello?"), await OutcomeAsync(shop));
        Assert.Equal("message_not_found", await Guest.CodeAsync(await guest.StopAsync(Guid.CreateVersion7())));
        Assert.Equal(
            "message_not_found",
            await Guest.CodeAsync(await (await portal.Guest(shop).OpenAsync()).StopAsync(id))
        );
    }

    [Fact]
    public async Task Of_an_answer_that_breaks_off_the_words_stay_and_the_clients_own_come_after_them()
    {
        var (shop, guest, bot) = await BeginAsync(new() { Texts = new() { Fallback = "Write to us instead." } });
        await using var hearing = await AskedAsync(guest, bot);
        bot.Say("You can return it wi");
        await hearing.HeardAsync("You can return it wi");

        bot.Break();

        Assert.Equal(("failed", "You can return it wi…\n\nWrite to us instead."), await EndOf(hearing));
        Assert.Equal((ChatStatus.Failed, "You can return it wi…\n\nWrite to us instead."), await OutcomeAsync(shop));
        Assert.Equal(
            "incomplete",
            await portal.As(shop.ClientId, db =>
                db.WebhookErrors.Where(e => e.WidgetId == shop.Id).Select(e => e.ErrorType).SingleAsync()
            )
        );
    }

    private async Task<(Shop Shop, Guest Guest, StreamingBot Bot)> BeginAsync(WidgetConfig? config = null)
    {
        var bot = new StreamingBot(_n8n);
        var shop = await portal.NewWidgetAsync(_n8n.Url, config);
        return (shop, await portal.Guest(shop).OpenAsync(), bot);
    }

    // The line opens with its first word, so the bot has to be asked by then.
    private static async Task<Hearing> AskedAsync(Guest guest, StreamingBot bot)
    {
        var asking = guest.HearAsync("Tell me?");
        await bot.Asked;
        return await asking;
    }

    private static async Task<(string Name, string? Response)> EndOf(Hearing hearing)
    {
        var (name, reply) = await hearing.EndAsync();
        return (name, reply.GetProperty("response").GetString());
    }

    private Task<ChatLog> LogAsync(Shop shop) =>
        portal.As(shop.ClientId, db => db.ChatLogs.SingleAsync(l => l.WidgetId == shop.Id));

    private async Task<(ChatStatus, string)> OutcomeAsync(Shop shop)
    {
        var log = await LogAsync(shop);
        return (log.Status, log.Response);
    }
}
