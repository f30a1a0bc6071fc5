using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Portal.Audit;
using Portal.Demos;
using Portal.Hosting;
using Portal.Jobs;
using Portal.Model;
using Portal.Tests.Api;
using Portal.Tests.Pages;

namespace Portal.Tests.Demos;

/// <summary>Threat 33 of docs/threats.md, and what makers and prospects expect of a demo's link.</summary>
public sealed class DemoLinkTests(PortalApp portal) : IClassFixture<PortalApp>, IAsyncLifetime
{
    private N8n _n8n = null!;

    public async ValueTask InitializeAsync() => _n8n = await N8n.StartAsync();

    public async ValueTask DisposeAsync() => await _n8n.DisposeAsync();

    [Fact]
    public async Task A_prospect_talks_to_a_demo_through_its_link_and_in_no_other_way()
    {
        var (owner, demo) = await MadeAsync();
        Assert.Contains("0 of 200", owner.Text("main"), StringComparison.Ordinal);

        await AssertRefusedAsync("widget_demo_closed", Guest(demo));
        var prospect = portal.SignedOut();
        await prospect.OpenAsync(demo.Path);

        Assert.Equal(HttpStatusCode.OK, prospect.Status);
        Assert.Contains("Meet your new assistant, Northwind Dental", prospect.Text("main"), StringComparison.Ordinal);
        Assert.Contains("Expires in 14 days", prospect.Text("header"), StringComparison.Ordinal);
        Assert.Equal($"{demo.Widget}", prospect.Attribute("script[data-widget]", "data-widget"));
        var guest = await Guest(demo, prospect).OpenAsync();
        Assert.Equal("You asked: Hello?", (await guest.AskAsync("Hello?")).GetProperty("response").GetString());

        var session = await portal.As(demo.Client, db =>
            db.VisitorSessions.SingleAsync(s => s.WidgetId == demo.Widget)
        );
        Assert.Equal((SessionKind.Demo, null), (session.Kind, session.PageUrl));
        Assert.Equal((0, 1), await CountsAsync(demo));
    }

    [Fact]
    public async Task A_view_is_a_prospects_browser_that_shows_the_page_once_a_day()
    {
        var (owner, demo) = await MadeAsync(("Input.Messages", "1"));
        var prospect = portal.SignedOut();

        // What a messenger's preview, a HEAD, and a browser that prepares the page do.
        for (var i = 0; i < 3; i++)
        {
            await prospect.OpenAsync(demo.Path);
            await prospect.SendAsync(new HttpRequestMessage(HttpMethod.Head, new Uri(demo.Path, UriKind.Relative)));
        }

        Assert.Equal((0, 0), await CountsAsync(demo));
        await prospect.OpenAsync(demo.Path);
        Assert.NotNull(prospect.Page.QuerySelector("demo-view"));
        Assert.Equal("1 message left", prospect.Text("messages-left"));

        await ShowAsync(prospect, demo);
        await prospect.OpenAsync(demo.Path);
        await ShowAsync(prospect, demo);
        Assert.Equal((1, 0), await CountsAsync(demo));

        var colleague = portal.SignedOut();
        await ShowAsync(colleague, demo);
        Assert.Equal((2, 0), await CountsAsync(demo));
        foreach (var own in new[] { owner, portal.SignedInAsAdmin() })
        {
            await ShowAsync(own, demo);
        }

        Assert.Equal((2, 0), await CountsAsync(demo));

        // Without having been let in, nobody has seen it.
        var guesser = portal.SignedOut();
        await guesser.OpenAsync("/account/sign-in");
        await guesser.PostAsync(
            $"{demo.Path}?handler=View",
            ("__RequestVerificationToken", guesser.Attribute("input[name=__RequestVerificationToken]", "value")!)
        );
        Assert.Equal(HttpStatusCode.NoContent, guesser.Status);
        Assert.Equal((2, 0), await CountsAsync(demo));
    }

    // What the page's script does.
    private static async Task ShowAsync(Visitor visitor, Demo demo)
    {
        await visitor.OpenAsync(demo.Path);
        await visitor.PostAsync(
            $"{demo.Path}?handler=View",
            ("__RequestVerificationToken", visitor.Attribute("meta[name=csrf]", "content")!)
        );
        Assert.Equal(HttpStatusCode.NoContent, visitor.Status);
    }

