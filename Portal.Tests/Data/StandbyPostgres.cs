using System.Runtime.Versioning;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Portal.Data;

namespace Portal.Tests.Data;

/// <summary>A read replica of a <see cref="PrivatePostgres"/>, by streaming replication.</summary>
[SupportedOSPlatform("linux")]
public sealed class StandbyPostgres : IAsyncDisposable
{
    private readonly TestFolder _folder = TestFolder.Create();
    private readonly PrivatePostgres _primary;
    private EmbeddedPostgres _postgres = null!;

    private StandbyPostgres(PrivatePostgres primary) => _primary = primary;

    public NpgsqlDataSource Superuser { get; private set; } = null!;

    public static async Task<StandbyPostgres> OfAsync(PrivatePostgres primary)
    {
        var standby = new StandbyPostgres(primary);
        await primary.CopyAsync(standby._folder.Path);
        var data = Path.Combine(standby._folder.Path, "postgres", "data");
        var source = new NpgsqlConnectionStringBuilder(primary.Superuser.ConnectionString);
        await File.AppendAllTextAsync(
            Path.Combine(data, "postgresql.auto.conf"),
            $"primary_conninfo = 'host={source.Host} user=postgres password={primary.SuperuserPassword}'\n"
        );
        // Whose presence says it, not its content. A copy belongs to whom the others belong.
        using (
            var signal = System.Diagnostics.Process.Start(
                "cp",
                ["-a", Path.Combine(data, "PG_VERSION"), Path.Combine(data, "standby.signal")]
            )
        )
        {
            await signal.WaitForExitAsync();
        }

        standby._postgres = await EmbeddedPostgres.StartAsync(
            new()
            {
                DataDirectory = standby._folder.Path,
                PostgresBin = TestPostgres.EmbeddedIn(standby._folder.Path).PostgresBin,
            },
            AppContext.BaseDirectory,
            NullLogger.Instance
        );
        standby.Superuser = PrivatePostgres.SuperuserOf(standby._postgres);
        return standby;
    }

    /// <summary>The primary's connection string, for this server.</summary>
    public string Of(string connectionString) =>
        new NpgsqlConnectionStringBuilder(connectionString)
        {
            Host = new NpgsqlConnectionStringBuilder(Superuser.ConnectionString).Host,
        }.ConnectionString;

    /// <summary>Until it has what the primary has now.</summary>
    public async Task CatchUpAsync()
    {
        await using var where = _primary.Superuser.CreateCommand("SELECT pg_current_wal_insert_lsn()::text");
        var position = (string)(await where.ExecuteScalarAsync())!;
        await Timeouts.UntilAsync(async () =>
        {
            await using var there = Superuser.CreateCommand("SELECT pg_last_wal_replay_lsn() >= $1::pg_lsn");
            there.Parameters.AddWithValue(position);
            return await there.ExecuteScalarAsync() is true;
        });
    }

    /// <summary>It receives, and shows nothing new.</summary>
    public Task PauseAsync() => ExecuteAsync("SELECT pg_wal_replay_pause()");

    public Task ResumeAsync() => ExecuteAsync("SELECT pg_wal_replay_resume()");

    /// <summary>From now on it is the primary.</summary>
    public Task PromoteAsync() => ExecuteAsync("SELECT pg_promote()");

    /// <summary>As a machine that goes away.</summary>
    public async Task StopAsync() => await _postgres.DisposeAsync();

    private async Task ExecuteAsync(string sql)
    {
        await using var command = Superuser.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Superuser.DisposeAsync();
        await _postgres.DisposeAsync();
        _folder.Dispose();
    }
}
