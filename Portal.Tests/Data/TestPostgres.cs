using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Portal.Chat;
using Portal.Data;
using Portal.Model;
using Portal.Tests.Databases;

namespace Portal.Tests.Data;

/// <summary>
/// One PostgreSQL for the whole run: an embedded one of its own, or the server that <c>PORTAL_TEST_POSTGRES</c> (a
/// superuser's connection string) names. Holds a migrated template that each test database is cloned from.
/// </summary>
public static class TestPostgres
{
    private const string Prefix = "portal_test_";
    private const string Template = $"{Prefix}template";

    // Roles belong to the whole server: runs that share it, or one that was kept, must agree on their passwords.
    private static readonly Dictionary<string, string> s_passwords = DatabaseRoles
        .NewPasswords()
        .Keys.ToDictionary(role => role, role => $"portal_test_{role}");

    private static readonly Lazy<Task<Server>> s_server = new(StartAsync);
    private static readonly string s_run =
        $"{Prefix}{DateTimeOffset.UtcNow.ToUnixTimeSeconds()}_{Environment.ProcessId}";
    private static int s_databases;

    /// <summary>Connection string of a superuser, to the server's own database.</summary>
    public static async Task<string> SuperuserAsync() => (await s_server.Value).Superuser;

    /// <summary>
    /// A private server for one test. <c>PORTAL_TEST_POSTGRES_BIN</c> takes other programs than npm's.
    /// </summary>
    internal static EmbeddedPostgresOptions EmbeddedIn(string folder) =>
        new()
        {
            DataDirectory = folder,
            PostgresBin = Environment.GetEnvironmentVariable("PORTAL_TEST_POSTGRES_BIN"),
            IsThrowaway = true,
        };

    /// <summary>Ends the embedded server, or leaves the other one as it was found.</summary>
    internal static async Task StopAsync()
    {
        if (s_server is { IsValueCreated: true, Value.IsFaulted: false })
        {
            await (await s_server.Value).StopAsync();
        }
    }

    internal static async Task<(string Name, ConnectionStrings Strings)> CloneAsync(bool empty)
    {
        var server = await s_server.Value;
        var name = $"{s_run}_{Interlocked.Increment(ref s_databases)}";
        if (empty)
        {
            return (name, await DatabaseRoles.CreateAsync(server.Superuser, name, s_passwords));
        }

        await ExecuteAsync(server.Superuser, $"CREATE DATABASE {name} TEMPLATE {server.Template} OWNER portal_owner");
        return (name, DatabaseRoles.Strings(server.Superuser, name, s_passwords));
    }

    internal static async Task DropAsync(string name) =>
        await ExecuteAsync((await s_server.Value).Superuser, $"DROP DATABASE IF EXISTS {name} WITH (FORCE)");

    private static Task<Server> StartAsync() =>
        Environment.GetEnvironmentVariable("PORTAL_TEST_POSTGRES") is { Length: > 0 } superuser
            ? UseAsync(superuser)
            : StartEmbeddedAsync();

    private static async Task<Server> StartEmbeddedAsync()
    {
        var folder = TestFolder.Create();
        try
        {
            var options = EmbeddedIn(folder.Path);
            var kept = KeptCluster.Of(options);
            if (!await kept.CopyIntoAsync(folder.Path))
            {
                await using (
                    var making = await EmbeddedPostgres.StartAsync(
                        options,
                        AppContext.BaseDirectory,
                        NullLogger.Instance
                    )
                )
                {
                    await MakeTemplateAsync(making.SuperuserConnectionString, Template);
                }

                await kept.KeepAsync(folder.Path);
            }

            var postgres = await EmbeddedPostgres.StartAsync(options, AppContext.BaseDirectory, NullLogger.Instance);
            return new(Patient(postgres.SuperuserConnectionString), Template, async () =>
            {
                await postgres.DisposeAsync();
                folder.Dispose();
            });
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    private static async Task MakeTemplateAsync(string superuser, string template)
    {
        var strings = await DatabaseRoles.CreateAsync(superuser, template, s_passwords);
        await Migrations.MigrateAsync(strings.Owner!, Migrations.Folder, NullLogger.Instance);
    }

    private static async Task<Server> UseAsync(string superuser)
    {
        await DropAllAsync(superuser, name => StartOf(name) < DateTimeOffset.UtcNow.AddHours(-6).ToUnixTimeSeconds());
        var server = new Server(Patient(superuser), $"{s_run}_template", () =>
            DropAllAsync(superuser, name => name.StartsWith(s_run, StringComparison.Ordinal))
        );
        try
        {
            await MakeTemplateAsync(superuser, server.Template);
            return server;
        }
        catch
        {
            await server.StopAsync();
            throw;
        }
    }

    // A machine with its hands full is no database that is away: the portal's own five seconds are for tests of that,
    // on servers of their own.
    private static string Patient(string superuser) =>
        new NpgsqlConnectionStringBuilder(superuser) { Timeout = (int)Timeouts.Limit.TotalSeconds }.ConnectionString;

    private static async Task DropAllAsync(string superuser, Func<string, bool> which)
    {
        var names = new List<string>();
        await using (var source = NpgsqlDataSource.Create(superuser))
        await using (
            var command = source.CreateCommand($"SELECT datname FROM pg_database WHERE datname LIKE '{Prefix}%'")
        )
        await using (var reader = await command.ExecuteReaderAsync())
        {
            while (await reader.ReadAsync())
            {
                names.Add(reader.GetString(0));
            }
        }

        foreach (var name in names.Where(which))
        {
            await ExecuteAsync(superuser, $"DROP DATABASE IF EXISTS {name} WITH (FORCE)");
        }
    }

    private static long StartOf(string name) =>
        long.TryParse(name[Prefix.Length..].Split('_')[0], out var seconds) ? seconds : long.MaxValue;

    private static async Task ExecuteAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(connectionString)
            {
                Pooling = false,
                CommandTimeout = 60,
            }.ConnectionString
        );
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private sealed record Server(string Superuser, string Template, Func<Task> StopAsync);
}
