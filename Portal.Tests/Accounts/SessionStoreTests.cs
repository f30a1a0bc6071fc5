using System.Diagnostics;
using System.Net;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Portal.Accounts;
using Portal.Audit;
using Portal.Jobs;
using Portal.Model;
using Portal.Tests.Pages;
using Portal.Tests.Pages.Account;
using Portal.Web;

namespace Portal.Tests.Accounts;

[Trait("Speed", "slow")]
public sealed class SessionStoreTests(PortalApp portal) : IClassFixture<PortalApp>
{
    [Fact]
    public async Task A_person_sees_where_they_are_signed_in_and_ends_one_of_the_others()
    {
        var user = await portal.NewOwnerAsync();
        var (here, there) = (
            await SignInAsync(
                portal,
                user,
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0"
            ),
            await SignInAsync(
                portal,
                user,
                "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Mobile/15E148 Safari/604.1"
            )
        );

        await here.OpenAsync("/account/sessions");
        var rows = here.Page.QuerySelectorAll("#sessions li").Select(row => row.TextContent).ToList();
        Assert.Equal(2, rows.Count);
        Assert.Contains("Firefox on Windows", rows[0], StringComparison.Ordinal);
        Assert.Contains("This device", rows[0], StringComparison.Ordinal);
        Assert.Contains("Safari on iPhone", rows[1], StringComparison.Ordinal);
        Assert.Matches("(127.0.0.1|::1)", rows[1]);

        await here.SubmitAsync("form[action*=End]");

        Assert.Single(here.Page.QuerySelectorAll("#sessions li"));
        await IsOutAsync(there);
        await here.OpenAsync("/account");
        Assert.Equal("/account", here.Path);
        Assert.Contains(AuditAction.SessionEnded.Name, await ActsAsync(user));
    }

    [Fact]
    public async Task All_other_sessions_end_at_once()
    {
        var user = await portal.NewOwnerAsync();
        Visitor[] others = [await SignInAsync(portal, user), await SignInAsync(portal, user)];
        var here = await SignInAsync(portal, user);

        await here.OpenAsync("/account/sessions");
        await here.SubmitAsync("#others");

        foreach (var other in others)
        {
            await IsOutAsync(other);
        }

        await here.OpenAsync("/account/sessions");
        Assert.Single(here.Page.QuerySelectorAll("#sessions li"));
    }

    [Fact]
    public async Task Nobody_ends_somebody_elses_session()
    {
        var (me, other) = (await portal.NewOwnerAsync(), await portal.NewOwnerAsync());
        await portal.NewSessionAsync(me);
        var theirs = await portal.NewSessionAsync(other);
        var visitor = await portal.SignedInAsync(me);
        await visitor.OpenAsync("/account/sessions");

        await visitor.SubmitAsync("form[action*=End]", ("session", $"{theirs}"));

        Assert.Equal(HttpStatusCode.NotFound, visitor.Status);
        Assert.Null(
            await portal.With(
                (AccountsDb db) =>
                    db.Sessions.Where(session => session.Id == theirs).Select(session => session.EndedAt).SingleAsync()
            )
        );
    }

    [Theory]
    [InlineData("password")]
    [InlineData("role")]
    [InlineData("factor")]
    [InlineData("removal")]
    [InlineData("ended")]
    public async Task What_ends_a_session_ends_it_on_another_replica_within_a_minute(string change)
    {
        await using var second = await portal.ReplicaAsync();
        var user = await portal.NewUserAsync((await portal.NewClientAsync()).Id, UserRole.Member);
        var elsewhere = await SignInAsync(second, user);
        await elsewhere.OpenAsync("/account");
        Assert.Equal("/account", elsewhere.Path);

        await ChangeAsync(user, change);

        // By signal it takes a moment. Without signals it is the cookie's age that counts, which the next test shows.
        await IsOutAsync(elsewhere);
    }

    [Fact]
    public async Task Where_no_signal_comes_a_cookie_is_looked_at_after_a_minute()
    {
        var user = await portal.NewOwnerAsync();
        var old = await portal.SignedInAsync(user, TimeSpan.FromSeconds(61));
        var kept = await portal.SignedInAsync(user, TimeSpan.FromSeconds(61));

        // Taken away, and not ended: nobody says so.
        await using (
            var command = portal
                .Services.GetRequiredService<Portal.Data.Databases>()
                .Jobs.CreateCommand(
                    $"DELETE FROM user_sessions WHERE id IN (SELECT id FROM user_sessions WHERE user_id = '{user.Id}' ORDER BY id LIMIT 1)"
                )
        )
        {
            await command.ExecuteNonQueryAsync();
        }

        foreach (var (visitor, path) in new[] { (old, AccessPolicies.SignInPath), (kept, "/account") })
        {
            await visitor.OpenAsync("/account");
            Assert.Equal(path, visitor.Path);
        }
    }

