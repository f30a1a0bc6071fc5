using System.Net;
using Npgsql;
using Portal.Audit;
using Portal.Tests.Api;
using Portal.Tests.Data;

namespace Portal.Tests.Chat;

[Trait("Speed", "slow")]
public sealed class DrainTests
{
    [Fact]
    public async Task A_portal_that_goes_down_says_so_first_and_finishes_the_answers_in_flight()
    {
        await using var database = await TestDatabase.CreateAsync();
        await using var n8n = await N8n.StartAsync();
        var bot = new StreamingBot(n8n);
        await using var superuser = await database.AsSuperuserAsync();
        var widget = await NewWidgetAsync(superuser, n8n.Url);
        await using var portal = await PortalProcess.StartAsync(
            database,
            ("Portal:MasterKey", Convert.ToBase64String(new byte[32])),
            ("Portal:Webhooks:AllowedTargets:0", await N8n.EndpointAsync()),
            ("Portal:DrainDelay", "00:00:02"),
            ("Portal:DrainTime", "00:00:30")
        );
        var guest = await new Guest(portal.Http, widget).OpenAsync();
        await using var hearing = await guest.HearAsync("Long?");
        bot.Say("The beginning, ");
        await hearing.HeardAsync("The beginning, ");
        Assert.Equal(HttpStatusCode.OK, (await portal.Http.GetAsync("/health/ready")).StatusCode);

        var stopped = portal.TerminateAsync();
        await Timeouts.UntilAsync(async () =>
            (await portal.Http.GetAsync("/health/ready")).StatusCode != HttpStatusCode.OK
        );

        // Not ready, and still answering: the proxy has time to look elsewhere.
        Assert.Equal(HttpStatusCode.OK, (await portal.Http.GetAsync("/health/live")).StatusCode);
        Assert.False(stopped.IsCompleted);
        await RefusedAsync(portal.Http.BaseAddress!);
        bot.Say("the end.");
        bot.End();

        var (name, reply) = await hearing.EndAsync();
        Assert.Equal(("done", "The beginning, the end."), (name, reply.GetProperty("response").GetString()));
        Assert.Equal(0, await stopped);
        await using var command = superuser.CreateCommand("SELECT status || ': ' || response FROM chat_logs");
        Assert.Equal("answered: The beginning, the end.", await command.ExecuteScalarAsync());
    }

    // Until nobody is let in any more.
    private static Task RefusedAsync(Uri portal) =>
        Timeouts.UntilAsync(async () =>
        {
            using var http = new HttpClient { BaseAddress = portal };
            return await Record.ExceptionAsync(() => http.GetAsync("/health/live")) is HttpRequestException;
        });

    private static async Task<Guid> NewWidgetAsync(NpgsqlDataSource database, string url)
    {
        await using var command = database.CreateCommand(
            """
            WITH client AS (INSERT INTO clients (name) VALUES ('Drain') RETURNING id)
            INSERT INTO widgets (client_id, name, config, webhook_url, widget_secret) SELECT id, 'Bot', '{}', $1, 'by hand' FROM client RETURNING id
            """
        );
        command.Parameters.AddWithValue(url);
        return (Guid)(await command.ExecuteScalarAsync())!;
    }
}
