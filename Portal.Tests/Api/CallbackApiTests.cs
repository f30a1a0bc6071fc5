using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Portal.Audit;
using Portal.Chat;
using Portal.Data;
using Portal.Model;

namespace Portal.Tests.Api;

[Trait("Speed", "slow")]
public sealed class CallbackApiTests(SharedPortal portal) : IClassFixture<SharedPortal.Running>, IAsyncLifetime
{
    private N8n _n8n = null!;

    public async ValueTask InitializeAsync() => _n8n = await N8n.StartAsync();

    public async ValueTask DisposeAsync() => await _n8n.DisposeAsync();

    [Fact]
    public async Task An_answer_that_comes_later_reaches_the_waiting_visitor_once()
    {
        var shop = await AnswersLaterAsync();
        var asked = new TaskCompletionSource<Uri>();
        _n8n.Workflow = async (context, body) =>
        {
            await N8n.SayAsync(context, new { message = "Workflow was started" });
            asked.SetResult(new Uri(body.GetProperty("callbackUrl").GetString()!));
        };
        var guest = await portal.Guest(shop).OpenAsync();

        var asking = guest.AskAsync("Take your time?");
        var callback = await asked.Task.Patiently();
        using var first = await portal.Http.PostAsJsonAsync(
            callback,
            new { output = "It took a while.", confidence = 0.9 }
        );
        using var second = await portal.Http.PostAsJsonAsync(callback, new { output = "Once more." });

        Assert.Equal(HttpStatusCode.NoContent, first.StatusCode);
        Assert.Equal("callback_not_found", await Guest.CodeAsync(second));
        var reply = await asking;
        Assert.Equal(
            ("answered", "It took a while."),
            (reply.GetProperty("status").GetString(), reply.GetProperty("response").GetString())
        );
        var log = await portal.As(shop.ClientId, db => db.ChatLogs.SingleAsync(l => l.WidgetId == shop.Id));
        Assert.Equal((ChatStatus.Answered, 0.9), (log.Status, log.Confidence));
    }

    [Fact]
    public async Task An_answer_that_comes_later_is_read_by_its_charset()
    {
        var (_, guest, callback) = await AcknowledgedAsync();
        var asking = guest.AskAsync("Where are you?");
        using var body = new ByteArrayContent(System.Text.Encoding.Latin1.GetBytes("""{"output":"Grüße aus Köln"}"""));
        body.Headers.TryAddWithoutValidation("Content-Type", "application/json; charset=iso-8859-1");

        using var posted = await portal.Http.PostAsync(await callback, body);

        Assert.Equal(HttpStatusCode.NoContent, posted.StatusCode);
        Assert.Equal("Grüße aus Köln", (await asking).GetProperty("response").GetString());
    }

    [Fact]
    public async Task An_answer_that_comes_later_is_heard_in_the_open_stream()
    {
        var (_, guest, callback) = await AcknowledgedAsync();

        // The line opens with its first ping.
        await using var hearing = await guest.HearAsync("Take your time?");
        var (name, _) = (await hearing.NextAsync())!.Value;
        Assert.Equal("ping", name);
        using var posted = await portal.Http.PostAsJsonAsync(await callback, new { output = "It took a while." });

        Assert.Equal(HttpStatusCode.NoContent, posted.StatusCode);
        var (last, reply) = await hearing.EndAsync();
        Assert.Equal(
            ("done", "answered", "It took a while."),
            (last, reply.GetProperty("status").GetString(), reply.GetProperty("response").GetString())
        );
    }

    [Fact]
    public async Task An_answer_that_is_posted_to_another_replica_comes_by_signal_long_before_anybody_looks()
    {
        var other = await portal.OtherAsync();
        await Timeouts.UntilAsync(() => Task.FromResult(portal.Services.GetRequiredService<Signals>().IsListening));

        // While signals work, the first poll is that long after the question: without the signal no attempt is quicker.
        await Timeouts.UntilAsync(async () => await AnsweredFromAsync(other) < MessageSignals.RareLook);
    }

    [Fact]
    public async Task A_late_answer_mends_a_message_that_had_been_given_up()
    {
        var (shop, guest, callback) = await AcknowledgedAsync(status: 500);
        var given = await guest.AskAsync("Take your time?");
        Assert.Equal("failed", given.GetProperty("status").GetString());
        Assert.Equal(1, await FailedAsync(shop));

        using var posted = await portal.Http.PostAsJsonAsync(await callback, new { output = "Here it is after all." });

        Assert.Equal(HttpStatusCode.NoContent, posted.StatusCode);
        var said = Assert.Single(await guest.HistoryAsync());
        Assert.Equal(
            ("answered", "Here it is after all."),
            (said.GetProperty("status").GetString(), said.GetProperty("response").GetString())
        );
        Assert.Equal(0, await FailedAsync(shop));
    }

