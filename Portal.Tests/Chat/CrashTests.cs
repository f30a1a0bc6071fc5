using System.Text.Json;
using Npgsql;
using Portal.Audit;
using Portal.Tests.Api;
using Portal.Tests.Data;

namespace Portal.Tests.Chat;

[Trait("Speed", "slow")]
public sealed class CrashTests
{
    private static readonly string MasterKey = Convert.ToBase64String(new byte[32]);

    [Fact]
    public async Task A_kill_between_the_bots_answer_and_the_journal_loses_no_message_and_stores_one_answer()
    {
        await using var database = await TestDatabase.CreateAsync();
        await using var n8n = await N8n.StartAsync();
        (string, string)[] settings =
        [
            ("Portal:MasterKey", MasterKey),
            ("Portal:Limits:Off", "true"),
            ("Portal:Webhooks:AllowedTargets:0", await N8n.EndpointAsync()),
        ];
        await using var superuser = await database.AsSuperuserAsync();
        var widget = await NewWidgetAsync(superuser, n8n.Url);
        var id = Guid.CreateVersion7();
        string token;

        await using (var portal = await PortalProcess.StartAsync(database, settings))
        {
            var guest = await new Guest(portal.Http, widget).OpenAsync();
            token = guest.Token!;
            // The journal's second write has to wait for this lock, so the kill comes surely between answer and write.
            NpgsqlConnection? holder = null;
            n8n.Workflow = async (context, _) =>
            {
                holder = await superuser.OpenConnectionAsync();
                await ExecuteAsync(holder, "BEGIN; SELECT id FROM chat_logs FOR UPDATE");
                await N8n.SayAsync(context, new { output = "The first answer." });
            };

            var asking = guest.TryAskAsync("Are you there?", id);
            await WaitUntilAsync(
                superuser,
                "SELECT count(*) > 0 FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE NOT l.granted AND a.usename = 'portal_journal'"
            );
            await portal.KillAsync();
            await Assert.ThrowsAnyAsync<HttpRequestException>(() => asking);
            await WaitUntilAsync(
                superuser,
                "SELECT count(*) = 0 FROM pg_stat_activity WHERE usename = 'portal_journal' AND datname = current_database()",
                holder!
            );
        }

        Assert.Equal("Are you there?|pending|", await RowAsync(superuser));
        // As if the fifteen seconds of the dead portal's lease had passed.
        await ExecuteAsync(superuser, "UPDATE chat_logs SET lease_until = now()");
        n8n.Workflow = (context, _) => N8n.SayAsync(context, new { output = "The second answer." });

        await using (var portal = await PortalProcess.StartAsync(database, settings))
        {
            var guest = new Guest(portal.Http, widget) { Token = token };
            var reply = await guest.AskAsync("Are you there?", id);
            var again = await guest.AskAsync("Are you there?", id);

            Assert.Equal("The second answer.", reply.GetProperty("response").GetString());
            Assert.Equal(reply.GetProperty("id").GetString(), again.GetProperty("id").GetString());
        }

        Assert.Equal("Are you there?|answered|The second answer.", await RowAsync(superuser));
        // n8n may have run twice, and could see it: both calls carried the same idempotency key.
        Assert.Equal(2, n8n.Asked.Count);
        Assert.Single(n8n.Asked.Select(asked => asked.GetProperty("messageId").GetString()).Distinct());
    }

