using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Portal.Api;
using Portal.Audit;
using Portal.Deletion;
using Portal.Jobs;
using Portal.Model;
using Portal.Tests.Pages;

namespace Portal.Tests.Api;

/// <summary>What an admin's program may do, and what it may not.</summary>
public sealed class AdminApiTests(PortalApp portal) : IClassFixture<PortalApp>
{
    private const string Webhook = "https://n8n.shop.example/webhook/shop";

    private static readonly DateTimeOffset s_now = DateTimeOffset.UtcNow;

    [Theory]
    [InlineData("GET", "widgets", "widgets:read")]
    [InlineData("POST", "clean-up", "clean-up")]
    [InlineData("POST", "widgets/delete", "widgets:delete")]
    [InlineData("POST", "demos/delete", "demos:delete")]
    [InlineData("POST", "chat-logs/delete", "chat-logs:delete")]
    public async Task Each_call_needs_a_token_with_its_own_scope(string method, string path, string scope)
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        var body = JsonContent.Create<object>(
            path == "clean-up" ? new { dryRun = true }
            : path == "chat-logs/delete" ? new { widget = shop.Id, dryRun = true }
            : new { ids = new[] { shop.Id }, dryRun = true }
        );

        Assert.Equal((401, "token_required"), await RefusedAsync(method, path, null));
        Assert.Equal((401, "token_required"), await RefusedAsync(method, path, "portal_admin_" + new string('x', 43)));
        var others = AdminTokens.Scopes.Select(known => known.Name).Where(known => known != scope);
        Assert.Equal((403, "scope_missing"), await RefusedAsync(method, path, await TokenAsync(others)));

        using var answer = await SendAsync(new(method), path, await TokenAsync([scope]), method == "GET" ? null : body);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task A_token_ends_when_it_expires_when_it_is_revoked_and_when_its_maker_is_no_admin_any_more()
    {
        var maker = await portal.NewUserAsync();
        var (expired, revoked, orphaned) = (
            await TokenAsync(["widgets:read"], maker, life: TimeSpan.FromSeconds(-1)),
            await TokenAsync(["widgets:read"], maker),
            await TokenAsync(["widgets:read"], maker)
        );
        Assert.Equal((401, "token_required"), await RefusedAsync("GET", "widgets", expired));

        await portal.With(
            (AccountsDb db) =>
                db
                    .AdminTokens.Where(token => token.TokenHash == AdminToken.HashOf(revoked))
                    .ExecuteUpdateAsync(set => set.SetProperty(token => token.RevokedAt, s_now))
        );
        Assert.Equal((401, "token_required"), await RefusedAsync("GET", "widgets", revoked));

        (await SendAsync(HttpMethod.Get, "widgets", orphaned)).Dispose();
        Assert.NotNull(
            (
                await portal.With(
                    (AccountsDb db) =>
                        db.AdminTokens.SingleAsync(token => token.TokenHash == AdminToken.HashOf(orphaned))
                )
            ).LastUsedAt
        );
        await portal.With((AccountsDb db) => db.Users.Where(user => user.Id == maker.Id).ExecuteDeleteAsync());
        Assert.Equal((401, "token_required"), await RefusedAsync("GET", "widgets", orphaned));
    }

    [Fact]
    public async Task A_token_ends_with_its_makers_role_and_rests_while_their_account_is_disabled()
    {
        var maker = await portal.NewUserAsync();
        var token = await TokenAsync(["widgets:read"], maker);
        await GetAsync("widgets", token);

        await portal.With(
            (AccountsDb db) =>
                db
                    .Users.Where(user => user.Id == maker.Id)
                    .ExecuteUpdateAsync(set => set.SetProperty(user => user.DisabledAt, s_now))
        );
        Assert.Equal((401, "token_required"), await RefusedAsync("GET", "widgets", token));

        await portal.With(
            (AccountsDb db) =>
                db
                    .Users.Where(user => user.Id == maker.Id)
                    .ExecuteUpdateAsync(set => set.SetProperty(user => user.DisabledAt, (DateTimeOffset?)null))
        );
        await GetAsync("widgets", token);

        var client = await portal.NewClientAsync();
        await portal.With(
            (AccountsDb db) =>
                db
                    .Users.Where(user => user.Id == maker.Id)
                    .ExecuteUpdateAsync(set =>
                        set.SetProperty(user => user.Role, UserRole.Owner).SetProperty(user => user.ClientId, client.Id)
                    )
        );
        Assert.Equal((401, "token_required"), await RefusedAsync("GET", "widgets", token));
    }