    [Fact]
    public async Task A_session_that_ended_a_moment_ago_is_not_brought_back_by_changing_the_account()
    {
        var user = await portal.NewOwnerAsync();
        var thief = await portal.SignedInAsync(user, TimeSpan.FromSeconds(5));
        await thief.OpenAsync("/account");
        await using (
            var command = portal
                .Services.GetRequiredService<Portal.Data.Databases>()
                .Jobs.CreateCommand($"DELETE FROM user_sessions WHERE user_id = '{user.Id}'")
        )
        {
            await command.ExecuteNonQueryAsync();
        }

        await thief.SubmitAsync("form:has([name='Input.Name'])", ("Input.Name", "Thief"));

        Assert.Equal("Kim Person", (await portal.FindAsync(user)).DisplayName);
        await thief.OpenAsync("/account");
        Assert.Equal(AccessPolicies.SignInPath, thief.Path);
    }

    [Fact]
    public async Task The_one_who_changes_the_password_stays_and_the_list_shows_only_them()
    {
        var user = await portal.NewOwnerAsync();
        var other = await SignInAsync(portal, user);
        var here = await SignInAsync(portal, user);
        await here.OpenAsync("/account");

        await here.SubmitAsync("#password", ("Change.Password", "another long phrase to remember"));

        await here.OpenAsync("/account/sessions");
        Assert.Single(here.Page.QuerySelectorAll("#sessions li"));
        await IsOutAsync(other);
    }

    [Fact]
    public async Task Signing_out_ends_the_row_so_that_a_copied_cookie_is_worth_nothing()
    {
        var user = await portal.NewOwnerAsync();
        var visitor = await SignInAsync(portal, user);
        var copy = portal.Holding(visitor.Cookies);
        await visitor.OpenAsync("/account");

        await visitor.SubmitAsync(".side form[action*=sign-out]");

        await IsOutAsync(copy);
    }

    [Fact]
    public async Task Looking_at_the_factors_for_the_first_time_ends_nobodys_session()
    {
        var user = await portal.NewOwnerAsync();
        var (here, other) = (
            await portal.SignedInAsync(user),
            await portal.SignedInAsync(user, TimeSpan.FromMinutes(2))
        );

        await here.OpenAsync("/account/factors");
        await other.OpenAsync("/account");

        Assert.Equal("/account", other.Path);
    }

    [Fact]
    public async Task Every_sign_in_and_factor_act_is_in_the_audit_log()
    {
        var user = await portal.NewOwnerAsync();
        var visitor = await SignInAsync(portal, user);
        await visitor.OpenAsync("/account/factors");
        var key = visitor.Text("form[action*='AddApp'] code").Replace(" ", "", StringComparison.Ordinal);
        await visitor.SubmitAsync("form[action*='AddApp']", ("code", TwoFactorTests.CodeOf(key)));
        await visitor.OpenAsync("/account/factors");
        await visitor.SubmitAsync("form[action*='RemoveApp']");
        await visitor.SubmitAsync("#removing form");
        await visitor.SubmitAsync(".side form[action*=sign-out]");

        Assert.Equal(
            [
                AuditAction.SignedIn.Name,
                AuditAction.FactorAdded.Name,
                AuditAction.FactorAdded.Name,
                AuditAction.FactorRemoved.Name,
                AuditAction.SignedOut.Name,
            ],
            await ActsAsync(user)
        );
    }

    [Fact]
    public async Task A_job_takes_away_what_ended_long_ago_and_nothing_else()
    {
        var user = await portal.NewOwnerAsync();
        foreach (var age in new[] { 1, 20, 120 })
        {
            await portal.NewSessionAsync(user, TimeSpan.FromDays(age));
        }

        await portal.With((SignInCleanUpJob job) => RunAsync(job));

        // Two weeks after its last use a session has expired; ninety days later nobody needs to know its device.
        Assert.Equal(
            2,
            await portal.With((AccountsDb db) => db.Sessions.CountAsync(session => session.UserId == user.Id))
        );
    }

