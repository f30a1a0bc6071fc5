using System.Diagnostics;
using System.Net;
using System.Runtime.Versioning;
using Npgsql;
using Portal.Audit;
using Portal.Chat;
using Portal.Tests.Api;
using Portal.Tests.Data;

namespace Portal.Tests.Chat;

/// <summary>What visitors notice when PostgreSQL is in trouble.</summary>
[SupportedOSPlatform("linux")]
[Trait("Speed", "slow")]
public sealed class DatabaseFaultsTests(FaultyPostgres postgres) : IClassFixture<FaultyPostgres>, IAsyncLifetime
{
    private static readonly TimeSpan Recovery = TimeSpan.FromSeconds(10);

    // A message waits five seconds for the journal before it is told to come again, a page as long for a connection.
    private static readonly TimeSpan Refusal = TimeSpan.FromSeconds(5);

    private N8n _n8n = null!;

    public async ValueTask InitializeAsync() => _n8n = await N8n.StartAsync();

    public async ValueTask DisposeAsync() => await _n8n.DisposeAsync();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_restart_of_PostgreSQL_under_load_loses_no_message_and_is_over_within_seconds(bool isFast)
    {
        await using var portal = await postgres.PortalAsync();
        await using var visitors = await TalkingVisitors.OfAsync(portal.Http, await postgres.NewWidgetAsync(_n8n), 8);
        var calm = await visitors.AnsweredAsync(40);

        await (isFast ? postgres.Server.RestartFastAsync() : postgres.Server.RestartImmediateAsync());
        Assert.InRange(await visitors.AnsweredAsync(40), TimeSpan.Zero, Recovery.Allowing(calm));

        await visitors.NothingIsLostAsync(postgres.Server.Superuser);
    }

    [Fact]
    public async Task Visitors_who_find_no_free_connection_are_told_to_come_again()
    {
        await using var portal = await postgres.PortalAsync(
            moreOfPortal: ";Maximum Pool Size=2;Timeout=2;Command Timeout=3"
        );
        var guest = await new Guest(portal.Http, await postgres.NewWidgetAsync(_n8n)).OpenAsync();
        var (_, calm) = await TimedAsync(() => guest.TryAskAsync("Before?"));
        await using var holder = await HoldAsync("visitor_sessions");

        var asked = Stopwatch.StartNew();
        var responses = await Task.WhenAll(
            Enumerable.Range(0, 20).Select(_ => guest.SendAsync(HttpMethod.Get, "messages"))
        );

        Assert.InRange(asked.Elapsed, TimeSpan.Zero, Refusal.Allowing(calm));
        Assert.All(responses, AssertUnavailable);
        Assert.Equal(HttpStatusCode.OK, (await FaultyPostgres.CheckAsync(portal, "/health/live")).Status);
        await FaultyPostgres.ExecuteAsync(holder, "ROLLBACK");
        await guest.AskAsync("After?");
    }

    [Fact]
    public async Task Messages_for_which_the_journal_has_no_free_connection_are_told_to_come_again_and_the_portal_is_well()
    {
        await using var portal = await postgres.PortalAsync(moreOfJournal: ";Maximum Pool Size=2;Timeout=2");
        var widget = await postgres.NewWidgetAsync(_n8n);
        var guests = await Task.WhenAll(
            Enumerable.Range(0, 30).Select(_ => new Guest(portal.Http, widget).OpenAsync())
        );
        var (_, calm) = await TimedAsync(() => guests[0].TryAskAsync("Before?"));
        var (sent, ids) = (_n8n.Asked.Count, guests.Select(_ => Guid.CreateVersion7()).ToArray());
        await using (var holder = await HoldAsync("chat_logs"))
        {
            var asking = Task.WhenAll(
                guests.Select((guest, i) => TimedAsync(() => guest.TryAskAsync($"Question {i}", ids[i])))
            );
            await IsWellWhileAsync(portal, asking);
            Assert.All(await asking, answer => AssertUnavailable(answer.Response));
            Assert.InRange((await asking).Max(answer => answer.Took), TimeSpan.Zero, Refusal.Allowing(calm));
            Assert.Equal(sent, _n8n.Asked.Count);
            await FaultyPostgres.ExecuteAsync(holder, "ROLLBACK");
        }

        await AllAreAnsweredAsync(guests, ids, calm);
    }

