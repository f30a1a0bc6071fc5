using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Portal.Audit;
using Portal.Model;

namespace Portal.Tests.Api;

public sealed class WidgetApiTests(SharedPortal portal) : IClassFixture<SharedPortal.Running>, IAsyncLifetime
{
    private N8n _n8n = null!;

    public async ValueTask InitializeAsync() => _n8n = await N8n.StartAsync();

    public async ValueTask DisposeAsync() => await _n8n.DisposeAsync();

    [Fact]
    public async Task A_question_is_answered_and_stands_in_the_log()
    {
        var shop = await portal.NewWidgetAsync(_n8n.Url);
        _n8n.Workflow = (context, _) =>
            N8n.SayAsync(
                context,
                new
                {
                    output = "We deliver in **6 days**.",
                    confidence = "94%",
                    suggestions = new[] { "And abroad?" },
                    sources = new[] { new { title = "Delivery", url = "https://shop.example/delivery" } },
                }
            );
        var guest = await portal.Guest(shop).OpenAsync();

        var reply = await guest.AskAsync("When do you deliver?");

        Assert.Equal("answered", reply.GetProperty("status").GetString());
        Assert.Equal("We deliver in **6 days**.", reply.GetProperty("response").GetString());
        Assert.Equal(0.94, reply.GetProperty("confidence").GetDouble(), 3);
        Assert.Equal("ai", reply.GetProperty("author").GetString());
        Assert.Equal("And abroad?", reply.GetProperty("suggestions")[0].GetString());
        Assert.Equal("https://shop.example/delivery", reply.GetProperty("sources")[0].GetProperty("url").GetString());
        var log = await portal.As(shop.ClientId, db => db.ChatLogs.SingleAsync(l => l.WidgetId == shop.Id));
        Assert.Equal(
            (ChatStatus.Answered, "When do you deliver?", "We deliver in **6 days**.", "https://shop.example/sofas"),
            (log.Status, log.Message, log.Response, log.PageUrl)
        );
        Assert.Equal(guest.Session.GetProperty("visitorId").GetString(), log.UserId);
        var session = await portal.As(shop.ClientId, db => db.VisitorSessions.SingleAsync(s => s.WidgetId == shop.Id));
        Assert.Equal(
            (1, 0, "When do you deliver?", SessionKind.Live),
            (session.MessageCount, session.FailedCount, session.FirstMessage, session.Kind)
        );
        Assert.Equal(0.94, session.LowestConfidence!.Value, 3);
    }

    [Fact]
    public async Task The_workflow_gets_the_clients_name_the_pages_own_fields_and_the_query_where_it_is_wanted()
    {
        var shop = await portal.NewWidgetAsync(_n8n.Url, new() { Security = new() { PageQuery = true } });
        var business = await portal.As(shop.ClientId, async db => (await db.Clients.SingleAsync()).Business);
        var guest = await portal.Guest(shop).OpenAsync();

        var response = await guest.SendAsync(
            HttpMethod.Post,
            "messages",
            new
            {
                message = "Hello?",
                clientMessageId = Guid.CreateVersion7(),
                page = new
                {
                    url = "https://shop.example/sofas?id=7#x",
                    title = "Sofas",
                    plan = "pro",
                    customer = new { id = "C-1042" },
                },
            }
        );

        Assert.True(response.IsSuccessStatusCode);
        var metadata = _n8n.Asked[^1].GetProperty("metadata");
        Assert.Equal(
            (shop.ClientId, business),
            (
                metadata.GetProperty("client").GetProperty("id").GetGuid(),
                metadata.GetProperty("client").GetProperty("name").GetString()
            )
        );
        Assert.Equal("""{"plan":"pro","customer.id":"C-1042"}""", metadata.GetProperty("custom").GetRawText());
        Assert.Equal("https://shop.example/sofas?id=7", metadata.GetProperty("page").GetProperty("url").GetString());
        Assert.Equal(
            "https://shop.example/sofas?id=7",
            await portal.As(shop.ClientId, db => db.ChatLogs.Select(log => log.PageUrl).SingleAsync())
        );
    }