    [Fact]
    public async Task The_list_is_read_page_by_page()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        Guid[] all = [shop.Id, await DemoAsync(shop, "1 hour"), await DemoAsync(shop, "-1 hour")];
        var token = await TokenAsync(["widgets:read"]);

        var seen = new List<Guid>();
        for (Guid? after = null; ; )
        {
            var page = await GetAsync(
                $"widgets?client={shop.ClientId}&limit=2{(after is { } id ? $"&after={id}" : "")}",
                token
            );
            seen.AddRange(
                page.GetProperty("widgets").EnumerateArray().Select(widget => widget.GetProperty("id").GetGuid())
            );
            if (page.GetProperty("next").ValueKind == JsonValueKind.Null)
            {
                break;
            }

            after = page.GetProperty("next").GetGuid();
        }

        Assert.Equal(all.Order(), seen.Order());
        Assert.Equal(seen.Count, seen.Distinct().Count());
        Assert.Equal([all[2]], await IdsAsync($"widgets?client={shop.ClientId}&expired=true", token));
        Assert.Equal([all[0]], await IdsAsync($"widgets?client={shop.ClientId}&demo=false", token));
        Assert.Equal((400, "invalid_request"), await RefusedAsync("GET", "widgets?limit=201", token));
    }

    [Fact]
    public async Task Clean_up_counts_first_and_takes_the_expired_demos_with_all_that_hangs_on_them()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        var (over, running) = (await DemoAsync(shop, "-1 hour"), await DemoAsync(shop, "1 hour"));
        await portal.HadAsync(
            shop with
            {
                Id = over,
            },
            new("Is it over?", s_now)
            {
                Kind = "demo",
                Status = "failed",
                ErrorType = "timeout",
            }
        );
        await portal.ExecuteAsync($"INSERT INTO analytics (widget_id, date) VALUES ('{over}', '2026-01-01')");
        var token = await TokenAsync(["clean-up"]);

        var counted = await PostAsync("clean-up", token, new { dryRun = true });
        Assert.True(counted.GetProperty("deleted").GetProperty("widgets").GetInt32() >= 1);
        Assert.True(counted.GetProperty("deleted").GetProperty("messages").GetInt64() >= 1);
        Assert.Equal(3, await CountAsync(shop, db => db.Widgets.CountAsync()));

        var done = await PostAsync("clean-up", token, new { });
        Assert.Equal(counted.GetProperty("deleted").ToString(), done.GetProperty("deleted").ToString());
        Assert.Equal(
            [running, shop.Id],
            (await portal.As(shop.ClientId, db => db.Widgets.Select(widget => widget.Id).ToListAsync())).OrderBy(id =>
                id == shop.Id
            )
        );

        await RunAsync<WidgetDeletionJob>();
        Assert.Equal(0, await CountAsync(shop, db => db.ChatLogs.CountAsync(log => log.WidgetId == over)));
        Assert.Equal(0, await CountAsync(shop, db => db.Analytics.CountAsync(day => day.WidgetId == over)));
        Assert.Equal(0, await CountAsync(shop, db => db.WebhookErrors.CountAsync(error => error.WidgetId == over)));
        Assert.Equal(
            0,
            await CountAsync(shop, db =>
                db.Widgets.IgnoreQueryFilters([PortalDb.DeletedFilter]).CountAsync(widget => widget.Id == over)
            )
        );
        var entry = await portal.As(shop.ClientId, db => db.ChangeLogs.SingleAsync(log => log.SubjectId == over));
        Assert.Equal(("widget.deleted", "Kim Person (token “Test”)"), (entry.Action, entry.ActorName));
    }

    [Fact]
    public async Task Widgets_go_at_once_and_a_scope_for_demos_deletes_no_other()
    {
        var (shop, other) = (await portal.NewWidgetAsync(Webhook), await portal.NewWidgetAsync(Webhook));
        var (demo, unknown) = (await DemoAsync(shop, "1 hour"), Guid.CreateVersion7());
        await portal.HadAsync(shop, new("Open today?", s_now));

        var demos = await PostAsync(
            "demos/delete",
            await TokenAsync(["demos:delete"]),
            new { ids = new[] { shop.Id, demo, unknown } }
        );
        Assert.Equal(1, demos.GetProperty("deleted").GetProperty("widgets").GetInt32());
        Assert.Equal([shop.Id, unknown], demos.GetProperty("missing").EnumerateArray().Select(id => id.GetGuid()));
        Assert.Equal(
            [shop.Id],
            await portal.As(shop.ClientId, db => db.Widgets.Select(widget => widget.Id).ToListAsync())
        );

        var token = await TokenAsync(["widgets:delete"]);
        var counted = await PostAsync("widgets/delete", token, new { ids = new[] { shop.Id }, dryRun = true });
        Assert.Equal(1, counted.GetProperty("deleted").GetProperty("messages").GetInt64());
        Assert.Equal(1, await CountAsync(shop, db => db.Widgets.CountAsync()));

        await PostAsync("widgets/delete", token, new { ids = new[] { shop.Id } });
        Assert.Equal(0, await CountAsync(shop, db => db.Widgets.CountAsync()));
        Assert.Equal(1, await CountAsync(other, db => db.Widgets.CountAsync()));
        using var config = await portal.Http.GetAsync(new Uri($"/api/widgets/{shop.Id}/config", UriKind.Relative));
        Assert.Equal(HttpStatusCode.NotFound, config.StatusCode);
    }

    [Fact]
    public async Task Chat_logs_go_by_widget_date_and_visitor_and_leave_the_rest_right()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        var session = await portal.HadAsync(shop, new("A long time ago", s_now.AddDays(-30)) { Feedback = "up" });
        await portal.ExecuteAsync(
            $"""
            INSERT INTO chat_logs (client_id, widget_id, session_id, user_id, message, response, confidence, created_at) VALUES ('{shop.ClientId}', '{shop.Id}', '{session}', 'someone', 'Yesterday', 'Yes', 0.4, now() - interval '1 day');
            INSERT INTO chat_logs (widget_id, user_id, message, response, created_at) VALUES ('{shop.Id}', 'anna', 'By Anna', 'Hi', now() - interval '1 day');
            UPDATE visitor_sessions SET message_count = 2, lowest_confidence = 0.4 WHERE id = '{session}'
            """
        );
        var old = await portal.HadAsync(shop, new("Only old", s_now.AddDays(-40)));
        var token = await TokenAsync(["chat-logs:delete"]);

        var before = new { widget = shop.Id, until = s_now.AddDays(-10) };
        Assert.Equal(2, (
                await PostAsync(
                    "chat-logs/delete",
                    token,
                    new
                    {
                        before.widget,
                        before.until,
                        dryRun = true,
                    }
                )
            ).GetProperty("messages").GetInt64());
        Assert.Equal(4, await CountAsync(shop, db => db.ChatLogs.CountAsync()));
        var gone = await PostAsync("chat-logs/delete", token, before);
        Assert.Equal(
            (2, 1, true),
            (
                gone.GetProperty("messages").GetInt64(),
                gone.GetProperty("conversations").GetInt32(),
                gone.GetProperty("complete").GetBoolean()
            )
        );

        var left = await portal.As(shop.ClientId, db => db.VisitorSessions.ToListAsync());
        Assert.DoesNotContain(left, conversation => conversation.Id == old);
        var kept = Assert.Single(left, conversation => conversation.VisitorId != "anna");
        Assert.Equal(
            (1, 0, 0.4, "Yesterday"),
            (kept.MessageCount, kept.UpCount, kept.LowestConfidence, kept.FirstMessage)
        );

        await PostAsync("chat-logs/delete", token, new { client = shop.ClientId, visitor = "anna" });
        Assert.Equal(
            ["Yesterday"],
            await portal.As(shop.ClientId, db => db.ChatLogs.Select(log => log.Message).ToListAsync())
        );
        Assert.Equal(2, await CountAsync(shop, db => db.ChangeLogs.CountAsync(log => log.Action == "data.erased")));
    }

    [Theory]
    [InlineData("widgets/delete", """{"ids":[]}""", 400)]
    [InlineData("widgets/delete", """{}""", 400)]
    [InlineData("widgets/delete", """{"ids":["00000000-0000-0000-0000-000000000001"],"dryrun":true,"all":true}""", 400)]
    [InlineData("chat-logs/delete", """{"visitor":"someone"}""", 400)]
    [InlineData("chat-logs/delete", """{"widget":"00000000-0000-0000-0000-000000000001"}""", 404)]
    [InlineData("chat-logs/delete", """{"client":"00000000-0000-0000-0000-000000000001"}""", 404)]
    [InlineData(
        "chat-logs/delete",
        """{"client":"00000000-0000-0000-0000-000000000001","from":"2026-02-01T00:00:00Z","until":"2026-01-01T00:00:00Z"}""",
        400
    )]
    [InlineData("clean-up", "not json", 400)]
    public async Task What_makes_no_sense_is_refused_as_a_problem(string path, string body, int status)
    {
        using var answer = await SendAsync(
            HttpMethod.Post,
            path,
            await TokenAsync(AdminTokens.Scopes.Select(scope => scope.Name)),
            new StringContent(body, new MediaTypeHeaderValue("application/json"))
        );

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task A_program_that_runs_wild_is_told_to_wait()
    {
        await using var strict = await portal.ReplicaAsync(("Portal:AdminApi:CallsPerMinute", "2"));
        var (token, other) = (await TokenAsync(["widgets:read"]), await TokenAsync(["widgets:read"]));
        for (var call = 0; call < 2; call++)
        {
            (await SendAsync(HttpMethod.Get, "widgets", token, at: strict)).EnsureSuccessStatusCode().Dispose();
        }

        using var refused = await SendAsync(HttpMethod.Get, "widgets", token, at: strict);
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.NotNull(refused.Headers.RetryAfter);
        using var anothers = await SendAsync(HttpMethod.Get, "widgets", other, at: strict);
        Assert.Equal(HttpStatusCode.OK, anothers.StatusCode);
    }

    [Fact]
    public async Task The_description_names_every_call_and_which_of_them_need_a_token()
    {
        var paths = (
            await portal.Http.GetFromJsonAsync<JsonElement>(new Uri("/openapi/v1.json", UriKind.Relative))
        ).GetProperty("paths");

        foreach (
            var (path, method) in new[]
            {
                ("widgets", "get"),
                ("clean-up", "post"),
                ("widgets/delete", "post"),
                ("demos/delete", "post"),
                ("chat-logs/delete", "post"),
            }
        )
        {
            var call = paths.GetProperty($"/api/admin/{path}").GetProperty(method);
            Assert.True(call.TryGetProperty("security", out _), path);
            Assert.True(call.GetProperty("responses").TryGetProperty("429", out _), path);
        }

        Assert.False(
            paths.GetProperty("/api/widgets/{id}/config").GetProperty("get").TryGetProperty("security", out _)
        );
    }

    private async Task<string> TokenAsync(IEnumerable<string> scopes, User? maker = null, TimeSpan? life = null)
    {
        maker ??= await portal.NewUserAsync();
        var (row, token) = AdminToken.Make(
            "Test",
            scopes,
            maker.Id,
            maker.DisplayName,
            DateTimeOffset.UtcNow,
            life ?? TimeSpan.FromHours(1)
        );
        await portal.With(
            (AccountsDb db) =>
            {
                db.Add(row);
                return db.SaveChangesAsync();
            }
        );
        return token;
    }

    private async Task<Guid> DemoAsync(Shop shop, string life)
    {
        var id = Guid.CreateVersion7();
        await portal.ExecuteAsync(
            $"INSERT INTO widgets (id, client_id, name, config, webhook_url, widget_secret, is_demo, expires_at) VALUES ('{id}', '{shop.ClientId}', 'Demo {id:N}', '{{}}', '{Webhook}', 's', true, now() + interval '{life}')"
        );
        return id;
    }

    private Task<int> CountAsync(Shop shop, Func<PortalDb, Task<int>> count) => portal.As(shop.ClientId, count);

    private Task<bool> RunAsync<T>()
        where T : IJob =>
        portal.With(
            async (T job) =>
            {
                await job.RunAsync(new JobProgress(), default);
                return true;
            }
        );

    private async Task<HttpResponseMessage> SendAsync(
        HttpMethod method,
        string path,
        string? token,
        HttpContent? body = null,
        PortalApp? at = null
    )
    {
        using var request = new HttpRequestMessage(method, new Uri($"/api/admin/{path}", UriKind.Relative))
        {
            Content = body,
        };
        request.Headers.Authorization = token is null ? null : new("Bearer", token);
        return await (at ?? portal).Http.SendAsync(request);
    }

    private async Task<JsonElement> PostAsync(string path, string token, object body)
    {
        using var answer = await SendAsync(HttpMethod.Post, path, token, JsonContent.Create(body));
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }

    private async Task<JsonElement> GetAsync(string path, string token)
    {
        using var answer = await SendAsync(HttpMethod.Get, path, token);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }

    private async Task<IEnumerable<Guid>> IdsAsync(string path, string token) =>
        (await GetAsync(path, token))
            .GetProperty("widgets")
            .EnumerateArray()
            .Select(widget => widget.GetProperty("id").GetGuid());

    private async Task<(int Status, string? Code)> RefusedAsync(string method, string path, string? token)
    {
        using var answer = await SendAsync(
            new(method),
            path,
            token,
            method == "GET" ? null : JsonContent.Create(new { })
        );
        return (
            (int)answer.StatusCode,
            (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("code").GetString()
        );
    }
}
