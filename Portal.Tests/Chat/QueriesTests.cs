using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Portal.Audit;
using Portal.Data;
using Portal.Tests.Api;

namespace Portal.Tests.Chat;

public sealed class QueriesTests(PortalApp portal) : IClassFixture<PortalApp>
{
    // The listening connection asks by itself, and budgets are written together by the jobs' role once a second.
    private static readonly string[] s_byThemselves = ["portal-listen", "portal-jobs"];

    [Fact]
    public async Task A_message_costs_the_journal_two_batches_and_nobody_else_a_query()
    {
        const int Messages = 10;
        await using var n8n = await N8n.StartAsync();
        var shop = await portal.NewWidgetAsync(n8n.Url, new() { Bot = new() { History = 5 } });
        var guest = await portal.Guest(shop).OpenAsync();
        await Timeouts.UntilAsync(() => Task.FromResult(portal.Services.GetRequiredService<Signals>().IsListening));
        await guest.AskAsync("The first, which nobody can be prepared for.");

        using var counting = new Commands(
            new NpgsqlConnectionStringBuilder(
                portal.Services.GetRequiredService<Portal.Data.Databases>().Strings.Journal!
            ).Database!
        );
        for (var i = 0; i < Messages; i++)
        {
            await guest.AskAsync($"Question {i}");
        }

        var seen = counting.Seen.Where(command => !s_byThemselves.Contains(command.By)).ToList();
        Assert.Equal(10, n8n.Asked[^1].GetProperty("history").GetArrayLength());
        Assert.DoesNotContain(seen, command => command.By != "portal-journal");
        // A lease that happens to be renewed just then is a batch too.
        Assert.InRange(seen.Count, 1, (2 * Messages) + 1);
    }

    /// <summary>What is asked of one database meanwhile, and by which of the portal's ways in.</summary>
    private sealed class Commands : IDisposable
    {
        private readonly ActivityListener _listener;

        public Commands(string database)
        {
            _listener = new()
            {
                ShouldListenTo = source => source.Name == "Npgsql",
                Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
                ActivityStopped = activity =>
                {
                    // Each command, or each batch; a new connection is not one.
                    if (
                        activity.GetTagItem("db.namespace") as string == database
                        && activity.GetTagItem("db.query.text") is string text
                    )
                    {
                        Seen.Enqueue(
                            (
                                new NpgsqlConnectionStringBuilder(
                                    activity.GetTagItem("db.npgsql.data_source") as string
                                ).ApplicationName
                                    ?? "",
                                text
                            )
                        );
                    }
                },
            };
            ActivitySource.AddActivityListener(_listener);
        }

        public ConcurrentQueue<(string By, string Text)> Seen { get; } = new();

        public void Dispose() => _listener.Dispose();
    }
}
