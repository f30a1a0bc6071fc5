using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Runtime.Versioning;
using System.Text.Json;
using Npgsql;
using Portal.Tests.Api;
using Portal.Tests.Databases;

namespace Portal.Tests.Chat;

/// <summary>What visitors notice when PostgreSQL is in trouble.</summary>
[SupportedOSPlatform("linux")]
public sealed class DatabaseFaultsTests : IAsyncLifetime
{
    private static readonly TimeSpan Recovery = TimeSpan.FromSeconds(10);

    private readonly ConcurrentQueue<string> _problems = new();
    private readonly ConcurrentQueue<TimeSpan> _refusals = new();
    private PrivatePostgres _postgres = null!;
    private N8n _n8n = null!;
    private PortalProcess _portal = null!;
    private Guid _widget;
    private int _answered;

    public async Task InitializeAsync()
    {
        (_postgres, _n8n) = (await PrivatePostgres.StartAsync(), await N8n.StartAsync());
        await using var insert = _postgres.Superuser.CreateCommand(
            """
            WITH client AS (INSERT INTO clients (name) VALUES ('Faults') RETURNING id)
            INSERT INTO widgets (client_id, name, config, webhook_url, widget_secret) SELECT id, 'Bot', '{}', $1, 'by hand' FROM client RETURNING id
            """);
        insert.Parameters.AddWithValue(_n8n.Url);
        _widget = (Guid)(await insert.ExecuteScalarAsync())!;
    }

    public async Task DisposeAsync()
    {
        await _portal.DisposeAsync();
        await _postgres.DisposeAsync();
        await _n8n.DisposeAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_restart_of_PostgreSQL_under_load_loses_no_message_and_is_over_within_seconds(bool isFast)
    {
        _portal = await PortalProcess.StartAsync([.. _postgres.Settings(), ("Portal:Webhooks:AllowedTargets:0", await N8n.EndpointAsync())]);
        using var ending = new CancellationTokenSource();
        var visitors = await TalkAsync(8, ending.Token);
        await AnsweredAsync(40);

        await (isFast ? _postgres.RestartFastAsync() : _postgres.RestartImmediateAsync());
        var back = Stopwatch.StartNew();
        await AnsweredAsync(40);
        Assert.InRange(back.Elapsed, TimeSpan.Zero, Recovery);

        await ending.CancelAsync();
        await Task.WhenAll(visitors);
        await NothingIsLostAsync();
    }

    [Fact]
    public async Task A_PostgreSQL_that_freezes_costs_visitors_seconds_and_no_message_and_health_checks_nothing()
    {
        _portal = await PortalProcess.StartAsync([.. _postgres.Settings(), ("Portal:Webhooks:AllowedTargets:0", await N8n.EndpointAsync())]);
        using var ending = new CancellationTokenSource();
        var visitors = await TalkAsync(8, ending.Token);
        await AnsweredAsync(40);

        await _postgres.FreezeAsync();
        var frozen = Stopwatch.StartNew();
        var (live, ready) = (new List<TimeSpan>(), new List<(HttpStatusCode Status, TimeSpan Took)>());
        while (frozen.Elapsed < TimeSpan.FromMinutes(1))
        {
            live.Add((await CheckAsync("/health/live")).Took);
            ready.Add(await CheckAsync("/health/ready"));
            await Task.Delay(100);
        }

        await _postgres.ThawAsync();
        var back = Stopwatch.StartNew();
        await AnsweredAsync(40);
        Assert.InRange(back.Elapsed, TimeSpan.Zero, Recovery);

        await ending.CancelAsync();
        await Task.WhenAll(visitors);
        await NothingIsLostAsync();
        Assert.NotEmpty(_refusals);
        Assert.InRange(_refusals.Max(), TimeSpan.Zero, Recovery + TimeSpan.FromSeconds(2));
        // The middle one, because the machine of the tests has moods of its own.
        Assert.InRange(Middle(live), TimeSpan.Zero, TimeSpan.FromMilliseconds(100));
        Assert.InRange(Middle(ready.Select(check => check.Took)), TimeSpan.Zero, TimeSpan.FromMilliseconds(100));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready[^1].Status);
    }

