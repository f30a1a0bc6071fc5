using System.Net;
using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Portal.Audit;
using Portal.Chat;
using Portal.Data;
using Portal.Model;
using Portal.Tests.Api;
using Portal.Tests.Webhooks;
using Caller = Portal.Tests.Webhooks.Caller;

namespace Portal.Tests.Pages.Widgets;

/// <summary>How a client connects a widget with n8n and tries it, without ever reading a secret back.</summary>
public sealed class ConnectionTests(SharedPortal portal) : IClassFixture<SharedPortal.Running>, IAsyncLifetime
{
    private N8n _n8n = null!;

    public async ValueTask InitializeAsync() => _n8n = await N8n.StartAsync();

    public async ValueTask DisposeAsync() => await _n8n.DisposeAsync();

    [Fact]
    public async Task A_header_is_saved_sent_and_never_shown_again()
    {
        var (shop, owner) = await OwnerAsync();

        await owner.SubmitAsync(
            "#connection",
            ("Auth", "Header"),
            ("HeaderName", "X-Portal-Key"),
            ("HeaderValue", "canary-1")
        );
        Assert.Equal(
            ("X-Portal-Key", null),
            (owner.Attribute("#HeaderName", "value"), owner.Attribute("#HeaderValue", "value"))
        );
        Assert.Equal("•••••••• saved", owner.Attribute("#HeaderValue", "placeholder"));

        // Empty keeps it, whatever else is changed.
        await owner.SubmitAsync("#connection", ("TimeoutSeconds", "20"));
        await owner.SubmitAsync("#try", ("text", "Are you there?"));
        Assert.Equal("canary-1", _n8n.Headers["X-Portal-Key"]);
        Assert.DoesNotContain("canary-1", owner.Body, StringComparison.Ordinal);
        Assert.Contains("X-Portal-Key: ••••••••", owner.Text("#tried"), StringComparison.Ordinal);

        var logs = await portal.As(shop.ClientId, db =>
            db.ChangeLogs.AsNoTracking().Where(log => log.Action == "widget.connected").ToListAsync()
        );
        Assert.Contains(logs, log => log.After!.Contains("replaced", StringComparison.Ordinal));
        Assert.DoesNotContain(logs, log => $"{log.Before}{log.After}".Contains("canary", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_saved_secret_goes_to_no_other_host_unless_it_is_entered_again()
    {
        var (shop, owner) = await OwnerAsync();
        await owner.SubmitAsync(
            "#connection",
            ("Auth", "Basic"),
            ("Account", "portal"),
            ("AccountPassword", "canary-2")
        );

        await owner.SubmitAsync("#connection", ("WebhookUrl", "https://elsewhere.example/webhook/x"));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, owner.Status);
        Assert.StartsWith(
            "The URL’s host has changed. Re-enter the credential ",
            owner.Text("#AccountPassword-error"),
            StringComparison.Ordinal
        );
        Assert.Equal(_n8n.Url, (await portal.As(shop.ClientId, db => db.Widgets.SingleAsync())).WebhookUrl);
        await owner.SubmitAsync("#connection", ("AccountPassword", "canary-2"));
        Assert.Equal(
            "https://elsewhere.example/webhook/x",
            (await portal.As(shop.ClientId, db => db.Widgets.SingleAsync())).WebhookUrl
        );
    }

    [Theory]
    [InlineData(
        "Header",
        "HeaderName",
        "Content-Length",
        "This header name isn’t allowed. Use one such as X-Portal-Key."
    )]
    [InlineData("Header", "HeaderValue", "", "Enter the header’s value on one line.")]
    [InlineData("Basic", "Account", "a:b", "Enter a user name without a colon.")]
    [InlineData("Basic", "AccountPassword", "", "Enter a password.")]
    public async Task What_is_wrong_with_a_credential_is_said_beside_its_field(
        string auth,
        string field,
        string value,
        string sentence
    )
    {
        var (shop, owner) = await OwnerAsync();

        await owner.SubmitAsync(
            "#connection",
            [
                ("Auth", auth),
                .. new[]
                {
                    ("HeaderName", "X-Key"),
                    ("HeaderValue", "v"),
                    ("Account", "portal"),
                    ("AccountPassword", "p"),
                }.Where(pair => pair.Item1 != field),
                (field, value),
            ]
        );

        Assert.Equal((HttpStatusCode.UnprocessableEntity, sentence), (owner.Status, owner.Text($"#{field}-error")));
        Assert.Equal(WebhookAuth.None, (await portal.As(shop.ClientId, db => db.Widgets.SingleAsync())).WebhookAuth);
    }

    [Fact]
    public async Task Signed_calls_show_their_public_key_and_the_next_one_takes_over_when_it_was_tried()
    {
        var (shop, owner) = await OwnerAsync();
        Assert.NotNull(owner.Attribute("#keys", "hidden"));

        await owner.SubmitAsync("#connection", ("Auth", "Signed"));
        var first = owner.Text("#public-key");
        Assert.True(await IsSignedWithAsync(owner, "#try", first));

        await owner.OpenAsync($"/widgets/{shop.Id}/connection");
        await owner.SubmitAsync("#make-key");
        var next = owner.Text("#next-key");
        Assert.NotEqual(first, next);
        Assert.True(await IsSignedWithAsync(owner, "#try-next", next));
        await (await portal.Guest(shop).OpenAsync()).AskAsync("Hello?");
        Assert.True(IsSigned(first));

        await owner.OpenAsync($"/widgets/{shop.Id}/connection");
        await owner.SubmitAsync("#switch-key");
        Assert.Equal((next, false), (owner.Text("#public-key"), owner.Shows("#next-key")));
        Assert.True(await IsSignedWithAsync(owner, "#try", next));
        Assert.Equal(
            2,
            await portal.As(shop.ClientId, db => db.ChangeLogs.CountAsync(log => log.Action.StartsWith("widget.key_")))
        );
    }

    [Fact]
    public async Task A_test_shows_question_answer_and_time_and_leaves_no_trace()
    {
        var (shop, owner) = await OwnerAsync();

        await owner.SubmitAsync("#try", ("text", "Is it <b>open</b>?"));

        Assert.Contains("Success", owner.Text("#tried .verdict"), StringComparison.Ordinal);
        Assert.Contains("You asked: Is it <b>open</b>?", owner.Text("#tried"), StringComparison.Ordinal);
        Assert.Contains("Confidence 0.80.", owner.Text("#tried"), StringComparison.Ordinal);
        Assert.Matches(@"\d ms", owner.Text("#tried .verdict"));
        Assert.Contains("\"chatInput\": \"Is it <b>open</b>?\"", owner.Text("#tried"), StringComparison.Ordinal);
        Assert.Equal(0, await portal.As(shop.ClientId, db => db.ChatLogs.CountAsync()));
    }

    [Fact]
    public async Task A_test_that_fails_says_what_happened_and_what_to_click()
    {
        var (shop, owner) = await OwnerAsync();
        _n8n.Workflow = (context, _) => N8n.SayAsync(context, new { message = "Error in workflow" }, 500);

        await owner.SubmitAsync("#try", ("text", "Hello?"));

        Assert.Contains("Workflow error.", owner.Text("#tried .verdict"), StringComparison.Ordinal);
        Assert.Contains("Open Executions in n8n", owner.Text("#tried"), StringComparison.Ordinal);
        Assert.Contains("500", owner.Text("#tried pre"), StringComparison.Ordinal);
        Assert.Equal(0, await portal.As(shop.ClientId, db => db.WebhookErrors.CountAsync()));
    }

    [Fact]
    public async Task A_test_waits_as_long_as_the_widget_does_says_how_long_and_shows_the_answer_when_it_comes()
    {
        var (shop, owner) = await OwnerAsync();
        await owner.SubmitAsync("#connection", ("TimeoutSeconds", "120"));
        var answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _n8n.Workflow = async (context, _) =>
        {
            await answer.Task.Patiently();
            await N8n.SayAsync(context, new { output = "It took a while." });
        };
        await owner.OpenAsync($"/widgets/{shop.Id}/connection");

        await owner.WithHtmx().SubmitAsync("#try", ("text", "Hello?"));
        Assert.Contains("Waiting for reply…", owner.Text("#tried"), StringComparison.Ordinal);
        Assert.Equal("120", owner.Attribute("#tried progress", "max"));
        var running = await portal.As(shop.ClientId, db => db.WebhookTests.SingleAsync());
        Assert.InRange((running.DeadlineAt - running.CreatedAt).TotalSeconds, 115, 125);
        Assert.Equal(
            0,
            await portal.As(shop.ClientId, db =>
                db.WebhookTests.CountAsync(test => test.Phase != WebhookTestPhase.Asking)
            )
        );

        answer.SetResult();
        var test = owner.Attribute("#stop-test input[name=test]", "value")!;
        await TriedAsync(owner, shop, test, "It took a while.");
    }

    [Fact]
    public async Task A_test_of_a_workflow_that_takes_a_hundred_seconds_gets_its_answer()
    {
        var (shop, _) = await OwnerAsync();
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var slow = new Hanging();
        using var caller = new Caller(slow.Server, clock: clock);
        var tests = new TestMessages(
            portal.Services.GetRequiredService<TenantScope>(),
            caller.Client,
            clock,
            portal.Services.GetRequiredService<IHostApplicationLifetime>(),
            NullLogger<TestMessages>.Instance
        );
        var question = Caller.Question with { MessageId = Guid.CreateVersion7() };

        await tests.StartAsync(
            caller.Target with
            {
                WidgetId = shop.Id,
                ClientId = shop.ClientId,
                Timeout = TimeSpan.FromSeconds(120),
            },
            question,
            [1],
            "{}",
            default
        );
        await slow.ArrivedAsync(1);
        clock.Advance(TimeSpan.FromSeconds(100));
        slow.LetGo();

        await Timeouts.UntilAsync(() =>
            portal.As(shop.ClientId, db =>
                db.WebhookTests.AnyAsync(test => test.Id == question.MessageId && test.Phase == WebhookTestPhase.Done)
            )
        );
        var outcome = (await portal.As(shop.ClientId, db => db.WebhookTests.SingleAsync())).Outcome!;
        Assert.Equal(("late", null), (outcome.Text, outcome.Error));
    }

    [Fact]
    public async Task A_test_can_be_stopped()
    {
        var (shop, owner) = await OwnerAsync();
        var left = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _n8n.Workflow = async (context, _) =>
        {
            await Task.Delay(Timeout.Infinite, context.RequestAborted)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            left.TrySetResult();
        };

        await owner.WithHtmx().SubmitAsync("#try", ("text", "Hello?"));
        await owner.WithHtmx().SubmitAsync("#stop-test");

        Assert.Contains("Stopped.", owner.Text("#tried"), StringComparison.Ordinal);
        await left.Task.Patiently();
    }

    [Fact]
    public async Task A_test_of_a_workflow_that_answers_later_waits_for_its_callback_and_takes_it_once()
    {
        var (shop, owner) = await OwnerAsync();
        await owner.SubmitAsync("#connection", ("Later", "true"));
        var callback = new TaskCompletionSource<Uri>(TaskCreationOptions.RunContinuationsAsynchronously);
        _n8n.Workflow = async (context, body) =>
        {
            await N8n.SayAsync(context, new { message = "Workflow was started" });
            callback.TrySetResult(new Uri(body.GetProperty("callbackUrl").GetString()!));
        };
        await owner.OpenAsync($"/widgets/{shop.Id}/connection");

        await owner.WithHtmx().SubmitAsync("#try", ("text", "Take your time?"));
        var test = owner.Attribute("#stop-test input[name=test]", "value")!;
        Assert.DoesNotContain((await callback.Task).Segments[^1], owner.Body, StringComparison.Ordinal);
        using var first = await portal.Http.PostAsync(
            await callback.Task,
            new StringContent("""{"output":"Here I am.","confidence":0.7}""", null, "application/json")
        );
        using var second = await portal.Http.PostAsync(
            await callback.Task,
            new StringContent("""{"output":"Once more."}""", null, "application/json")
        );

        Assert.Equal((HttpStatusCode.NoContent, HttpStatusCode.NotFound), (first.StatusCode, second.StatusCode));
        await TriedAsync(owner, shop, test, "Here I am.");
        Assert.Contains("Success, by callback", owner.Text("#tried .verdict"), StringComparison.Ordinal);
        Assert.Equal(0, await portal.As(shop.ClientId, db => db.ChatLogs.CountAsync()));
    }

    [Fact]
    public async Task Another_client_sees_and_stops_nobodys_test()
    {
        var (shop, owner) = await OwnerAsync();
        await owner.SubmitAsync("#try", ("text", "Hello?"));
        var test = await portal.As(shop.ClientId, db => db.WebhookTests.Select(t => t.Id).SingleAsync());
        var (other, stranger) = await OwnerAsync();

        await stranger.OpenAsync($"/widgets/{other.Id}/connection/test?test={test}");
        Assert.Equal(HttpStatusCode.NotFound, stranger.Status);
        await stranger.OpenAsync($"/widgets/{shop.Id}/connection/test?test={test}");
        Assert.Equal(HttpStatusCode.NotFound, stranger.Status);
    }

    [Theory]
    [InlineData("webhook-respond", "Webhook")]
    [InlineData("agent-streaming", "Webhook")]
    [InlineData("signed-webhook", "Webhook")]
    [InlineData("answers-later", "Webhook")]
    [InlineData("chat-trigger", "When chat message received")]
    public async Task A_template_is_made_for_the_widget_at_a_path_of_its_own(string name, string trigger)
    {
        var (shop, owner) = await OwnerAsync();
        await owner.SubmitAsync("#connection", ("Auth", "Signed"));
        var key = owner.Text("#public-key");

        var (first, second) = (await DownloadAsync(), await DownloadAsync());

        Assert.StartsWith("Assistant: ", first["name"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.NotEqual(PathOf(first), PathOf(second));
        Assert.True(PathOf(first).Length >= 32);
        Assert.DoesNotContain("chat-portal-", first.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal(
            trigger == "Webhook",
            first.ToJsonString().Contains("MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE", StringComparison.Ordinal)
        );
        Assert.Equal(
            trigger == "Webhook",
            first["nodes"]!
                .AsArray()
                .Any(node =>
                    node!
                        ["parameters"]
                        ?["content"]?.GetValue<string>()
                        .Contains(key.Trim().Split('\n')[1], StringComparison.Ordinal) == true
                )
        );

        async Task<System.Text.Json.Nodes.JsonNode> DownloadAsync()
        {
            await owner.OpenAsync($"/widgets/{shop.Id}/connection/templates/{name}.json");
            return System.Text.Json.Nodes.JsonNode.Parse(owner.Body)!;
        }

        string PathOf(System.Text.Json.Nodes.JsonNode workflow)
        {
            var node = workflow["nodes"]!.AsArray().Single(node => node!["name"]!.GetValue<string>() == trigger)!;
            return (node["parameters"]!["path"] ?? node["webhookId"])!.GetValue<string>();
        }
    }

    [Fact]
    public async Task The_page_says_what_to_click_in_n8n_2_and_an_admin_which_setting_opens_an_address()
    {
        var (shop, owner) = await OwnerAsync();
        Assert.Contains("Publish the workflow", owner.Text("main"), StringComparison.Ordinal);
        Assert.Contains("Chat URL", owner.Text("main"), StringComparison.Ordinal);
        Assert.Equal(5, owner.Page.QuerySelectorAll("#templates a").Length);

        await owner.SubmitAsync("#connection", ("WebhookUrl", "http://localhost:5678/webhook/shop"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, owner.Status);
        Assert.DoesNotContain("AllowedTargets", owner.Body, StringComparison.Ordinal);

        var admin = await portal.SignedInAsync(await portal.NewUserAsync());
        await admin.OpenAsync($"/admin/clients/{shop.ClientId}");
        await admin.SubmitAsync("#view-as");
        await admin.OpenAsync($"/widgets/{shop.Id}/connection");
        await admin.SubmitAsync("#connection", ("WebhookUrl", "http://localhost:5678/webhook/shop"));
        Assert.Contains(
            "Portal__Webhooks__AllowedTargets__0=localhost:5678",
            admin.Text("#opens"),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("https://n8n.example.com/form/shop", "This is the address of a form.")]
    [InlineData("https://n8n.example.com//webhook/shop", "Will be saved as https://n8n.example.com/webhook/shop")]
    [InlineData("https://n8n.example.com/webhook/0198b7c4-6f0a-4c51-b1a4-52c3a1f0d9e7", "its Chat URL ends in /chat")]
    public async Task An_address_is_judged_as_it_is_typed(string typed, string says)
    {
        var (shop, owner) = await OwnerAsync();

        await owner
            .WithHtmx()
            .SubmitAsync("#connection", to: $"/widgets/{shop.Id}/connection?handler=Address", ("WebhookUrl", typed));

        Assert.Contains(says, owner.Text("#address-says"), StringComparison.Ordinal);
    }

    private static async Task TriedAsync(Visitor owner, Shop shop, string test, string answer)
    {
        await Timeouts.UntilAsync(async () =>
        {
            await owner.OpenAsync($"/widgets/{shop.Id}/connection/test?test={test}");
            return owner.Text("#tried").Contains(answer, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task A_test_is_made_also_while_visitors_calls_are_paused()
    {
        var (shop, owner) = await OwnerAsync();
        _n8n.Workflow = (context, _) =>
        {
            context.Response.Headers.RetryAfter = "60";
            return N8n.SayAsync(context, new { message = "slow down" }, 429);
        };
        await (await portal.Guest(shop).OpenAsync()).TryAskAsync("Hello?");
        _n8n.Workflow = (context, _) => N8n.SayAsync(context, new { output = "Mended." });

        await owner.SubmitAsync("#try", ("text", "Hello?"));

        Assert.Contains("Mended.", owner.Text("#tried"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tests_are_few_so_that_no_network_is_searched_with_them()
    {
        await using var limited = await portal.ReplicaAsync(
            ("Portal:Limits:Off", "false"),
            ("Portal:Limits:TestCallsPerHourAndClient", "2")
        );
        var shop = await portal.NewWidgetAsync(_n8n.Url);
        var owner = limited.SignedIn(shop.ClientId);
        await owner.OpenAsync($"/widgets/{shop.Id}/connection");

        for (var n = 0; n < 3; n++)
        {
            await owner.WithHtmx().SubmitAsync("form", to: $"/widgets/{shop.Id}/connection/test", ("text", "Hello?"));
            await owner.OpenAsync($"/widgets/{shop.Id}/connection");
        }

        Assert.Equal(2, _n8n.Asked.Count);
        await owner.SubmitAsync("form", to: $"/widgets/{shop.Id}/connection/test", ("text", "Hello?"));
        Assert.StartsWith("Too many tests. Try again in", owner.Text("#tried"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_the_answer_stands_and_that_it_comes_later_are_kept()
    {
        var (shop, owner) = await OwnerAsync();
        _n8n.Workflow = (context, _) =>
            N8n.SayAsync(context, new { data = new { reply = "From the depth." }, output = "Not me." });

        await owner.SubmitAsync("#connection", ("Answer", "data.reply"), ("Later", "true"));
        await owner.SubmitAsync("#try", ("text", "Hello?"));

        Assert.Contains("From the depth.", owner.Text("#tried"), StringComparison.Ordinal);
        Assert.True((await portal.As(shop.ClientId, db => db.Widgets.SingleAsync())).AnswersLater);
    }

    [Fact]
    public async Task A_client_reads_where_our_calls_come_from_to_let_them_in()
    {
        await using var telling = await portal.ReplicaAsync(
            ("Portal:PublicUrl", "https://8.8.4.4"),
            ("Portal:Webhooks:EgressAddresses:0", "203.0.113.7"),
            ("Portal:Webhooks:EgressAddresses:1", "2001:db8:7::/64")
        );
        var shop = await portal.NewWidgetAsync(_n8n.Url);
        var owner = telling.SignedIn(shop.ClientId);

        await owner.OpenAsync($"/widgets/{shop.Id}/connection");

        Assert.Contains(
            "Calls come from 203.0.113.7, 2001:db8:7::/64. Put them on n8n’s “IP(s) Allowlist” if you use one.",
            owner.Text("main"),
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("isn’t reachable from the internet", owner.Text("main"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_is_warned_where_a_workflow_could_not_call_back()
    {
        var (_, owner) = await OwnerAsync();

        Assert.Contains(
            $"This portal’s address, {portal.Url.GetLeftPart(UriPartial.Authority)}, isn’t reachable from the internet",
            owner.Text("main"),
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("Calls come from", owner.Text("main"), StringComparison.Ordinal);
    }

    private async Task<(Shop Shop, Visitor Owner)> OwnerAsync()
    {
        var shop = await portal.NewWidgetAsync(_n8n.Url);
        var owner = portal.SignedIn(shop.ClientId);
        await owner.OpenAsync($"/widgets/{shop.Id}/connection");
        return (shop, owner);
    }

    private async Task<bool> IsSignedWithAsync(Visitor owner, string form, string pem)
    {
        await owner.SubmitAsync(form);
        Assert.Contains("Bearer ••••••••", owner.Text("#tried"), StringComparison.Ordinal);
        return IsSigned(pem);
    }

    private bool IsSigned(string pem)
    {
        var parts = _n8n.Headers["Authorization"]["Bearer ".Length..].Split('.');
        using var key = ECDsa.Create();
        key.ImportFromPem(pem);
        return key.VerifyData(
            System.Text.Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"),
            System.Buffers.Text.Base64Url.DecodeFromChars(parts[2]),
            HashAlgorithmName.SHA256
        );
    }
}
