using System.Diagnostics;
using System.Runtime.Versioning;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Portal.Data;

namespace Portal.Tests.Data;

/// <summary>A PostgreSQL for one test, which may stop, break and freeze it.</summary>
[SupportedOSPlatform("linux")]
public sealed class PrivatePostgres : IAsyncDisposable
{
    private readonly TestFolder _folder = TestFolder.Create();
    private EmbeddedPostgres _postgres = null!;

    public ConnectionStrings Strings { get; private set; } = null!;

    public NpgsqlDataSource Superuser { get; private set; } = null!;

    internal string SuperuserPassword =>
        new NpgsqlConnectionStringBuilder(_postgres.SuperuserConnectionString).Password!;

    private string Data => Path.Combine(_folder.Path, "postgres", "data");

    public static async Task<PrivatePostgres> StartAsync()
    {
        var server = new PrivatePostgres();
        await server.StartServerAsync();
        server.Strings = await server._postgres.CreatePortalAsync();
        server.Superuser = SuperuserOf(server._postgres);
        await Migrations.MigrateAsync(server.Strings.Owner!, Migrations.Folder, NullLogger.Instance);
        return server;
    }

    internal static NpgsqlDataSource SuperuserOf(EmbeddedPostgres postgres) =>
        NpgsqlDataSource.Create(
            new NpgsqlConnectionStringBuilder(postgres.SuperuserConnectionString)
            {
                Database = "portal",
                Pooling = false,
            }.ConnectionString
        );

    /// <summary>The portal's settings, without the owner: a portal that starts changes nothing.</summary>
    public IEnumerable<(string Key, string Value)> Settings(string moreOfPortal = "", string moreOfJournal = "") =>
        [
            ("ConnectionStrings:Portal", Strings.Portal! + moreOfPortal),
            ("ConnectionStrings:Accounts", Strings.Accounts!),
            ("ConnectionStrings:Journal", Strings.Journal! + moreOfJournal),
            ("ConnectionStrings:Jobs", Strings.Jobs!),
            ("ConnectionStrings:Listen", Strings.Portal!),
            ("Portal:MasterKey", Convert.ToBase64String(new byte[32])),
            ("Portal:Limits:Off", "true"),
        ];

    /// <summary>As the superuser, one after the other.</summary>
    public async Task ExecuteAsync(params string[] statements)
    {
        foreach (var statement in statements)
        {
            await using var command = Superuser.CreateCommand(statement);
            await command.ExecuteNonQueryAsync();
        }
    }

    /// <summary>Its data as they are when it stands still, in another folder: what a replica begins with.</summary>
    internal async Task CopyAsync(string folder)
    {
        await _postgres.DisposeAsync();
        using (var copy = Process.Start("cp", ["-a", Path.Combine(_folder.Path, "postgres"), folder]))
        {
            await copy.WaitForExitAsync();
        }

        await StartServerAsync();
    }

    /// <summary>As its service manager does it: sessions are ended, everything is written.</summary>
    public async Task RestartFastAsync()
    {
        await _postgres.DisposeAsync();
        await StartServerAsync();
    }

    /// <summary>As a crash does it: nothing is written, and the start begins with recovery.</summary>
    public async Task RestartImmediateAsync()
    {
        await CrashAsync();
        await _postgres.DisposeAsync();
        await StartServerAsync();
    }

    /// <summary>And it stays away.</summary>
    public async Task CrashAsync()
    {
        await SignalAsync("QUIT", [_postgres.ServerId]);
        while (EmbeddedPostgresProcesses.In(Data).Any())
        {
            await Task.Delay(20);
        }
    }

    /// <summary>Connections stay, and nothing answers on them.</summary>
    public Task FreezeAsync() => SignalAsync("STOP", EmbeddedPostgresProcesses.In(Data));

    public Task ThawAsync() => SignalAsync("CONT", EmbeddedPostgresProcesses.In(Data));

    private async Task StartServerAsync() =>
        _postgres = await EmbeddedPostgres.StartAsync(
            Durable(_folder.Path),
            AppContext.BaseDirectory,
            NullLogger.Instance
        );

    // The other tests' server is quick because it may forget: this one must not.
    private static EmbeddedPostgresOptions Durable(string folder) =>
        new() { DataDirectory = folder, PostgresBin = TestPostgres.EmbeddedIn(folder).PostgresBin };

    private static async Task SignalAsync(string signal, IEnumerable<int> processes)
    {
        using var kill = Process.Start("kill", [$"-{signal}", .. processes.Select(id => $"{id}")]);
        await kill.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await ThawAsync();
        await Superuser.DisposeAsync();
        await _postgres.DisposeAsync();
        _folder.Dispose();
    }
}
