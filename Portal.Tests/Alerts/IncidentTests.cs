using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using MimeKit;
using Npgsql;
using Portal.Alerts;
using Portal.Audit;
using Portal.Jobs;
using Portal.Mail;
using Portal.Model;
using Portal.Tests.Api;
using Portal.Tests.Mail;
using Portal.Tests.Pages;

namespace Portal.Tests.Alerts;

/// <summary>
/// From a broken workflow to the mail that says it works again, with a real n8n stand-in and a real mail server.
/// </summary>
public sealed partial class IncidentTests(MailPortal mail) : IClassFixture<MailPortal>, IAsyncLifetime
{
    private readonly SmtpServer _server = mail.Server;
    private readonly PortalApp _portal = mail.Portal;

    public async ValueTask InitializeAsync() => await mail.EmptyAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_broken_webhook_is_one_incident_with_a_mail_when_it_opens_one_a_day_and_one_when_it_is_over()
    {
        await using var n8n = await N8n.StartAsync();
        n8n.Workflow = (context, _) => N8n.SayAsync(context, new { message = "Error in workflow" }, 500);
        var shop = await _portal.NewWidgetAsync(n8n.Url);
        var (client, reader) = (await ClientAsync(shop), await ConfirmedAsync(shop));
        var guest = await _portal.Guest(shop).OpenAsync();
        foreach (var question in new[] { "One?", "Two?" })
        {
            await guest.AskAsync(question);
        }

        await RunAsync();
        Assert.Empty(await IncidentsAsync(shop));

        await guest.AskAsync("Three?");
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => RunAsync()));

        var incident = Assert.Single(await IncidentsAsync(shop));
        Assert.Equal(
            (3, 1, "workflow_error", null),
            (incident.Failures, incident.Visitors, incident.ErrorType, incident.EndedAt)
        );
        var opened = await _server.NextAsync();
        Assert.Equal([reader], opened.To);
        Assert.Matches($@"^\[{client}\] Assistant is down since \d\d:\d\d JST$", Parse(opened).Subject);
        Assert.Matches(@"Down since: \d+ \w+, \d\d:\d\d JST", Parse(opened).TextBody);
        Assert.Contains("subscribed to alerts. <a", Parse(opened).HtmlBody, StringComparison.Ordinal);
        Assert.Contains("List-Unsubscribe=One-Click", opened.Raw, StringComparison.Ordinal);

        await guest.AskAsync("Four?");
        await RunAsync();
        Assert.Equal(4, Assert.Single(await IncidentsAsync(shop)).Failures);

        await ExecuteAsync(
            "UPDATE incidents SET opened_at = opened_at - interval '25 hours' WHERE widget_id = $1",
            shop.Id
        );
        await RunAsync();
        await RunAsync();
        Assert.Equal($"[{client}] Assistant is still down", Parse(await _server.NextAsync()).Subject);

        n8n.Workflow = (context, _) => N8n.SayAsync(context, new { output = "Here again." });
        await guest.AskAsync("Five?");
        await RunAsync();
        Assert.Equal(IncidentOutcome.Answered, Assert.Single(await IncidentsAsync(shop)).Outcome);
        await AgeAsync(shop, IncidentJob.Settling);
        await RunAsync();
        await RunAsync();
        Assert.Equal($"[{client}] Assistant is back up", Parse(await _server.NextAsync()).Subject);
        await NoMoreMailsAsync(reader);
    }

    [Fact]
    public async Task A_bot_that_fails_every_second_call_is_one_incident_and_is_over_when_it_is()
    {
        await using var n8n = await N8n.StartAsync();
        var calls = 0;
        n8n.Workflow = (context, _) =>
            Interlocked.Increment(ref calls) % 2 == 1
                ? N8n.SayAsync(context, new { code = 404, message = "The requested webhook is not registered." }, 404)
                : N8n.SayAsync(context, new { output = "For once." });
        var shop = await _portal.NewWidgetAsync(n8n.Url);
        var reader = await ConfirmedAsync(shop);
        var guest = await _portal.Guest(shop).OpenAsync();

        for (var i = 0; i < 10; i++)
        {
            await guest.AskAsync($"Question {i}");
            await RunAsync();
            await AgeAsync(shop, TimeSpan.FromMinutes(1));
        }

        var incident = Assert.Single(await IncidentsAsync(shop));
        Assert.Equal((5, null), (incident.Failures, incident.SettledAt));
        await AgeAsync(shop, IncidentJob.Settling);
        await RunAsync();
        await AgeAsync(shop, TimeSpan.FromMinutes(1));
        await guest.AskAsync("And now?");
        await RunAsync();

        // What fails after it was over is another one.
        Assert.Equal(2, (await IncidentsAsync(shop)).Count);
        var subjects = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            subjects.Add(Parse(await _server.NextAsync()).Subject!);
        }

        Assert.Equal(
            ["down", "up", "down"],
            subjects.Select(subject => subject.Contains("is back up", StringComparison.Ordinal) ? "up" : "down")
        );
        await NoMoreMailsAsync(reader);
    }

    [Fact]
    public async Task A_mail_server_that_is_away_loses_no_alert_and_sends_none_twice()
    {
        var shop = await _portal.NewWidgetAsync("https://n8n.shop.example/webhook/shop");
        var reader = await ConfirmedAsync(shop);
        await _server.StopAsync();
        await _portal.HadAsync(
            shop,
            new("Anybody?", DateTimeOffset.UtcNow) { Status = "failed", ErrorType = "not_found" }
        );

        await RunAsync();
        await Timeouts.UntilAsync(async () =>
            await CountAsync(
                "SELECT count(*)::integer FROM emails WHERE client_id = $1 AND template = 'incident' AND last_error IS NOT NULL",
                shop.ClientId
            ) > 0
        );

        await _server.StartAsync();
        await ExecuteAsync("UPDATE emails SET next_attempt_at = now() WHERE client_id = $1", shop.ClientId);
        await Task.WhenAll(
            Enumerable
                .Range(0, 3)
                .Select(_ =>
                    _portal.With(
                        async (OutboxJob job) =>
                        {
                            await job.RunAsync(new JobProgress(), default);
                            return true;
                        }
                    )
                )
        );

        Assert.Equal([reader], (await _server.NextAsync()).To);
        Assert.True(_server.IsEmpty);
    }

    [Theory]
    [InlineData("not_found", "live", 1)]
    [InlineData("timeout", "live", 0)]
    [InlineData("starting", "live", 0)]
    [InlineData("not_found", "demo", 1)]
    [InlineData("not_found", "test", 0)]
    [InlineData("not_found", "preview", 0)]
    public async Task One_failure_is_an_incident_when_the_next_would_fail_too_and_a_visitor_met_it(
        string error,
        string kind,
        int incidents
    )
    {
        var shop = await _portal.NewWidgetAsync("https://n8n.shop.example/webhook/shop");
        await _portal.HadAsync(
            shop,
            new("Anybody?", DateTimeOffset.UtcNow)
            {
                Status = "failed",
                ErrorType = error,
                Kind = kind,
            }
        );

        await RunAsync();

        Assert.Equal(incidents, (await IncidentsAsync(shop)).Count);
    }

    [Fact]
    public async Task An_answer_between_failures_makes_them_single_ones()
    {
        var shop = await _portal.NewWidgetAsync("https://n8n.shop.example/webhook/shop");
        var now = DateTimeOffset.UtcNow;
        foreach (
            var (minutes, error) in new[] { (5, "timeout"), (4, "timeout"), (3, null), (2, "timeout"), (1, "timeout") }
        )
        {
            await _portal.HadAsync(
                shop,
                new("Anybody?", now.AddMinutes(-minutes))
                {
                    Status = error is null ? "answered" : "failed",
                    ErrorType = error,
                }
            );
        }

        await RunAsync();

        Assert.Empty(await IncidentsAsync(shop));
    }

    [Fact]
    public async Task An_address_gets_alerts_only_after_its_yes_and_none_after_its_no()
    {
        var shop = await _portal.NewWidgetAsync("https://n8n.shop.example/webhook/shop");
        var owner = _portal.SignedIn(shop.ClientId);
        var reader = $"{Guid.NewGuid():N}@people.test";
        await owner.OpenAsync("/settings/alerts");
        await owner.SubmitAsync("#add-recipient", ("Input.Email", reader));
        Assert.Contains("Pending", owner.Text("main table"), StringComparison.Ordinal);
        var link = ConfirmLink().Match(Parse(await _server.NextAsync()).TextBody!).Value;

        var visitor = _portal.SignedOut();
        await visitor.OpenAsync(new Uri(link).PathAndQuery);
        Assert.Equal(
            0,
            await CountAsync(
                "SELECT count(*)::integer FROM alert_recipients WHERE client_id = $1 AND confirmed_at IS NOT NULL",
                shop.ClientId
            )
        );
        await visitor.SubmitAsync("main form");
        Assert.Contains("You’re subscribed", visitor.Text("main"), StringComparison.Ordinal);

        await _portal.HadAsync(
            shop,
            new("Anybody?", DateTimeOffset.UtcNow) { Status = "failed", ErrorType = "not_found" }
        );
        await RunAsync();
        var alert = Parse(await _server.NextAsync());
        var stop = alert.Headers[HeaderId.ListUnsubscribe]!.Trim('<', '>');
        var oneClick = await _portal.Http.PostAsync(
            new Uri(stop).PathAndQuery,
            new FormUrlEncodedContent([KeyValuePair.Create("List-Unsubscribe", "One-Click")])
        );
        Assert.Equal(HttpStatusCode.OK, oneClick.StatusCode);
        Assert.Equal(
            0,
            await CountAsync("SELECT count(*)::integer FROM alert_recipients WHERE client_id = $1", shop.ClientId)
        );
    }

    [Theory]
    [InlineData("/alerts/confirm")]
    [InlineData("/alerts/stop")]
    public async Task A_link_that_was_tampered_with_does_nothing(string page)
    {
        var visitor = _portal.SignedOut();
        await visitor.OpenAsync($"{page}?t=CfDJ8nonsense");
        Assert.Equal(HttpStatusCode.Gone, visitor.Status);
    }

    [Fact]
    public async Task An_admin_who_wants_to_is_told_of_every_clients_incidents()
    {
        var user = await _portal.NewUserAsync();
        var admin = await _portal.SignedInAsync(user);
        var shop = await _portal.NewWidgetAsync("https://n8n.shop.example/webhook/shop");
        await _portal.HadAsync(
            shop,
            new("Anybody?", DateTimeOffset.UtcNow) { Status = "failed", ErrorType = "not_found" }
        );

        await RunAsync();

        Assert.Equal([user.Email!], (await _server.NextAsync()).To);
        await admin.OpenAsync("/admin/incidents");
        Assert.Contains("Webhook not found", admin.Text("main table"), StringComparison.Ordinal);
        await admin.SubmitAsync("main form");
        Assert.Contains("Email me alerts", admin.Text("main"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_errors_page_says_what_happened_and_what_to_click()
    {
        var shop = await _portal.NewWidgetAsync("https://n8n.shop.example/webhook/shop");
        var owner = _portal.SignedIn(shop.ClientId);
        await owner.OpenAsync("/errors");
        Assert.Contains("No failures", owner.Text("main"), StringComparison.Ordinal);
        await _portal.HadAsync(
            shop,
            new("Is anybody there?", DateTimeOffset.UtcNow) { Status = "failed", ErrorType = "not_found" }
        );
        await RunAsync();

        await owner.OpenAsync($"/errors?widget={shop.Id}");

        Assert.Contains(
            "Publish the workflow (in older n8n, turn on Active)",
            owner.Text("main section"),
            StringComparison.Ordinal
        );
        Assert.Contains("Is anybody there?", owner.Text("#failures"), StringComparison.Ordinal);
        Assert.StartsWith("1", owner.Text(".nav-x .badge"), StringComparison.Ordinal);
    }

    // All of it happened so much earlier.
    private Task AgeAsync(Shop shop, TimeSpan by) =>
        ExecuteAsync(
            $"""
            WITH l AS (UPDATE chat_logs SET created_at = created_at - interval '{by.TotalSeconds} s', answered_at = answered_at - interval '{by.TotalSeconds} s' WHERE widget_id = $1),
            e AS (UPDATE webhook_errors SET occurred_at = occurred_at - interval '{by.TotalSeconds} s' WHERE widget_id = $1)
            UPDATE incidents SET opened_at = opened_at - interval '{by.TotalSeconds} s', last_failure_at = last_failure_at - interval '{by.TotalSeconds} s',
                   ended_at = ended_at - interval '{by.TotalSeconds} s', settled_at = settled_at - interval '{by.TotalSeconds} s'
            WHERE widget_id = $1
            """,
            shop.Id
        );

    private Task<string> ClientAsync(Shop shop) => _portal.As(shop.ClientId, async db =>
        {
            var client = await db.Clients.SingleAsync();
            client.MoveTo(TimeZoneInfo.FindSystemTimeZoneById("Asia/Tokyo"));
            await db.SaveChangesAsync();
            return client.Business;
        });

    // Whatever was queued for them has been sent by then, or will never be.
    private async Task NoMoreMailsAsync(string reader)
    {
        await Timeouts.UntilAsync(async () =>
            await CountAsync(
                "SELECT count(*)::integer FROM emails WHERE client_id = (SELECT client_id FROM alert_recipients WHERE email = '"
                    + reader
                    + "') AND status = 'queued' AND $1::uuid IS NOT NULL",
                Guid.Empty
            ) == 0
        );
        Assert.True(_server.IsEmpty);
    }

    private async Task<string> ConfirmedAsync(Shop shop)
    {
        var address = $"{Guid.NewGuid():N}@people.test";
        await _portal.As(shop.ClientId, async db =>
        {
            var recipient = new AlertRecipient(address);
            recipient.Confirm(DateTimeOffset.UtcNow);
            db.Add(recipient);
            return await db.SaveChangesAsync();
        });
        return address;
    }

    private Task<bool> RunAsync() =>
        _portal.With(
            async (IncidentJob job) =>
            {
                await job.RunAsync(new JobProgress(), default);
                return true;
            }
        );

    private Task<List<Incident>> IncidentsAsync(Shop shop) =>
        _portal.As(shop.ClientId, db => db.Incidents.AsNoTracking().Where(i => i.WidgetId == shop.Id).ToListAsync());

    private Task ExecuteAsync(string sql, Guid id) => CountAsync(sql, id);

    private async Task<int> CountAsync(string sql, Guid id)
    {
        await using var command = _portal.Services.GetRequiredService<Portal.Data.Databases>().Jobs.CreateCommand(sql);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = id });
        return await command.ExecuteScalarAsync() as int? ?? 0;
    }

    private static MimeMessage Parse(SmtpServer.Mail mail) =>
        MimeMessage.Load(new MemoryStream(Encoding.UTF8.GetBytes(mail.Raw)));

    [GeneratedRegex(@"http://\S+/alerts/confirm\S+")]
    private static partial Regex ConfirmLink();
}