    [Fact]
    public async Task The_workflow_gets_both_shapes_the_prompt_and_what_was_said_before()
    {
        var shop = await portal.NewWidgetAsync(
            _n8n.Url,
            new()
            {
                Bot = new() { Prompt = "Be brief.", Personality = "Warm." },
            }
        );
        var guest = await portal.Guest(shop).OpenAsync();

        await guest.AskAsync("First?");
        var second = Guid.CreateVersion7();
        var reply = await guest.AskAsync("Second?", second);

        var body = _n8n.Asked[1];
        Assert.Equal(
            ("sendMessage", "Second?"),
            (body.GetProperty("action").GetString(), body.GetProperty("chatInput").GetString())
        );
        Assert.Equal(guest.Session.GetProperty("sessionId").GetString(), body.GetProperty("sessionId").GetString());
        Assert.Equal(
            ("Be brief.", "Warm."),
            (body.GetProperty("systemPrompt").GetString(), body.GetProperty("personality").GetString())
        );
        Assert.Contains("You asked: First?", body.GetProperty("history").GetRawText(), StringComparison.Ordinal);
        Assert.Equal(shop.Id.ToString(), body.GetProperty("metadata").GetProperty("widgetId").GetString());
        Assert.Equal(reply.GetProperty("id").GetString(), _n8n.Headers["webhook-id"]);
    }

    [Fact]
    public async Task A_retry_with_the_same_id_gets_the_stored_answer_and_the_bot_is_not_asked_again()
    {
        var guest = await portal.Guest(await portal.NewWidgetAsync(_n8n.Url)).OpenAsync();
        var id = Guid.CreateVersion7();

        var first = await guest.AskAsync("Once?", id);
        var again = await guest.AskAsync("Once?", id);

        Assert.Equal(first.GetProperty("id").GetGuid(), again.GetProperty("id").GetGuid());
        Assert.Equal(first.GetProperty("response").GetString(), again.GetProperty("response").GetString());
        Assert.Single(_n8n.Asked);
    }

    [Fact]
    public async Task Fifty_parallel_retries_are_one_question_and_one_answer()
    {
        var shop = await portal.NewWidgetAsync(_n8n.Url);
        var guest = await portal.Guest(shop).OpenAsync();
        var id = Guid.CreateVersion7();
        var asked = new TaskCompletionSource();
        var answer = new TaskCompletionSource();
        _n8n.Workflow = async (context, _) =>
        {
            asked.TrySetResult();
            await answer.Task.Patiently();
            await N8n.SayAsync(context, new { output = "One." });
        };

        var retries = Enumerable.Range(0, 50).Select(_ => guest.AskAsync("Once?", id)).ToList();
        await asked.Task.Patiently();
        answer.SetResult();
        var replies = await Task.WhenAll(retries);

        Assert.All(replies, reply => Assert.Equal("One.", reply.GetProperty("response").GetString()));
        Assert.Single(_n8n.Asked);
        Assert.Equal(1, await portal.As(shop.ClientId, db => db.ChatLogs.CountAsync(l => l.WidgetId == shop.Id)));
    }

    [Fact]
    public async Task A_bot_that_fails_gives_the_clients_own_words_is_noted_and_can_be_asked_again()
    {
        var shop = await portal.NewWidgetAsync(_n8n.Url, new() { Texts = new() { Fallback = "Write to us instead." } });
        var guest = await portal.Guest(shop).OpenAsync();
        var id = Guid.CreateVersion7();
        _n8n.Workflow = (context, _) => N8n.SayAsync(context, new { message = "Error in workflow" }, 500);

        var failed = await guest.AskAsync("Hello?", id);

        Assert.Equal(
            ("failed", "Write to us instead."),
            (failed.GetProperty("status").GetString(), failed.GetProperty("response").GetString())
        );
        var error = await portal.As(shop.ClientId, db => db.WebhookErrors.SingleAsync(e => e.WidgetId == shop.Id));
        Assert.Equal(
            ("workflow_error", failed.GetProperty("id").GetGuid(), 500),
            (error.ErrorType, error.ChatLogId, error.StatusCode)
        );
        Assert.Equal(
            1,
            await portal.As(shop.ClientId, db =>
                db.VisitorSessions.Where(s => s.WidgetId == shop.Id).Select(s => s.FailedCount).SingleAsync()
            )
        );

        _n8n.Workflow = (context, _) => N8n.SayAsync(context, new { output = "Here I am." });
        var unasked = await guest.AskAsync("Hello?", id);
        var answered = await guest.AskAsync("Hello?", id, again: true);

        // A line that is picked up hears of the failure; only a visitor who wants it has the workflow run twice.
        Assert.Equal(
            ("failed", "Write to us instead."),
            (unasked.GetProperty("status").GetString(), unasked.GetProperty("response").GetString())
        );
        Assert.Equal(
            ("answered", "Here I am."),
            (answered.GetProperty("status").GetString(), answered.GetProperty("response").GetString())
        );
        var log = await portal.As(shop.ClientId, db => db.ChatLogs.SingleAsync(l => l.WidgetId == shop.Id));
        Assert.Equal((ChatStatus.Answered, 2), (log.Status, log.Attempt));
        Assert.Equal(
            0,
            await portal.As(shop.ClientId, db =>
                db.VisitorSessions.Where(s => s.WidgetId == shop.Id).Select(s => s.FailedCount).SingleAsync()
            )
        );
    }