    [Fact]
    public async Task The_page_is_in_no_search_engine_and_its_address_travels_nowhere()
    {
        var (_, demo) = await MadeAsync();
        var prospect = portal.SignedOut();

        await prospect.OpenAsync(demo.Path);

        Assert.Equal("noindex, nofollow", prospect.Response.Headers.GetValues("X-Robots-Tag").Single());
        Assert.Equal("no-referrer", prospect.Response.Headers.GetValues("Referrer-Policy").Single());
        Assert.Equal("noindex, nofollow", prospect.Attribute("meta[name=robots]", "content"));
        await using var cells = portal
            .Services.GetRequiredService<Portal.Data.Databases>()
            .Jobs.CreateCommand("SELECT string_agg(d::text, ' ') FROM demo_links d");
        Assert.DoesNotContain(
            demo.Path["/demo/".Length..],
            (string)(await cells.ExecuteScalarAsync())!,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Used_up_is_used_up_in_the_chat_and_on_the_page_until_more_are_allowed()
    {
        var (owner, demo) = await MadeAsync(("Input.Messages", "2"));
        var prospect = portal.SignedOut();
        await prospect.OpenAsync(demo.Path);
        var guest = await Guest(demo, prospect).OpenAsync();
        var first = Guid.CreateVersion7();

        await guest.AskAsync("One?", first);
        await guest.AskAsync("One?", first);
        await guest.AskAsync("Two?");
        using var third = await guest.TryAskAsync("Three?");

        Assert.Equal("widget_demo_used_up", await Api.Guest.CodeAsync(third));
        Assert.Equal("You asked: One?", (await guest.AskAsync("One?", first)).GetProperty("response").GetString());
        Assert.Equal(2, _n8n.Asked.Count);
        await prospect.OpenAsync(demo.Path);
        Assert.Equal(HttpStatusCode.Gone, prospect.Status);
        Assert.Contains("You’ve used all demo messages", prospect.Text("main"), StringComparison.Ordinal);
        await AssertRefusedAsync("widget_demo_used_up", Guest(demo, prospect));

        await owner.SubmitAsync("#change", ("Input.Messages", "3"));
        await guest.AskAsync("Three?");
    }

    [Fact]
    public async Task Many_at_once_do_not_get_past_the_cap()
    {
        var (_, demo) = await MadeAsync(("Input.Messages", "5"));
        var prospect = portal.SignedOut();
        await prospect.OpenAsync(demo.Path);
        var guest = await Guest(demo, prospect).OpenAsync();

        var replies = await Task.WhenAll(Enumerable.Range(0, 15).Select(i => guest.TryAskAsync($"Number {i}?")));

        Assert.Equal(5, replies.Count(reply => reply.IsSuccessStatusCode));
        Assert.Equal(5, _n8n.Asked.Count);
    }

    [Fact]
    public async Task Its_makers_try_it_themselves_and_that_counts_nowhere()
    {
        var (owner, demo) = await MadeAsync();
        var guest = await Guest(demo, owner).OpenAsync();

        await guest.AskAsync("Does it work?");

        Assert.Equal(
            SessionKind.Test,
            await portal.As(demo.Client, db =>
                db.VisitorSessions.Where(s => s.WidgetId == demo.Widget).Select(s => s.Kind).SingleAsync()
            )
        );
        Assert.Equal((0, 0), await CountsAsync(demo));
    }

    [Fact]
    public async Task A_passcode_is_asked_before_anything_opens_and_cannot_be_tried_for_long()
    {
        var (owner, demo) = await MadeAsync(("Input.Passcode", "harbour"));
        var prospect = portal.SignedOut();
        await prospect.OpenAsync(demo.Path);
        Assert.Contains("Enter passcode", prospect.Text("main"), StringComparison.Ordinal);
        Assert.Null(prospect.Attribute("script[data-widget]", "src"));
        await AssertRefusedAsync("widget_demo_closed", Guest(demo, prospect));

        await prospect.SubmitAsync("#passcode", ("passcode", "harbor"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, prospect.Status);
        await prospect.SubmitAsync("#passcode", ("passcode", "harbour"));
        Assert.Equal(HttpStatusCode.OK, prospect.Status);
        await (await Guest(demo, prospect).OpenAsync()).AskAsync("In?");

        // Another passcode closes the door behind those who had the old one.
        await owner.SubmitAsync("#change", ("Input.Passcode", "lighthouse"));
        await Timeouts.UntilAsync(async () =>
            await Api.Guest.IsRefusedAsync(
                await Guest(demo, prospect).SendAsync(HttpMethod.Post, "sessions", new { locale = "en" }),
                "widget_demo_closed"
            )
        );

        var guesser = portal.SignedOut();
        await guesser.OpenAsync(demo.Path);
        for (var i = 0; i < 5; i++)
        {
            await guesser.SubmitAsync("#passcode", ("passcode", $"guess {i}"));
        }

        await guesser.SubmitAsync("#passcode", ("passcode", "lighthouse"));
        Assert.Equal(HttpStatusCode.TooManyRequests, guesser.Status);
    }

    [Fact]
    public async Task Whoever_tries_wrong_passcodes_locks_nobody_else_out_and_only_slows_answers_down()
    {
        var (_, demo) = await MadeAsync(("Input.Passcode", "harbour"));
        await using var behindProxy = await portal.ReplicaAsync(
            ("Portal:Proxies:0", "127.0.0.1"),
            ("Portal:Proxies:1", "::1"),
            ("Portal:ActionLimits:PasscodesPerHourAndDemo", "6")
        );
        var stranger = behindProxy.SignedOut().From("198.18.7.1");
        await stranger.OpenAsync(demo.Path);
        for (var i = 0; i < 5; i++)
        {
            await stranger.SubmitAsync("#passcode", ("passcode", $"guess {i}"));
            Assert.Equal(HttpStatusCode.UnprocessableEntity, stranger.Status);
        }

        await stranger.SubmitAsync("#passcode", ("passcode", "harbour"));
        Assert.Equal(HttpStatusCode.TooManyRequests, stranger.Status);
        Assert.True(stranger.Response.Headers.RetryAfter!.Delta > TimeSpan.Zero);

        foreach (var (address, isSlow) in new[] { ("198.18.7.2", false), ("198.18.7.3", true) })
        {
            var prospect = behindProxy.SignedOut().From(address);
            await prospect.OpenAsync(demo.Path);
            var taken = System.Diagnostics.Stopwatch.StartNew();
            await prospect.SubmitAsync("#passcode", ("passcode", "harbour"));
            Assert.Equal(HttpStatusCode.OK, prospect.Status);
            Assert.True(!isSlow || taken.Elapsed > TimeSpan.FromSeconds(1.9), $"{taken.Elapsed}");
        }
    }

    [Fact]
    public async Task Its_end_closes_page_and_conversations_and_more_days_open_them_again()
    {
        var (owner, demo) = await MadeAsync();
        var prospect = portal.SignedOut();
        await prospect.OpenAsync(demo.Path);
        var guest = await Guest(demo, prospect).OpenAsync();
        await guest.AskAsync("Before?");

        await ExpireAsync(demo, TimeSpan.FromMinutes(1));

        await Timeouts.UntilAsync(async () =>
            await Api.Guest.IsRefusedAsync(await guest.TryAskAsync("After?"), "widget_not_found")
        );
        await prospect.OpenAsync(demo.Path);
        Assert.Equal(HttpStatusCode.Gone, prospect.Status);
        Assert.Contains("This demo has expired", prospect.Text("main"), StringComparison.Ordinal);

        await owner.OpenAsync(owner.Path);
        await owner.SubmitAsync("#change", ("Input.Extend", "3"));
        Assert.Equal(HttpStatusCode.OK, owner.Status);
        await Timeouts.UntilAsync(async () => (await guest.TryAskAsync("Again?")).IsSuccessStatusCode);
        await prospect.OpenAsync(demo.Path);
        Assert.Contains("Expires in 3 days", prospect.Text("header"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_ended_demo_is_closed_on_every_replica_and_can_be_opened_again()
    {
        await using var replica = Replica.Of(portal);
        var (owner, demo) = await MadeAsync();
        var prospect = portal.SignedOut();
        await prospect.OpenAsync(demo.Path);
        var here = await Guest(demo, prospect).OpenAsync();
        var there = new Guest(replica.Http, demo.Widget, Origin) { Token = here.Token };
        await there.AskAsync("Open?");

        await owner.SubmitAsync("#revoke");
        await Timeouts.UntilAsync(async () =>
            await Api.Guest.IsRefusedAsync(await there.TryAskAsync("Still?"), "widget_not_found")
        );
        await prospect.OpenAsync(demo.Path);
        Assert.Contains("This demo is no longer available", prospect.Text("main"), StringComparison.Ordinal);

        await owner.SubmitAsync("#reopen");
        await Timeouts.UntilAsync(async () => (await there.TryAskAsync("Open again?")).IsSuccessStatusCode);
    }

    [Fact]
    public async Task A_demo_that_convinced_becomes_a_live_widget_with_its_conversations()
    {
        var (owner, demo) = await MadeAsync();
        var prospect = portal.SignedOut();
        await prospect.OpenAsync(demo.Path);
        await (await Guest(demo, prospect).OpenAsync()).AskAsync("Convince me?");

        await owner.SubmitAsync("#live", ("Live.Website", "https://shop.example"));

        Assert.Equal($"/widgets/{demo.Widget}/install", owner.Path);
        var widget = await portal.As(demo.Client, db => db.Widgets.SingleAsync(w => w.Id == demo.Widget));
        Assert.Equal((false, null, "Northwind Dental – demo"), (widget.IsDemo, widget.ExpiresAt, widget.Name));
        Assert.Equal(1, await portal.As(demo.Client, db => db.ChatLogs.CountAsync(log => log.WidgetId == demo.Widget)));
        await prospect.OpenAsync(demo.Path);
        Assert.Contains("This demo has gone live", prospect.Text("main"), StringComparison.Ordinal);
        Guest? visitor = null;
        await Timeouts.UntilAsync(async () =>
            (
                await (visitor = new Guest(portal.Http, demo.Widget)).SendAsync(
                    HttpMethod.Post,
                    "sessions",
                    new { locale = "en" }
                )
            ).IsSuccessStatusCode
        );
    }

    [Fact]
    public async Task A_demo_is_named_after_its_prospect_and_a_long_name_ends_in_an_ellipsis()
    {
        var (owner, demo) = await MadeAsync();
        await NextAsync(owner, demo.Client, new string('x', 60));
        await NextAsync(owner, demo.Client, new string('x', 60));

        var names = await portal.As(demo.Client, db =>
            db.Widgets.Where(widget => widget.IsDemo == true)
                .OrderBy(widget => widget.Name.Length)
                .Select(widget => widget.Name)
                .ToListAsync()
        );

        Assert.Equal(
            ["Northwind Dental – demo", $"{new string('x', 48)}… – demo", $"{new string('x', 48)}… – demo 2"],
            names
        );
    }

    [Fact]
    public async Task Clean_up_deletes_demos_that_are_over_with_all_they_had_and_nothing_else()
    {
        var (owner, over) = await MadeAsync();
        var prospect = portal.SignedOut();
        await prospect.OpenAsync(over.Path);
        await (await Guest(over, prospect).OpenAsync()).AskAsync("Delete me?");
        await ExecuteAsync(
            "INSERT INTO analytics (widget_id, date) VALUES ($1, current_date); INSERT INTO webhook_errors (widget_id, error_type) VALUES ($1, 'timeout')".Split(
                ';'
            ),
            over.Widget
        );
        var kept = await NextAsync(owner, over.Client, "Kept Ltd");
        var running = await NextAsync(owner, over.Client, "Running Ltd");
        await ExpireAsync(over, TimeSpan.FromDays(8));
        await ExpireAsync(kept, TimeSpan.FromDays(6));

        await Task.WhenAll(
            Enumerable
                .Range(0, 2)
                .Select(_ =>
                    portal.With(
                        async (DemoExpiryJob job) =>
                        {
                            await job.RunAsync(new JobProgress(), default);
                            return true;
                        }
                    )
                )
        );

        var left = await portal.As(over.Client, db =>
            db.Widgets.Where(widget => widget.IsDemo == true).Select(widget => widget.Id).ToListAsync()
        );
        Assert.Equal([kept.Widget, running.Widget], left.Order());
        foreach (
            var table in new[]
            {
                "chat_logs",
                "visitor_sessions",
                "analytics",
                "webhook_errors",
                "demo_links",
                "widget_versions",
            }
        )
        {
            await using var count = portal
                .Services.GetRequiredService<Portal.Data.Databases>()
                .Jobs.CreateCommand($"SELECT count(*) FROM {table} WHERE widget_id = $1");
            count.Parameters.AddWithValue(over.Widget);
            Assert.True((long)(await count.ExecuteScalarAsync())! == 0, $"{table} has rows left");
        }

        Assert.Equal(
            1,
            await portal.As(over.Client, db =>
                db.ChangeLogs.CountAsync(log => log.Action == "widget.deleted" && log.SubjectId == over.Widget)
            )
        );
    }

    [Fact]
    public async Task A_demo_takes_its_widgets_credential_along_sealed_for_its_own_row()
    {
        var shop = await portal.NewWidgetAsync(_n8n.Url);
        await portal.As(shop.ClientId, async db =>
        {
            var widget = await db.Widgets.SingleAsync(w => w.Id == shop.Id);
            Assert.Null(
                portal
                    .Services.GetRequiredService<Portal.Chat.WidgetCredentials>()
                    .SendHeader(widget, "X-Key", "a-key-of-the-workflow")
            );
            return await db.SaveChangesAsync();
        });
        var owner = await portal.SignedInAsync(await portal.NewUserAsync(shop.ClientId));
        var demo = await NextAsync(owner, shop.ClientId, "Northwind Dental");
        var prospect = portal.SignedOut();
        await prospect.OpenAsync(demo.Path);

        await (await Guest(demo, prospect).OpenAsync()).AskAsync("Who calls?");

        Assert.Equal("a-key-of-the-workflow", _n8n.Headers["X-Key"]);
    }

    private string Origin => portal.Services.GetRequiredService<PortalOptions>().Origin;

    private Guest Guest(Demo demo, Visitor? browser = null) =>
        new(portal.Http, demo.Widget, Origin) { Cookies = browser?.Cookies };

    private static async Task AssertRefusedAsync(string code, Guest guest) =>
        Assert.Equal(
            code,
            await Api.Guest.CodeAsync(await guest.SendAsync(HttpMethod.Post, "sessions", new { locale = "en" }))
        );

    private async Task<(Visitor Owner, Demo Demo)> MadeAsync(params (string, string)[] fields)
    {
        var shop = await portal.NewWidgetAsync(_n8n.Url);
        var owner = await portal.SignedInAsync(await portal.NewUserAsync(shop.ClientId));
        return (owner, await NextAsync(owner, shop.ClientId, "Northwind Dental", fields));
    }

    private async Task<Demo> NextAsync(Visitor owner, Guid client, string prospect, params (string, string)[] fields)
    {
        await owner.OpenAsync("/demos");
        await owner.SubmitAsync("#new-demo", [("Input.Prospect", prospect), .. fields]);
        Assert.StartsWith("/demos/", owner.Path, StringComparison.Ordinal);
        var id = Guid.Parse(owner.Path["/demos/".Length..]);
        var widget = await portal.As(client, db =>
            db.DemoLinks.Where(link => link.Id == id).Select(link => link.WidgetId).SingleAsync()
        );
        return new(
            client,
            widget,
            id,
            new Uri(owner.Attribute("copy-field", "value") ?? owner.Text("copy-field code")).AbsolutePath
        );
    }

    private async Task<(int Views, int Messages)> CountsAsync(Demo demo) =>
        await portal.As(demo.Client, async db =>
            await db.DemoLinks.AsNoTracking().SingleAsync(link => link.Id == demo.Link) is var link
                ? (link.Views, link.Messages)
                : default
        );

    private Task ExpireAsync(Demo demo, TimeSpan ago) =>
        ExecuteAsync(
            [
                string.Create(
                    System.Globalization.CultureInfo.InvariantCulture,
                    $"UPDATE widgets SET expires_at = now() - interval '{(int)ago.TotalMinutes} minutes' WHERE id = $1"
                ),
            ],
            demo.Widget
        );

    private async Task ExecuteAsync(string[] statements, Guid id)
    {
        foreach (var sql in statements)
        {
            await using var command = portal
                .Services.GetRequiredService<Portal.Data.Databases>()
                .Jobs.CreateCommand(sql);
            command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = id });
            await command.ExecuteNonQueryAsync();
        }
    }

    private sealed record Demo(Guid Client, Guid Widget, Guid Link, string Path);
}