    [Fact]
    public async Task A_server_that_takes_no_more_connections_is_no_fault_of_the_visitor()
    {
        await using var portal = await postgres.PortalAsync(
            moreOfPortal: ";Minimum Pool Size=0;Connection Idle Lifetime=1;Connection Pruning Interval=1"
        );
        var guest = await new Guest(portal.Http, await postgres.NewWidgetAsync(_n8n)).OpenAsync();
        await guest.AskAsync("Before?");

        await using (await NoMoreAsync("portal_app"))
        {
            using var refused = await RefusedAsync("portal_app", () => guest.SendAsync(HttpMethod.Get, "messages"));
            AssertUnavailable(refused);
        }

        Assert.NotEmpty(await guest.HistoryAsync());
    }

    [Fact]
    public async Task A_server_that_takes_no_more_connections_of_the_journal_costs_visitors_seconds_and_no_message()
    {
        await using var portal = await postgres.PortalAsync();
        var widget = await postgres.NewWidgetAsync(_n8n);
        var guests = await Task.WhenAll(
            Enumerable.Range(0, 10).Select(_ => new Guest(portal.Http, widget).OpenAsync())
        );
        var (_, calm) = await TimedAsync(() => guests[0].TryAskAsync("Before?"));
        var ids = guests.Select(_ => Guid.CreateVersion7()).ToArray();

        await using (await NoMoreAsync("portal_journal"))
        {
            // Until the last connection that was on its way in has ended; each of these waits out its five seconds, or
            // is refused at once.
            using var first = await RefusedAsync("portal_journal", () => guests[0].TryAskAsync("Refused?"));
            AssertUnavailable(first);
            var asking = Task.WhenAll(
                guests.Select((guest, i) => TimedAsync(() => guest.TryAskAsync($"Question {i}", ids[i])))
            );
            await IsWellWhileAsync(portal, asking);
            Assert.All(await asking, answer => AssertUnavailable(answer.Response));
            Assert.InRange((await asking).Max(answer => answer.Took), TimeSpan.Zero, Refusal.Allowing(calm));
        }

        await AllAreAnsweredAsync(guests, ids, calm);
    }

    [Theory]
    [InlineData("text/html,application/xhtml+xml,*/*;q=0.8", true)]
    [InlineData("application/json", false)]
    public async Task A_page_without_its_database_says_so_and_tries_again(string accept, bool isForPeople)
    {
        await using var portal = await postgres.PortalAsync();
        await using (await NoMoreAsync("portal_accounts"))
        {
            using var refused = await RefusedAsync("portal_accounts", () => AskAsync());
            var body = await refused.Content.ReadAsStringAsync();

            AssertUnavailable(refused);
            Assert.Equal(
                isForPeople ? "text/html" : "application/problem+json",
                refused.Content.Headers.ContentType!.MediaType
            );
            Assert.Equal(isForPeople, body.Contains("http-equiv=\"refresh\"", StringComparison.Ordinal));
            Assert.Contains(
                isForPeople ? "Temporarily unavailable" : "\"code\":\"unavailable\"",
                body,
                StringComparison.Ordinal
            );
            Assert.True(refused.Headers.Contains("Content-Security-Policy"));
        }

        using var back = await AskAsync();
        Assert.NotEqual(HttpStatusCode.ServiceUnavailable, back.StatusCode);

        // Opening an invitation's link queries the database for every caller.
        Task<HttpResponseMessage> AskAsync()
        {
            var request = new HttpRequestMessage(HttpMethod.Get, $"/account/welcome?t={new string('A', 43)}");
            request.Headers.Add("Accept", accept);
            return portal.Http.SendAsync(request);
        }
    }