    [Fact]
    public async Task A_kill_with_many_visitors_talking_loses_nobodys_message_and_mixes_up_nobodys_answer()
    {
        await using var database = await TestDatabase.CreateAsync();
        await using var n8n = await N8n.StartAsync();
        (string, string)[] settings =
        [
            ("Portal:MasterKey", MasterKey),
            ("Portal:Limits:Off", "true"),
            ("Portal:Webhooks:AllowedTargets:0", await N8n.EndpointAsync()),
        ];
        await using var superuser = await database.AsSuperuserAsync();
        var widget = await NewWidgetAsync(superuser, n8n.Url);
        var talks = Enumerable
            .Range(0, 24)
            .Select(i => (Question: $"Only visitor {i} says {Guid.NewGuid():N}", Id: Guid.CreateVersion7()))
            .ToList();
        var tokens = new string[talks.Count];
        var echo = n8n.Workflow;

        await using (var portal = await PortalProcess.StartAsync(database, settings))
        {
            var guests = await Task.WhenAll(talks.Select(_ => new Guest(portal.Http, widget).OpenAsync()));
            // Every third bot is still thinking when the portal dies; of the others some answers have been stored, some
            // seen, some neither.
            var all = new TaskCompletionSource();
            n8n.Workflow = async (context, body) =>
            {
                if (n8n.Asked.Count == talks.Count)
                {
                    all.TrySetResult();
                }

                if (n8n.Asked.Count % 3 == 0)
                {
                    await Task.Delay(Timeout.Infinite, context.RequestAborted);
                }

                await echo(context, body);
            };
            var asking = talks
                .Select(
                    (talk, i) => Record.ExceptionAsync(() => guests[i].TryAskAsync(talk.Question, talk.Id)).AsTask()
                )
                .ToList();
            await all.Task.Patiently();
            await portal.KillAsync();
            await Task.WhenAll(asking);
            tokens = [.. guests.Select(guest => guest.Token!)];
        }

        await ExecuteAsync(superuser, "UPDATE chat_logs SET lease_until = now() WHERE status = 'pending'");
        n8n.Workflow = echo;
        await using (var portal = await PortalProcess.StartAsync(database, settings))
        {
            await Task.WhenAll(
                talks.Select(
                    async (talk, i) =>
                    {
                        var guest = new Guest(portal.Http, widget) { Token = tokens[i] };
                        Assert.Equal(
                            $"You asked: {talk.Question}",
                            (await guest.AskAsync(talk.Question, talk.Id)).GetProperty("response").GetString()
                        );
                        var row = Assert.Single(await guest.HistoryAsync());
                        Assert.Equal(talk.Question, row.GetProperty("message").GetString());
                    }
                )
            );
        }

        await using var count = superuser.CreateCommand(
            "SELECT count(*) FROM chat_logs WHERE status = 'answered' AND response = 'You asked: ' || message"
        );
        Assert.Equal((long)talks.Count, await count.ExecuteScalarAsync());
    }

    private static async Task<Guid> NewWidgetAsync(NpgsqlDataSource database, string url)
    {
        await using var command = database.CreateCommand(
            """
            WITH client AS (INSERT INTO clients (name) VALUES ('Crash') RETURNING id)
            INSERT INTO widgets (client_id, name, config, webhook_url, widget_secret) SELECT id, 'Bot', '{}', $1, 'by hand' FROM client RETURNING id
            """
        );
        command.Parameters.AddWithValue(url);
        return (Guid)(await command.ExecuteScalarAsync())!;
    }

    private static async Task<string?> RowAsync(NpgsqlDataSource database)
    {
        await using var command = database.CreateCommand(
            "SELECT string_agg(message || '|' || status || '|' || response, ';') FROM chat_logs"
        );
        return (string?)await command.ExecuteScalarAsync();
    }

    private static async Task ExecuteAsync(NpgsqlDataSource database, string sql)
    {
        await using var connection = await database.OpenConnectionAsync();
        await ExecuteAsync(connection, sql);
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    // Asks again until it is so; the lock, where one is held, goes once the portal is dead.
    private static async Task WaitUntilAsync(
        NpgsqlDataSource database,
        string question,
        NpgsqlConnection? thenRelease = null
    )
    {
        if (thenRelease is not null)
        {
            // The dead portal's server process finds its client gone only when it wakes: it must not commit what it
            // waited for.
            await ExecuteAsync(
                database,
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'portal_journal' AND datname = current_database()"
            );
            await thenRelease.DisposeAsync();
        }

        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        using var patience = new CancellationTokenSource(Timeouts.Limit);
        while (true)
        {
            await using var command = database.CreateCommand(question);
            if ((bool)(await command.ExecuteScalarAsync(patience.Token))!)
            {
                return;
            }

            await timer.WaitForNextTickAsync(patience.Token);
        }
    }
}