    [Fact]
    public async Task A_visitor_who_leaves_finds_the_answer_on_return()
    {
        var guest = await portal.Guest(await portal.NewWidgetAsync(_n8n.Url)).OpenAsync();
        var asked = new TaskCompletionSource();
        var answer = new TaskCompletionSource();
        _n8n.Workflow = async (context, _) =>
        {
            asked.TrySetResult();
            await answer.Task.Patiently();
            await N8n.SayAsync(context, new { output = "Still here." });
        };
        var id = Guid.CreateVersion7();
        using var leaving = new CancellationTokenSource();
        var first = guest.TryAskAsync("Wait?", id, cancellationToken: leaving.Token);
        await asked.Task.Patiently();

        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        var second = guest.AskAsync("Wait?", id);
        answer.SetResult();

        Assert.Equal("Still here.", (await second).GetProperty("response").GetString());
        Assert.Single(_n8n.Asked);
    }

    [Theory]
    [InlineData("up")]
    [InlineData("down")]
    public async Task A_thumb_and_a_comment_are_kept_and_can_be_taken_back(string thumb)
    {
        var shop = await portal.NewWidgetAsync(_n8n.Url);
        var guest = await portal.Guest(shop).OpenAsync();
        var reply = await guest.AskAsync("Good?");

        Assert.Equal(HttpStatusCode.NoContent, (await guest.RateAsync(reply, thumb, "because")).StatusCode);

        var said = Assert.Single(await guest.HistoryAsync());
        Assert.Equal(
            (thumb, "because"),
            (said.GetProperty("feedback").GetString(), said.GetProperty("feedbackComment").GetString())
        );
        Assert.Equal(thumb == "up" ? (1, 0) : (0, 1), await Thumbs());
        Assert.Equal(HttpStatusCode.NoContent, (await guest.RateAsync(reply, null)).StatusCode);
        Assert.Equal((0, 0), await Thumbs());

        async Task<(int, int)> Thumbs()
        {
            var session = await portal.As(shop.ClientId, db =>
                db.VisitorSessions.SingleAsync(s => s.WidgetId == shop.Id)
            );
            return (session.UpCount, session.DownCount);
        }
    }

