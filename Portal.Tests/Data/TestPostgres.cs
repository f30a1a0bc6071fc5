using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Portal.Data;

namespace Portal.Tests.Data;

/// <summary>
/// One PostgreSQL for the whole run: an embedded one of its own, or the server that <c>PORTAL_TEST_POSTGRES</c> (a superuser's connection string) names.
/// Holds a migrated template that each test database is cloned from.
/// </summary>
public static class TestPostgres
{
    private const string Prefix = "portal_test_";

    private static readonly Lazy<Task<Server>> s_server = new(StartAsync);
    private static readonly string s_run = $"{Prefix}{DateTimeOffset.UtcNow.ToUnixTimeSeconds()}_{Environment.ProcessId}";
    private static int s_databases;

    /// <summary>Connection string of a superuser, to the server's own database.</summary>
    public static async Task<string> SuperuserAsync() => (await s_server.Value).Superuser;

    /// <summary>A private server for one test. <c>PORTAL_TEST_POSTGRES_BIN</c> takes other programs than npm's.</summary>
    internal static EmbeddedPostgresOptions EmbeddedIn(string folder) => new()
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
            return (name, await DatabaseRoles.CreateAsync(server.Superuser, name, server.Passwords));
        }

        await ExecuteAsync(server.Superuser, $"CREATE DATABASE {name} TEMPLATE {server.Template} OWNER portal_owner");
        return (name, DatabaseRoles.Strings(server.Superuser, name, server.Passwords));
    }

    internal static async Task DropAsync(string name) =>
        await ExecuteAsync((await s_server.Value).Superuser, $"DROP DATABASE IF EXISTS {name} WITH (FORCE)");

    private static async Task<Server> StartAsync()
    {
        var server = Environment.GetEnvironmentVariable("PORTAL_TEST_POSTGRES") is { Length: > 0 } superuser
            ? await UseAsync(superuser)
            : await StartEmbeddedAsync();
        try
        {
            var template = $"{s_run}_template";
            var strings = await DatabaseRoles.CreateAsync(server.Superuser, template, server.Passwords);
            await Migrations.MigrateAsync(strings.Owner!, Migrations.Folder, NullLogger.Instance);
            return server with { Template = template };
        }
        catch
        {
            await server.StopAsync();
            throw;
        }
    }

    private static async Task<Server> StartEmbeddedAsync()
    {
        var folder = TestFolder.Create();
        var postgres = await EmbeddedPostgres.StartAsync(EmbeddedIn(folder.Path), AppContext.BaseDirectory, NullLogger.Instance);
        return new(postgres.SuperuserConnectionString, DatabaseRoles.NewPasswords(), "", async () =>
        {
            await postgres.DisposeAsync();
            folder.Dispose();
        });
    }

    private static async Task<Server> UseAsync(string superuser)
    {
        // Roles belong to the whole server: runs that share it must agree on their passwords.
        var passwords = DatabaseRoles.NewPasswords().Keys.ToDictionary(role => role, role => $"portal_test_{role}");
        await DropAllAsync(superuser, name => StartOf(name) < DateTimeOffset.UtcNow.AddHours(-6).ToUnixTimeSeconds());
        return new(superuser, passwords, "", () => DropAllAsync(superuser, name => name.StartsWith(s_run, StringComparison.Ordinal)));
    }

    private static async Task DropAllAsync(string superuser, Func<string, bool> which)
    {
        var names = new List<string>();
        await using (var source = NpgsqlDataSource.Create(superuser))
        await using (var command = source.CreateCommand($"SELECT datname FROM pg_database WHERE datname LIKE '{Prefix}%'"))
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

    private static long StartOf(string name) => long.TryParse(name[Prefix.Length..].Split('_')[0], out var seconds) ? seconds : long.MaxValue;

    private static async Task ExecuteAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, CommandTimeout = 60 }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private sealed record Server(string Superuser, IReadOnlyDictionary<string, string> Passwords, string Template, Func<Task> StopAsync);
}
