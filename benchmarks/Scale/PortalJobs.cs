using System.Data.Common;
using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;
using Portal.Data;
using Portal.Jobs;
using Portal.Model;

namespace Scale;

/// <summary>The portal's own jobs, run here with its own roles and timed.</summary>
internal sealed class PortalJobs : IAsyncDisposable
{
    private readonly Databases _databases;
    private readonly Statements _statements = new();

    private PortalJobs(Databases databases) => _databases = databases;

    /// <summary>The longest statement of the last run, in seconds.</summary>
    public double Longest => _statements.Longest.TotalSeconds;

    public static async Task<PortalJobs> OpenAsync(NpgsqlConnectionStringBuilder database)
    {
        string As(string role) =>
            new NpgsqlConnectionStringBuilder(database.ConnectionString)
            {
                Options = $"-c role={role}",
            }.ConnectionString;
        var databases = new Databases(
            Options.Create(
                new ConnectionStrings
                {
                    Portal = As("portal_app"),
                    Accounts = As("portal_accounts"),
                    Journal = As("portal_journal"),
                    Jobs = As("portal_jobs"),
                }
            ),
            Options.Create(new EmbeddedPostgresOptions()),
            WebApplication.CreateBuilder().Environment,
            NullLoggerFactory.Instance
        );
        await databases.StartAsync();
        return new PortalJobs(databases);
    }

    /// <summary>How many items it did, and in how many seconds.</summary>
    public async Task<(long Items, double Seconds)> RunAsync(Func<JobsDb, IJob> job)
    {
        _statements.Longest = TimeSpan.Zero;
        await using var db = new JobsDb(
            new DbContextOptionsBuilder<JobsDb>()
                .UseNpgsql(_databases.Jobs)
                .UseSnakeCaseNamingConvention()
                .AddInterceptors(_statements)
                .Options
        );
        var progress = new JobProgress();
        var began = Stopwatch.GetTimestamp();
        await job(db).RunAsync(progress, CancellationToken.None);
        return (progress.Items, Stopwatch.GetElapsedTime(began).TotalSeconds);
    }

    public static async Task<double> TimeAsync(Func<Task> work)
    {
        var began = Stopwatch.GetTimestamp();
        await work();
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    public ValueTask DisposeAsync() => _databases.DisposeAsync();

    private sealed class Statements : DbCommandInterceptor
    {
        public TimeSpan Longest { get; set; }

        public override ValueTask<DbDataReader> ReaderExecutedAsync(
            DbCommand command,
            CommandExecutedEventData eventData,
            DbDataReader result,
            CancellationToken cancellationToken = default
        )
        {
            Note(eventData.Duration);
            return base.ReaderExecutedAsync(command, eventData, result, cancellationToken);
        }

        public override ValueTask<int> NonQueryExecutedAsync(
            DbCommand command,
            CommandExecutedEventData eventData,
            int result,
            CancellationToken cancellationToken = default
        )
        {
            Note(eventData.Duration);
            return base.NonQueryExecutedAsync(command, eventData, result, cancellationToken);
        }

        private void Note(TimeSpan took) => Longest = took > Longest ? took : Longest;
    }
}
