using System.Security.Cryptography;
using Npgsql;

namespace Portal.Data;

/// <summary>
/// The database roles of the portal: created, or brought up to date, by <c>migrations/bootstrap/roles.sql</c>, which
/// plain psql can run too.
/// </summary>
public static class DatabaseRoles
{
    private static readonly string[] s_withPassword = ["owner", "app", "accounts", "journal", "jobs"];

    private static string Script => Path.Combine(AppContext.BaseDirectory, "bootstrap", "roles.sql");

    /// <summary>A new password for each role that signs in.</summary>
    public static Dictionary<string, string> NewPasswords() =>
        s_withPassword.ToDictionary(role => role, _ => NewPassword());

    public static string NewPassword() => RandomNumberGenerator.GetHexString(40, lowercase: true);

    /// <summary>Makes the database if it is not there, and the roles with these passwords.</summary>
    /// <param name="superuser">Connection string of a superuser, to any database of that server.</param>
    /// <returns>The five connection strings of the portal.</returns>
    public static async Task<ConnectionStrings> CreateAsync(
        string superuser,
        string database,
        IReadOnlyDictionary<string, string> passwords,
        CancellationToken cancellationToken = default
    )
    {
        var server = new NpgsqlConnectionStringBuilder(superuser) { Pooling = false };
        await using (var connection = new NpgsqlConnection(server.ConnectionString))
        {
            await connection.OpenAsync(cancellationToken);
            await CreateDatabaseAsync(connection, database, cancellationToken);
        }

        server.Database = database;
        await using (var connection = new NpgsqlConnection(server.ConnectionString))
        {
            await connection.OpenAsync(cancellationToken);
            await using var command = new NpgsqlCommand(
                WithPasswords(await File.ReadAllTextAsync(Script, cancellationToken), passwords),
                connection
            );
            await command.ExecuteNonQueryAsync(cancellationToken);
        }

        return Strings(superuser, database, passwords);
    }

    /// <summary>The connection strings of the roles on that server.</summary>
    public static ConnectionStrings Strings(
        string superuser,
        string database,
        IReadOnlyDictionary<string, string> passwords
    )
    {
        return new()
        {
            Portal = For("app"),
            Accounts = For("accounts"),
            Journal = For("journal"),
            Jobs = For("jobs"),
            Owner = For("owner"),
        };

        string For(string role) =>
            new NpgsqlConnectionStringBuilder(superuser)
            {
                Username = $"portal_{role}",
                Password = passwords[role],
                Database = database,
            }.ConnectionString;
    }

    private static async Task CreateDatabaseAsync(
        NpgsqlConnection connection,
        string database,
        CancellationToken cancellationToken
    )
    {
        await using var exists = new NpgsqlCommand("SELECT FROM pg_database WHERE datname = $1", connection)
        {
            Parameters = { new() { Value = database } },
        };
        await using (var found = await exists.ExecuteReaderAsync(cancellationToken))
        {
            if (found.HasRows)
            {
                return;
            }
        }

        try
        {
            await using var create = new NpgsqlCommand(
                $"CREATE DATABASE \"{database.Replace("\"", "\"\"", StringComparison.Ordinal)}\"",
                connection
            );
            await create.ExecuteNonQueryAsync(cancellationToken);
        }
        catch (PostgresException e)
            when (e.SqlState is PostgresErrorCodes.DuplicateDatabase or PostgresErrorCodes.UniqueViolation)
        {
            // Another portal created it a moment earlier.
        }
    }

    // As psql does with :'name'.
    private static string WithPasswords(string script, IReadOnlyDictionary<string, string> passwords) =>
        passwords.Aggregate(script, (sql, password) =>
            sql.Replace(
                $":'{password.Key}_password'",
                $"'{password.Value.Replace("'", "''", StringComparison.Ordinal)}'",
                StringComparison.Ordinal
            )
        );
}
