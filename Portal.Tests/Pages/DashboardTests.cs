using System.Net;
using Portal.Audit;
using Portal.Model;
using Portal.Tests.Api;

namespace Portal.Tests.Pages;

public sealed class DashboardTests(SharedPortal portal) : IClassFixture<SharedPortal.Running>
{
    private const string Webhook = "https://n8n.shop.example/webhook/shop";

    private readonly DateTimeOffset _now = DateTimeOffset.UtcNow;

    [Fact]
    public async Task A_new_client_sees_the_first_steps_and_which_of_them_are_done()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        await portal.HadAsync(shop, new("Are you there?", _now) { Kind = "test" });
        var owner = portal.SignedIn(shop.ClientId);

        await owner.OpenAsync("/dashboard");

        Assert.Equal("3 of 6 done", owner.Text(".first-steps .card-head span"));
        Assert.Equal("Customize it", owner.Text(".first-steps [aria-current=step] .fw-5"));
        Assert.False(owner.Shows(".stats"));
    }

    [Fact]
    public async Task Todays_figures_count_what_visitors_asked_and_leave_tests_out()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        await portal.HadAsync(shop, new("When do you open?", _now) { Feedback = "up", LatencyMs = 1000 });
        await portal.HadAsync(shop, new("Do you ship?", _now) { Feedback = "down", LatencyMs = 3000 });
        await portal.HadAsync(shop, new("Do you repair?", _now) { LatencyMs = 2000 });
        await portal.HadAsync(shop, new("And my parcel?", _now) { Status = "failed", ErrorType = "timeout" });
        await portal.HadAsync(shop, new("Only a test", _now) { Kind = "test", LatencyMs = 90_000 });
        var owner = portal.SignedIn(shop.ClientId);

        await owner.OpenAsync("/dashboard");

        Assert.Equal("4", owner.Text(".stat:nth-child(1) dd"));
        Assert.Equal("75.0\u2009%", owner.Text(".stat:nth-child(2) dd"));
        Assert.Equal("1 failed", owner.Text(".stat:nth-child(2) .delta"));
        Assert.Equal("50\u2009%", owner.Text(".stat:nth-child(3) dd"));
        Assert.Equal("2.0\u2009s", owner.Text(".stat:nth-child(4) dd"));
        Assert.Contains("Do you ship?", owner.Text("#today"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Pacific/Kiritimati")]
    [InlineData("Pacific/Pago_Pago")]
    [InlineData("Asia/Kathmandu")]
    public async Task Today_begins_at_the_clients_own_midnight(string zone)
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        await portal.LiveInAsync(shop, zone);
        var midnight = ClientDay.Of(_now, TimeZoneInfo.FindSystemTimeZoneById(zone)).From;
        await portal.HadAsync(shop, new("A minute before midnight", midnight.AddMinutes(-1)));
        await portal.HadAsync(shop, new("At midnight", midnight));
        var owner = portal.SignedIn(shop.ClientId);

        await owner.OpenAsync("/dashboard");

        Assert.Equal("1", owner.Text(".stat:nth-child(1) dd"));
    }

    [Theory]
    [InlineData(
        "UPDATE widgets SET daily_budget = 5 WHERE id = ",
        "Assistant has reached its daily limit of 5 messages."
    )]
    [InlineData(
        "UPDATE clients SET monthly_budget = 5 WHERE id = (SELECT client_id FROM widgets WHERE id = ",
        "You’ve reached your monthly limit of 5 messages."
    )]
    public async Task A_used_up_budget_is_said_here_and_on_the_widget_with_when_it_ends(string budget, string says)
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        await portal.HadAsync(shop, new("When do you open?", _now));
        await portal.ExecuteAsync($"{budget}'{shop.Id}'{(budget.Contains('(', StringComparison.Ordinal) ? ")" : "")}");
        var owner = portal.SignedIn(shop.ClientId);
        await owner.OpenAsync("/dashboard");
        Assert.Null(owner.Page.QuerySelector("#used-up"));

        await portal.ExecuteAsync(
            $"INSERT INTO message_counts (widget_id, client_id, day, messages) VALUES ('{shop.Id}', '{shop.ClientId}', (now() AT TIME ZONE 'UTC')::date, 5)"
        );

        await owner.OpenAsync("/dashboard");
        Assert.Equal(says, owner.Text("#used-up b"));
        Assert.Equal("Limit reached", owner.Text("#today .card:last-child .badge"));
        await owner.OpenAsync($"/widgets/{shop.Id}/settings");
        Assert.Equal(says, owner.Text("#used-up b"));
        Assert.Equal("Limit reached", owner.Text("#widget-state"));
        await owner.OpenAsync(owner.Attribute("#used-up .btn", "href")!);
        Assert.Equal(HttpStatusCode.OK, owner.Status);
    }

    [Fact]
    public async Task Dashboard_and_errors_tell_the_same_before_any_job_has_noticed()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        await portal.HadAsync(shop, new("When do you open?", _now.AddMinutes(-9)));
        await portal.HadAsync(
            shop,
            new("And on Sundays?", _now.AddSeconds(-5)) { Status = "failed", ErrorType = "timeout" }
        );
        var owner = portal.SignedIn(shop.ClientId);

        await owner.OpenAsync("/errors");
        Assert.Contains("1 widget is down", owner.Text("main"), StringComparison.Ordinal);
        Assert.Contains("1 message from 1 visitor", owner.Text("main section"), StringComparison.Ordinal);

        await portal.HadAsync(shop, new("And on Mondays?", _now));
        await owner.OpenAsync("/errors");
        Assert.Contains("All widgets operational", owner.Text("main"), StringComparison.Ordinal);
        await owner.OpenAsync("/dashboard");
        Assert.Null(owner.Page.QuerySelector("#today .notice"));
    }

    [Fact]
    public async Task A_widget_that_stopped_answering_comes_first_with_what_n8n_says()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        await portal.HadAsync(shop, new("When do you open?", _now.AddMinutes(-9)));
        await portal.HadAsync(
            shop,
            new("And on Sundays?", _now.AddMinutes(-5)) { Status = "failed", ErrorType = "not_found" }
        );
        var owner = portal.SignedIn(shop.ClientId);

        await owner.OpenAsync("/dashboard");

        Assert.StartsWith("Assistant has been down since", owner.Text(".notice b"), StringComparison.Ordinal);
        Assert.Equal("1 visitor got your fallback message. Webhook not found.", owner.Text(".notice p"));
        Assert.Equal($"/widgets/{shop.Id}/connection", owner.Attribute(".notice .btn", "href"));
        Assert.Equal("Down", owner.Text("#today .card:last-child .badge"));
    }

    [Fact]
    public async Task Of_many_widgets_that_stopped_answering_the_longest_is_named_and_the_others_counted()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        await portal.HadAsync(shop, new("When do you open?", _now.AddMinutes(-9)));
        await portal.HadAsync(shop, new("And on Sundays?", _now.AddMinutes(-8)) { Status = "failed" });
        var longest = new Shop(Guid.CreateVersion7(), shop.ClientId);
        foreach (var (id, n) in Enumerable.Range(0, 12).Select(n => (n == 0 ? longest.Id : Guid.CreateVersion7(), n)))
        {
            await portal.ExecuteAsync(
                $"INSERT INTO widgets (id, client_id, name, config, webhook_url, widget_secret) VALUES ('{id}', '{shop.ClientId}', 'Branch {n}', '{{}}', '{Webhook}', 's')"
            );
            await portal.HadAsync(new(id, shop.ClientId), new("Hello?", _now.AddMinutes(-7)) { Status = "failed" });
        }

        // It answered once, before any of the others was asked.
        await portal.HadAsync(longest, new("Hello there?", _now.AddMinutes(-30)));
        await portal.HadAsync(
            longest,
            new("Are you there?", _now.AddMinutes(-29)) { Status = "failed", ErrorType = "timeout" }
        );
        var owner = portal.SignedIn(shop.ClientId);

        await owner.OpenAsync("/dashboard");

        Assert.StartsWith("Branch 0 has been down since", owner.Text(".notice b"), StringComparison.Ordinal);
        Assert.EndsWith(" (and 12 more widgets)", owner.Text(".notice b"), StringComparison.Ordinal);
        Assert.StartsWith("1 visitor got", owner.Text(".notice p"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_clients_day_is_not_shown()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        await portal.HadAsync(shop, new("A rival's question", _now));
        var stranger = portal.SignedIn((await portal.NewWidgetAsync(Webhook)).ClientId);

        await stranger.OpenAsync("/dashboard");

        Assert.Equal(HttpStatusCode.OK, stranger.Response.StatusCode);
        Assert.DoesNotContain("rival", stranger.Text("main"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_signed_out_are_asked_to_sign_in()
    {
        var nobody = portal.SignedOut();

        await nobody.OpenAsync("/dashboard");

        Assert.Equal("/account/sign-in", nobody.Address.AbsolutePath);
    }

    [Fact]
    public async Task An_admin_begins_at_the_clients_and_has_no_dashboard()
    {
        var admin = portal.SignedInAsAdmin();

        await admin.OpenAsync("/");
        Assert.Equal("/admin/clients", admin.Path);

        await admin.OpenAsync("/dashboard");
        Assert.Equal(HttpStatusCode.Forbidden, admin.Status);
        Assert.Contains("choose View as client", admin.Text("main"), StringComparison.Ordinal);
    }
}