    [Fact]
    public async Task The_config_tells_looks_and_texts_and_no_secret()
    {
        var shop = await portal.NewWidgetAsync(
            _n8n.Url,
            new()
            {
                Texts = new() { Title = "Fern" },
                Bot = new() { Prompt = "PLANTED-PROMPT" },
            }
        );

        var response = await portal.Guest(shop).SendAsync(HttpMethod.Get, "config");

        var text = await response.Content.ReadAsStringAsync();
        Assert.Equal(
            "Fern",
            JsonDocument.Parse(text).RootElement.GetProperty("texts").GetProperty("title").GetString()
        );
        Assert.DoesNotContain("PLANTED-PROMPT", text, StringComparison.Ordinal);
        Assert.DoesNotContain("webhook", text, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("secret", text, StringComparison.OrdinalIgnoreCase);
        using var again = new HttpRequestMessage(HttpMethod.Get, $"/api/widgets/{shop.Id}/config");
        again.Headers.TryAddWithoutValidation("If-None-Match", response.Headers.ETag!.ToString());
        Assert.Equal(HttpStatusCode.NotModified, (await portal.Http.SendAsync(again)).StatusCode);
    }

    [Fact]
    public async Task The_config_says_what_can_be_read_on_the_color_and_what_it_becomes_as_text()
    {
        var shop = await portal.NewWidgetAsync(
            _n8n.Url,
            new()
            {
                Look = new()
                {
                    Color = "#FFD400",
                    Radius = 4,
                    OffsetX = 48,
                },
            }
        );

        var config = JsonDocument.Parse(await portal.Http.GetStringAsync($"/api/widgets/{shop.Id}/config"));

        var look = config.RootElement.GetProperty("look");
        Assert.Equal(
            ("#FFD400", "#16161A", "#FFD400", 4, 48),
            (
                look.GetProperty("color").GetString(),
                look.GetProperty("on").GetString(),
                look.GetProperty("atDark").GetString(),
                look.GetProperty("radius").GetInt32(),
                look.GetProperty("offsetX").GetInt32()
            )
        );
        Assert.NotEqual("#FFD400", look.GetProperty("atLight").GetString());
    }

    [Fact]
    public async Task A_website_that_is_not_listed_is_told_so_in_an_answer_it_may_read()
    {
        var shop = await portal.NewWidgetAsync(
            _n8n.Url,
            new() { Security = new() { Origins = ["https://shop.example"] } }
        );

        Assert.Equal(
            "origin_not_allowed",
            await Guest.CodeAsync(
                await portal.Guest(shop, "https://evil.example").SendAsync(HttpMethod.Post, "sessions", new { })
            )
        );
        Assert.Equal(
            "origin_not_allowed",
            await Guest.CodeAsync(await portal.Guest(shop, "null").SendAsync(HttpMethod.Post, "sessions", new { }))
        );
        Assert.Equal(
            "origin_not_allowed",
            await Guest.CodeAsync(await portal.Guest(shop, null).SendAsync(HttpMethod.Post, "sessions", new { }))
        );
        await portal.Guest(shop, "https://shop.example").OpenAsync();
    }

    [Fact]
    public async Task A_widget_that_is_off_or_unknown_is_not_there()
    {
        var shop = await portal.NewWidgetAsync(_n8n.Url, isActive: false);

        Assert.Equal(
            "widget_not_found",
            await Guest.CodeAsync(await portal.Guest(shop).SendAsync(HttpMethod.Get, "config"))
        );
        Assert.Equal(
            "widget_not_found",
            await Guest.CodeAsync(await portal.Guest(shop).SendAsync(HttpMethod.Post, "sessions", new { }))
        );
        using var unknown = new HttpRequestMessage(HttpMethod.Get, $"/api/widgets/{Guid.CreateVersion7()}/config");
        unknown.Headers.Add("Origin", "https://shop.example");
        Assert.Equal("widget_not_found", await Guest.CodeAsync(await portal.Http.SendAsync(unknown)));
    }

    [Fact]
    public async Task A_row_written_exactly_as_the_seed_says_is_a_working_widget()
    {
        var widget = await portal.SeedRowAsync(_n8n.Url);

        var reply = await (await portal.Guest(widget).OpenAsync()).AskAsync("Do you work?");

        Assert.Equal("You asked: Do you work?", reply.GetProperty("response").GetString());
    }

    [Fact]
    public async Task A_preflight_allows_every_website_and_is_kept_for_two_hours()
    {
        using var preflight = new HttpRequestMessage(
            HttpMethod.Options,
            $"/api/widgets/{Guid.CreateVersion7()}/messages"
        );
        preflight.Headers.Add("Origin", "https://anywhere.example");
        preflight.Headers.Add("Access-Control-Request-Method", "POST");
        preflight.Headers.Add("Access-Control-Request-Headers", "authorization,content-type");

        var response = await portal.Http.SendAsync(preflight);

        Assert.Equal("*", response.Headers.GetValues("Access-Control-Allow-Origin").Single());
        Assert.Equal("7200", response.Headers.GetValues("Access-Control-Max-Age").Single());
    }

    [Theory]
    [InlineData("POST", "messages", "authorization,content-type,x-requested-with,x-csrf-token")]
    [InlineData("GET", "config", "traceparent")]
    [InlineData("DELETE", "session", "authorization,x-anything-at-all")]
    public async Task A_preflight_allows_the_headers_that_a_page_adds_to_every_call(
        string method,
        string call,
        string headers
    )
    {
        using var preflight = new HttpRequestMessage(
            HttpMethod.Options,
            $"/api/widgets/{Guid.CreateVersion7()}/{call}"
        );
        preflight.Headers.Add("Origin", "https://anywhere.example");
        preflight.Headers.Add("Access-Control-Request-Method", method);
        preflight.Headers.Add("Access-Control-Request-Headers", headers);

        var response = await portal.Http.SendAsync(preflight);

        // Named one by one: a star would not cover Authorization.
        var allowed = response
            .Headers.GetValues("Access-Control-Allow-Headers")
            .SelectMany(value => value.Split(',', StringSplitOptions.TrimEntries));
        Assert.Empty(headers.Split(',').Except(allowed, StringComparer.OrdinalIgnoreCase));
    }
}
