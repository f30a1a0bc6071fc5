using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Portal.Audit;
using Portal.Tests.Api;
using Portal.Tests.Pages;

namespace Portal.Tests.Data;

/// <summary>
/// The portal behind Debian's pgbouncer in transaction mode, with two server connections for each role: what one
/// transaction sets, the next must not see.
/// </summary>
[Trait("Speed", "slow")]
public sealed class PgBouncerTests : IAsyncLifetime
{
    private readonly PortalApp _first = new();
    private PgBouncer _bouncer = null!;
    private PortalApp _portal = null!;

    public async ValueTask InitializeAsync()
    {
        await _first.InitializeAsync();
        var strings = _first.Services.GetRequiredService<Portal.Data.Databases>().Strings;
        _bouncer = await PgBouncer.StartAsync(strings);
        _portal = await _first.ReplicaAsync([
            .. _bouncer.Settings(strings),
            ("ConnectionStrings:Owner", strings.Owner!),
        ]);
    }

    public async ValueTask DisposeAsync()
    {
        if (_portal is not null)
        {
            await _portal.DisposeAsync();
        }

        await _first.DisposeAsync();
        if (_bouncer is not null)
        {
            await _bouncer.DisposeAsync();
        }
    }

    [Fact]
    public async Task Clients_that_share_its_connections_never_see_each_others_rows()
    {
        var shops = new[]
        {
            await _portal.NewWidgetAsync("https://n8n.example/x"),
            await _portal.NewWidgetAsync("https://n8n.example/x"),
        };

        await Parallel.ForEachAsync(
            Enumerable.Range(0, 600),
            new ParallelOptions { MaxDegreeOfParallelism = 16 },
            async (i, cancellationToken) =>
            {
                var shop = shops[i % 2];
                var seen = await _portal.As(shop.ClientId, db =>
                    db.Widgets.IgnoreQueryFilters().Select(w => w.Id).ToListAsync(cancellationToken)
                );
                Assert.Equal([shop.Id], seen);
                if (i % 10 == 0)
                {
                    await using var command = _portal
                        .Services.GetRequiredService<Portal.Data.Databases>()
                        .Portal.CreateCommand("SELECT count(*) FROM widgets");
                    Assert.Equal(0L, await command.ExecuteScalarAsync(cancellationToken));
                }
            }
        );
    }

    [Fact]
    public async Task Visitors_chat_people_sign_in_and_changes_are_heard_of()
    {
        await using var n8n = await N8n.StartAsync();
        var shop = await _portal.NewWidgetAsync(n8n.Url);
        var guest = await _portal.Guest(shop).OpenAsync();
        for (var i = 0; i < 20; i++)
        {
            var reply = await guest.AskAsync($"Question {i}");
            Assert.Equal($"You asked: Question {i}", reply.GetProperty("response").GetString());
        }

        Assert.True((await guest.HistoryAsync()).Length >= 20);

        var user = await _portal.NewUserAsync(shop.ClientId);
        var visitor = await _portal.SigningInAsync(user.Email!, People.Password);
        await visitor.OpenAsync("/conversations");
        Assert.Equal((HttpStatusCode.OK, "/conversations"), (visitor.Status, visitor.Path));
        Assert.Contains("Question 0", visitor.Text("main"), StringComparison.Ordinal);

        // A widget that is switched off is off at once: the signal comes over the direct connection.
        await visitor.OpenAsync($"/widgets/{shop.Id}");
        await visitor.PostAsync(
            $"/widgets/{shop.Id}/switch",
            ("on", "false"),
            ("__RequestVerificationToken", visitor.Attribute("input[name=__RequestVerificationToken]", "value")!)
        );
        await Timeouts.UntilAsync(async () =>
            (await guest.TryAskAsync("Still there?")).StatusCode == HttpStatusCode.NotFound
        );
    }
}