    [Theory]
    [InlineData("23 hours 59 minutes", true)]
    [InlineData("24 hours 1 second", false)]
    public async Task A_callback_address_is_good_for_a_day(string age, bool isGood)
    {
        var (shop, guest, callback) = await AcknowledgedAsync(status: 500);
        await guest.AskAsync("Take your time?");
        await ExecuteAsync($"UPDATE chat_logs SET created_at = now() - interval '{age}' WHERE widget_id = $1", shop.Id);

        using var posted = await portal.Http.PostAsJsonAsync(await callback, new { output = "Still of use?" });

        Assert.Equal(isGood ? HttpStatusCode.NoContent : HttpStatusCode.NotFound, posted.StatusCode);
        Assert.Equal(
            isGood ? "answered" : "failed",
            Assert.Single(await guest.HistoryAsync()).GetProperty("status").GetString()
        );
    }

    [Fact]
    public async Task A_workflow_that_says_later_and_never_calls_back_has_failed_at_its_deadline()
    {
        var (shop, guest, callback) = await AcknowledgedAsync(seconds: 5);

        var reply = await guest.AskAsync("Take your time?");

        Assert.Equal("failed", reply.GetProperty("status").GetString());
        Assert.Equal("timeout", (await portal.As(shop.ClientId, db => db.WebhookErrors.SingleAsync())).ErrorType);
        Assert.Equal(1, await FailedAsync(shop));
        // A day is a day: it still counts for who comes back.
        Assert.Equal(
            HttpStatusCode.NoContent,
            (await portal.Http.PostAsJsonAsync(await callback, new { output = "Sorry." })).StatusCode
        );
    }

    private async Task<TimeSpan> AnsweredFromAsync(PortalApp other)
    {
        var (_, guest, callback) = await AcknowledgedAsync();
        var asked = Stopwatch.StartNew();
        await using var hearing = await guest.HearAsync("Take your time?");
        Assert.NotNull(await hearing.NextAsync());

        using var response = await other.Http.PostAsJsonAsync(
            new Uri(other.Url, (await callback).AbsolutePath),
            new { output = "From over there." }
        );
        var (name, reply) = await hearing.EndAsync();

        Assert.Equal(
            (HttpStatusCode.NoContent, "done", "From over there."),
            (response.StatusCode, name, reply.GetProperty("response").GetString())
        );
        return asked.Elapsed;
    }

    [Fact]
    public async Task A_callback_that_nobody_was_given_is_refused()
    {
        using var response = await portal.Http.PostAsJsonAsync(
            $"/api/callbacks/{new string('A', 43)}",
            new { output = "Guessed." }
        );

        Assert.Equal("callback_not_found", await Guest.CodeAsync(response));
    }

    // A visitor of a widget whose workflow answers later; the address to which it will, once it was asked.
    private async Task<(Shop Shop, Guest Guest, Task<Uri> Callback)> AcknowledgedAsync(
        int status = 200,
        int seconds = 90
    )
    {
        var shop = await AnswersLaterAsync(seconds);
        var asked = new TaskCompletionSource<Uri>(TaskCreationOptions.RunContinuationsAsynchronously);
        _n8n.Workflow = async (context, body) =>
        {
            asked.TrySetResult(new Uri(body.GetProperty("callbackUrl").GetString()!));
            await N8n.SayAsync(context, new { message = "Workflow was started" }, status);
        };
        return (shop, await portal.Guest(shop).OpenAsync(), asked.Task.Patiently());
    }

    private async Task<Shop> AnswersLaterAsync(int seconds = 90)
    {
        var shop = await portal.NewWidgetAsync(_n8n.Url);
        await ExecuteAsync(
            string.Create(
                CultureInfo.InvariantCulture,
                $"UPDATE widgets SET answers_later = true, timeout_seconds = {seconds} WHERE id = $1"
            ),
            shop.Id
        );
        return shop;
    }

    private Task<int> FailedAsync(Shop shop) =>
        portal.As(shop.ClientId, db => db.VisitorSessions.Select(s => s.FailedCount).SingleAsync());

    private async Task ExecuteAsync(string sql, Guid id)
    {
        await using var command = portal.Services.GetRequiredService<Portal.Data.Databases>().Jobs.CreateCommand(sql);
        command.Parameters.AddWithValue(id);
        Assert.Equal(1, await command.ExecuteNonQueryAsync());
    }
}