    [Fact]
    public async Task An_hour_of_work_costs_a_look_at_the_row_each_minute_and_not_each_request()
    {
        var user = await portal.NewOwnerAsync();
        var visitor = await SignInAsync(portal, user);
        var seen = await SeenAsync(user);

        for (var request = 0; request < 20; request++)
        {
            await visitor.OpenAsync("/account");
        }

        Assert.Equal(seen, await SeenAsync(user));
        var old = await portal.SignedInAsync(user, TimeSpan.FromMinutes(2));
        await old.OpenAsync("/account");
        Assert.True(await SeenAsync(user) > seen);
    }

    [Theory]
    [InlineData(
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36",
        "Chrome on Linux"
    )]
    [InlineData(
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36 Edg/142.0",
        "Edge on Windows"
    )]
    [InlineData(
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Safari/605.1.15",
        "Safari on Mac"
    )]
    [InlineData(
        "Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Mobile Safari/537.36",
        "Chrome on Android"
    )]
    [InlineData("curl/8.5.0", "Browser")]
    [InlineData("", "Unknown browser")]
    [InlineData(null, "Unknown browser")]
    public void A_device_has_a_name_that_people_know(string? agent, string name) =>
        Assert.Equal(name, KnownDeviceCookie.NameOf(agent));

    private Task ChangeAsync(User user, string change) =>
        change switch
        {
            "password" => portal.With(
                async (UserManager<User> users) =>
                    await users.ChangePasswordAsync(
                        (await users.FindByIdAsync($"{user.Id}"))!,
                        People.Password,
                        "another long phrase to remember"
                    )
            ),
            "role" => portal.With(
                async (Portal.Accounts.TeamService team) =>
                    await team.ChangeRoleAsync(
                        await team.Of(user.ClientId!.Value).SingleAsync(person => person.Id == user.Id),
                        UserRole.Owner,
                        default
                    )
            ),
            "factor" => portal.With(
                async (UserManager<User> users) =>
                    await users.SetTwoFactorEnabledAsync((await users.FindByIdAsync($"{user.Id}"))!, false)
            ),
            "removal" => portal.With(
                async (Portal.Accounts.TeamService team) =>
                    await team.RemoveAsync(
                        await team.Of(user.ClientId!.Value).SingleAsync(person => person.Id == user.Id),
                        byThemselves: false,
                        default
                    )
            ),
            _ => portal.With((SessionStore sessions) => sessions.EndAsync(sessions.Of(user))),
        };

    private static async Task<bool> RunAsync(SignInCleanUpJob job)
    {
        await job.RunAsync(new JobProgress(), default);
        return true;
    }

    private Task<DateTimeOffset> SeenAsync(User user) =>
        portal.With(
            (AccountsDb db) =>
                db.Sessions.Where(session => session.UserId == user.Id).MaxAsync(session => session.LastSeenAt)
        );

    private Task<List<string>> ActsAsync(User user) =>
        portal.With(
            (AccountsDb db) =>
                db
                    .ChangeLogs.Where(log => log.ActorId == user.Id)
                    .OrderBy(log => log.OccurredAt)
                    .ThenBy(log => log.Id)
                    .Select(log => log.Action)
                    .ToListAsync()
        );

    private static async Task<Visitor> SignInAsync(
        PortalApp at,
        User user,
        string agent = "Mozilla/5.0 (X11; Linux x86_64) Firefox/145.0"
    )
    {
        var visitor = at.SignedOut().As(agent);
        await visitor.OpenAsync(AccessPolicies.SignInPath);
        await visitor.SubmitAsync("form#password", ("Input.Email", user.Email!), ("Input.Password", People.Password));
        Assert.Equal("/dashboard", visitor.Path);
        return visitor;
    }

    // The signal is on its way: asked again until it has come. No request that begins a minute later may be let in.
    private static async Task IsOutAsync(Visitor visitor)
    {
        var since = Stopwatch.StartNew();
        for (var began = since.Elapsed; !await IsSoAsync(visitor); began = since.Elapsed)
        {
            Assert.InRange(began, TimeSpan.Zero, TimeSpan.FromMinutes(1));
        }

        static async Task<bool> IsSoAsync(Visitor visitor)
        {
            await visitor.OpenAsync("/account");
            return visitor.Path == AccessPolicies.SignInPath;
        }
    }
}