    private static async Task<(HttpResponseMessage Response, TimeSpan Took)> TimedAsync(
        Func<Task<HttpResponseMessage>> call
    )
    {
        var asked = Stopwatch.StartNew();
        return (await call(), asked.Elapsed);
    }

    // No thread blocks on the database, so health checks are answered at once.
    private static async Task IsWellWhileAsync(PortalProcess portal, Task trouble)
    {
        // A blocked thread costs the next request half a second and more, until the runtime has created another.
        var (live, ready) = (new List<TimeSpan>(), new List<TimeSpan>());
        do
        {
            live.Add((await FaultyPostgres.CheckAsync(portal, "/health/live")).Took);
            ready.Add((await FaultyPostgres.CheckAsync(portal, "/health/ready")).Took);
        } while (await Task.WhenAny(trouble, Task.Delay(50)) != trouble);
        Assert.InRange(FaultyPostgres.Middle(live), TimeSpan.Zero, FaultyPostgres.AtOnce);
        Assert.InRange(FaultyPostgres.Middle(ready), TimeSpan.Zero, FaultyPostgres.AtOnce);
    }

    // The very same messages, once the trouble is over. One that was written after all, when its visitor had been told
    // to come again, is asked when the lease of that writing has run out.
    private static async Task AllAreAnsweredAsync(Guest[] guests, Guid[] ids, TimeSpan calm)
    {
        var back = Stopwatch.StartNew();
        await Task.WhenAll(
            guests.Select(
                async (guest, i) =>
                {
                    HttpStatusCode status;
                    while (
                        (status = (await guest.TryAskAsync($"Question {i}", ids[i])).StatusCode)
                        == HttpStatusCode.ServiceUnavailable
                    )
                    {
                        Assert.InRange(back.Elapsed, TimeSpan.Zero, Recovery.Allowing(calm));
                        await Task.Delay(100);
                    }

                    Assert.Equal(HttpStatusCode.OK, status);
                    Assert.Single(await guest.HistoryAsync(), said =>
                        said.GetProperty("message").GetString() == $"Question {i}"
                    );
                }
            )
        );
        Assert.InRange(back.Elapsed, TimeSpan.Zero, (Recovery + Journal.Lease).Allowing(calm));
    }

    private async Task<NpgsqlConnection> HoldAsync(string table)
    {
        var holder = await postgres.Server.Superuser.OpenConnectionAsync();
        await FaultyPostgres.ExecuteAsync(holder, $"BEGIN; LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE");
        return holder;
    }

    // 53300 is what a server says that has reached max_connections.
    private async Task<IAsyncDisposable> NoMoreAsync(string role)
    {
        var limit = new Limit(await postgres.Server.Superuser.OpenConnectionAsync(), role);
        await limit.SetAsync(0);
        return limit;
    }

    // A connection that was on its way in when the limit came is let in, and stays in use: all are ended until none is
    // left.
    private async Task<HttpResponseMessage> RefusedAsync(string role, Func<Task<HttpResponseMessage>> call)
    {
        await using var holder = await postgres.Server.Superuser.OpenConnectionAsync();
        HttpResponseMessage? refused = null;
        await Timeouts.UntilAsync(async () =>
        {
            await FaultyPostgres.ExecuteAsync(
                holder,
                $"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{role}'"
            );
            refused = await call();
            return refused.StatusCode != HttpStatusCode.OK;
        });
        return refused!;
    }

    private static void AssertUnavailable(HttpResponseMessage response)
    {
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.True(response.Headers.RetryAfter?.Delta > TimeSpan.Zero);
    }

    private sealed class Limit(NpgsqlConnection connection, string role) : IAsyncDisposable
    {
        public Task SetAsync(int connections) =>
            FaultyPostgres.ExecuteAsync(connection, $"ALTER ROLE {role} CONNECTION LIMIT {connections}");

        public async ValueTask DisposeAsync()
        {
            await SetAsync(-1);
            await connection.DisposeAsync();
        }
    }
}
