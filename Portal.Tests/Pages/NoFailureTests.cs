using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Portal.Alerts;
using Portal.Analytics;
using Portal.Audit;
using Portal.Jobs;
using Portal.Model;
using Portal.Tests.Api;

namespace Portal.Tests.Pages;

/// <summary>
/// A visitor's Stop, and a workflow that ran well and returned nothing, are no failures: in no figure, on no page, in
/// no alert.
/// </summary>
public sealed class NoFailureTests(PortalApp portal) : IClassFixture<PortalApp>, IAsyncLifetime
{
    private N8n _n8n = null!;

    public async ValueTask InitializeAsync() => _n8n = await N8n.StartAsync();

    public async ValueTask DisposeAsync() => await _n8n.DisposeAsync();

    [Fact]
    public async Task A_stopped_answer_counts_nowhere_as_a_failure_and_its_words_stay()
    {
        var (shop, guest) = await BeginAsync();
        for (var n = 0; n < 4; n++)
        {
            var id = Guid.CreateVersion7();
            var bot = new StreamingBot(_n8n);
            await using var hearing = await guest.HearAsync("Tell me everything?", id);
            bot.Say("It all began when");
            await hearing.HeardAsync("It all began when");
            await guest.StopAsync(id);
            Assert.Equal("stopped", (await hearing.EndAsync()).Name);
        }

        var said = (await guest.HistoryAsync())[^1];
        Assert.Equal(
            ("stopped", "It all began when…"),
            (said.GetProperty("status").GetString(), said.GetProperty("response").GetString())
        );
        await NothingFailedAsync(shop);
        var owner = await OpenAsync(shop, $"/conversations/{guest.Session.GetProperty("sessionId").GetGuid()}");
        Assert.Contains("It all began when…", owner.Text("main"), StringComparison.Ordinal);
        Assert.Contains("Stopped by the visitor.", owner.Text("main"), StringComparison.Ordinal);
        Assert.Contains(
            "\"stopped\",",
            (await OpenAsync(shop, "/conversations/export")).Body,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData(500, """{"code":0,"message":"No item to return was found"}""")]
    [InlineData(200, "")]
    [InlineData(200, "[]")]
    [InlineData(200, "[{}]")]
    [InlineData(200, """{"output":""}""")]
    [InlineData(200, """{"message":"Workflow executed successfully but no data was returned"}""")]
    public async Task A_healthy_workflow_that_returns_nothing_fails_nobody_however_often(int status, string body)
    {
        var (shop, guest) = await BeginAsync();
        _n8n.Workflow = async (context, _) =>
        {
            context.Response.StatusCode = status;
            context.Response.ContentType = "application/json; charset=utf-8";
            await context.Response.WriteAsync(body);
        };
        for (var n = 0; n < 12; n++)
        {
            var reply = await guest.AskAsync("Do you sell boats?");
            Assert.Equal(
                ("empty", "Write to us instead."),
                (reply.GetProperty("status").GetString(), reply.GetProperty("response").GetString())
            );
        }

        Assert.Equal(13, _n8n.Asked.Count);
        await NothingFailedAsync(shop);
        Assert.Contains(
            "The workflow ran but returned no answer",
            (await OpenAsync(shop, $"/conversations/{guest.Session.GetProperty("sessionId").GetGuid()}")).Text("main"),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_workflow_that_has_never_said_anything_is_not_said_to_answer()
    {
        var shop = await portal.NewWidgetAsync(_n8n.Url);
        _n8n.Workflow = (context, _) => N8n.SayAsync(context, new { output = "" });
        await (await portal.Guest(shop).OpenAsync()).AskAsync("Anybody?");

        Assert.Equal("No answers yet", (await OpenAsync(shop, "/widgets")).Text("#widgets .badge"));
    }

    [Fact]
    public async Task An_empty_result_after_failures_shows_that_the_workflow_runs_again()
    {
        var (shop, guest) = await BeginAsync();
        _n8n.Workflow = (context, _) => N8n.SayAsync(context, new { message = "Error in workflow" }, 500);
        for (var n = 0; n < 3; n++)
        {
            await guest.AskAsync("Hello?");
        }

        await RunAsync();
        Assert.Equal("Down", (await OpenAsync(shop, "/widgets")).Text("#widgets .badge"));

        _n8n.Workflow = (context, _) => N8n.SayAsync(context, new { output = "" });
        await guest.AskAsync("Hello?");

        Assert.Equal("Operational", (await OpenAsync(shop, "/widgets")).Text("#widgets .badge"));
        Assert.Null((await OpenAsync(shop, "/dashboard")).Page.QuerySelector("#today .notice"));
    }

    // One real answer before, so that there is something to be healthy about.
    private async Task<(Shop Shop, Guest Guest)> BeginAsync()
    {
        var shop = await portal.NewWidgetAsync(_n8n.Url, new() { Texts = new() { Fallback = "Write to us instead." } });
        var guest = await portal.Guest(shop).OpenAsync();
        await guest.AskAsync("Are you there?");
        return (shop, guest);
    }

    private async Task NothingFailedAsync(Shop shop)
    {
        await RunAsync();
        await portal.With(
            async (DailyAnalyticsJob job) =>
            {
                await job.RunAsync(new JobProgress(), default);
                return true;
            }
        );

        Assert.Equal("Operational", (await OpenAsync(shop, "/widgets")).Text("#widgets .badge"));
        var dashboard = await OpenAsync(shop, "/dashboard");
        Assert.Null(dashboard.Page.QuerySelector("#today .notice"));
        Assert.Equal("No failures", dashboard.Text(".stat:nth-child(2) .delta"));
        Assert.DoesNotContain("Failed", dashboard.Text("#today"), StringComparison.Ordinal);
        var errors = await OpenAsync(shop, "/errors");
        Assert.Contains("No failures", errors.Text("main"), StringComparison.Ordinal);
        Assert.Contains(
            "Nothing to improve in this period",
            (await OpenAsync(shop, "/analytics?days=7")).Text("main"),
            StringComparison.Ordinal
        );
        Assert.DoesNotContain(
            "\"failed\"",
            (await OpenAsync(shop, "/conversations/export")).Body,
            StringComparison.Ordinal
        );
        Assert.Null((await OpenAsync(shop, "/conversations?failed=true")).Page.QuerySelector("#conv-items a.ci"));
        await portal.As(shop.ClientId, async db =>
        {
            Assert.Equal(0, await db.Incidents.CountAsync());
            Assert.Equal(0, await db.ChatLogs.CountAsync(log => log.ToImprove || log.Status == ChatStatus.Failed));
            Assert.Equal(0, await db.VisitorSessions.SumAsync(session => session.FailedCount));
            Assert.Equal(0, await db.Analytics.SumAsync(day => day.NumFailed));
            return true;
        });
    }

    private async Task<Visitor> OpenAsync(Shop shop, string page)
    {
        var owner = portal.SignedIn(shop.ClientId);
        await owner.OpenAsync(page);
        return owner;
    }

    private Task<bool> RunAsync() =>
        portal.With(
            async (IncidentJob job) =>
            {
                await job.RunAsync(new JobProgress(), default);
                return true;
            }
        );
}
