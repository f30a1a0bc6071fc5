using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Portal.Tests.Data;

/// <summary>What is asked of one portal's database meanwhile, and by which of the portal's ways in.</summary>
public sealed class DatabaseCommands : IDisposable
{
    // The listening connection asks by itself, and budgets are written together by the jobs' role once a second.
    private static readonly string[] s_byThemselves = ["portal-listen", "portal-jobs"];

    private readonly ActivityListener _listener;
    private readonly ConcurrentQueue<(string By, string Text)> _seen = new();

    private DatabaseCommands(string database)
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
                    _seen.Enqueue((NameOf(activity.GetTagItem("db.npgsql.data_source") as string ?? ""), text));
                }
            },
        };
        ActivitySource.AddActivityListener(_listener);
    }

    // The listening connection stands alone, so that Npgsql names it by its connection string.
    private static string NameOf(string source) =>
        source.Contains('=') ? new NpgsqlConnectionStringBuilder(source).ApplicationName ?? "" : source;

    /// <summary>Of a portal that this test has for itself.</summary>
    public static DatabaseCommands Of(PortalApp portal) =>
        new(
            new NpgsqlConnectionStringBuilder(
                portal.Services.GetRequiredService<Portal.Data.Databases>().Strings.Journal!
            ).Database!
        );

    /// <summary>All but what the portal asks by itself.</summary>
    public IReadOnlyList<(string By, string Text)> Seen =>
        [.. _seen.Where(command => !s_byThemselves.Contains(command.By))];

    public void Dispose() => _listener.Dispose();
}