    [Fact]
    public async Task Visitors_who_find_no_free_connection_are_told_to_come_again()
    {
        _portal = await PortalProcess.StartAsync(
            [.. _postgres.Settings(";Maximum Pool Size=2;Timeout=2"), ("Portal:Webhooks:AllowedTargets:0", await N8n.EndpointAsync())]);
        var guest = await new Guest(_portal.Http, _widget).OpenAsync();
        await guest.AskAsync("Before?");
        await using var holder = await _postgres.Superuser.OpenConnectionAsync();
        await ExecuteAsync(holder, "BEGIN; LOCK TABLE visitor_sessions IN ACCESS EXCLUSIVE MODE");

        var asked = Stopwatch.StartNew();
        var responses = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => guest.SendAsync(HttpMethod.Get, "messages")));

        Assert.InRange(asked.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(15));
        Assert.All(responses, AssertUnavailable);
        Assert.True((await CheckAsync("/health/live")).Took < TimeSpan.FromSeconds(1));
        await ExecuteAsync(holder, "ROLLBACK");
        await guest.AskAsync("After?");
    }

    [Fact]
    public async Task A_server_that_takes_no_more_connections_is_no_fault_of_the_visitor()
    {
        _portal = await PortalProcess.StartAsync([.. _postgres.Settings(";Minimum Pool Size=0;Connection Idle Lifetime=1;Connection Pruning Interval=1"), ("Portal:Webhooks:AllowedTargets:0", await N8n.EndpointAsync())]);
        var guest = await new Guest(_portal.Http, _widget).OpenAsync();
        await guest.AskAsync("Before?");

        // 53300 is what a server says that has reached max_connections.
        await using (var holder = await _postgres.Superuser.OpenConnectionAsync())
        {
            await ExecuteAsync(holder, "ALTER ROLE portal_app CONNECTION LIMIT 0");
            using var refused = await RefusedAsync(guest, holder);
            AssertUnavailable(refused);
            await ExecuteAsync(holder, "ALTER ROLE portal_app CONNECTION LIMIT -1");
        }

        Assert.NotEmpty(await guest.HistoryAsync());
    }

    [Fact]
    public async Task A_journal_that_was_away_while_nobody_waited_takes_the_next_message_when_it_is_back()
    {
        _portal = await PortalProcess.StartAsync([.. _postgres.Settings(), ("Portal:Webhooks:AllowedTargets:0", await N8n.EndpointAsync())]);
        var guest = await new Guest(_portal.Http, _widget).OpenAsync();
        await guest.AskAsync("Before?");

        await using var holder = await _postgres.Superuser.OpenConnectionAsync();
        await ExecuteAsync(holder, "ALTER ROLE portal_journal CONNECTION LIMIT 0");
        await ExecuteAsync(holder, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'portal_journal'");
        for (var i = 0; i < 2; i++)
        {
            // Each gives up before the next one comes, so that in between nobody tries.
            using var refused = await guest.TryAskAsync("Anybody?");
            AssertUnavailable(refused);
        }

        await ExecuteAsync(holder, "ALTER ROLE portal_journal CONNECTION LIMIT -1");
        await guest.AskAsync("After?");
    }

    // A connection that was on its way in when the limit came is let in, and stays in use: all are ended until none is left.
    private static async Task<HttpResponseMessage> RefusedAsync(Guest guest, NpgsqlConnection holder)
    {
        HttpResponseMessage? refused = null;
        await Patience.UntilAsync(async () =>
        {
            await ExecuteAsync(holder, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'portal_app'");
            refused = await guest.SendAsync(HttpMethod.Get, "messages");
            return refused.StatusCode != HttpStatusCode.OK;
        });
        return refused!;
    }

    /// <summary>So many visitors ask one thing after another, and each thing again when they are told to, as the widget does.</summary>
    private async Task<IReadOnlyList<Task>> TalkAsync(int count, CancellationToken ending)
    {
        var guests = await Task.WhenAll(Enumerable.Range(0, count).Select(_ => new Guest(_portal.Http, _widget).OpenAsync()));
        return [.. guests.Select((guest, i) => Task.Run(async () =>
        {
            for (var turn = 0; !ending.IsCancellationRequested; turn++)
            {
                await AskUntilAnsweredAsync(guest, $"Visitor {i}, question {turn}", Guid.CreateVersion7());
            }
        }, CancellationToken.None))];
    }

    private async Task AskUntilAnsweredAsync(Guest guest, string question, Guid id)
    {
        while (true)
        {
            var asked = Stopwatch.StartNew();
            using var response = await guest.TryAskAsync(question, id);
            if (response.StatusCode == HttpStatusCode.OK)
            {
                var reply = await response.Content.ReadFromJsonAsync<JsonElement>();
                if (reply.GetProperty("response").GetString() != $"You asked: {question}")
                {
                    _problems.Enqueue($"{question}: {reply}");
                }

                Interlocked.Increment(ref _answered);
                return;
            }

            _refusals.Enqueue(asked.Elapsed);
            if (response.StatusCode != HttpStatusCode.ServiceUnavailable || response.Headers.RetryAfter?.Delta is not { } wait)
            {
                _problems.Enqueue($"{question}: {response.StatusCode} {await response.Content.ReadAsStringAsync()}");
                return;
            }

            await Task.Delay(wait / 4);
        }
    }

    private async Task AnsweredAsync(int more)
    {
        var target = Volatile.Read(ref _answered) + more;
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(40));
        while (Volatile.Read(ref _answered) < target && _problems.IsEmpty)
        {
            await Task.Delay(20, patience.Token);
        }
    }

    private async Task NothingIsLostAsync()
    {
        Assert.Empty(_problems);
        await using var count = _postgres.Superuser.CreateCommand(
            "SELECT count(*) || ' rows, ' || count(DISTINCT (session_id, message)) || ' messages, ' || count(*) FILTER (WHERE status = 'answered' AND response = 'You asked: ' || message) || ' answered' FROM chat_logs");
        Assert.Equal($"{_answered} rows, {_answered} messages, {_answered} answered", await count.ExecuteScalarAsync());
    }

    private async Task<(HttpStatusCode Status, TimeSpan Took)> CheckAsync(string path)
    {
        var asked = Stopwatch.StartNew();
        using var response = await _portal.Http.GetAsync(path);
        return (response.StatusCode, asked.Elapsed);
    }

    private static void AssertUnavailable(HttpResponseMessage response)
    {
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.True(response.Headers.RetryAfter?.Delta > TimeSpan.Zero);
    }

    private static TimeSpan Middle(IEnumerable<TimeSpan> times) => times.Order().ToList() is var sorted ? sorted[sorted.Count / 2] : default;

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
