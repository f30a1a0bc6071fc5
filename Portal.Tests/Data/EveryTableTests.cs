using Npgsql;
using Portal.Audit;
using Portal.Tests.Model;

namespace Portal.Tests.Data;

/// <summary>
/// Threats 1 and 4 of docs/threats.md for each table with a client's rows, found by itself: every command of a request,
/// with no client entered, for one's own rows and for another client's.
/// </summary>
[Trait("Speed", "slow")]
public sealed class EveryTableTests : IAsyncLifetime
{
    private static readonly Guid s_ours = Guid.CreateVersion7();
    private static readonly Guid s_theirs = Guid.CreateVersion7();

    private TestDatabase _database = null!;
    private NpgsqlDataSource _superuser = null!;
    private IReadOnlyList<Catalog.OwnedTable> _tables = [];

    public async ValueTask InitializeAsync()
    {
        _database = await TestDatabase.CreateAsync();
        _superuser = await _database.AsSuperuserAsync();
        _tables = await Catalog.OwnedTablesAsync(_superuser);
        await FillAsync();
    }

    public async ValueTask DisposeAsync() => await _database.DisposeAsync();

    [Fact]
    public async Task Every_table_of_a_client_has_its_wall()
    {
        Assert.Empty(await Catalog.MissingWallsAsync(_superuser));
        Assert.Superset(
            new HashSet<string>
            {
                "clients",
                "widgets",
                "widget_versions",
                "visitor_sessions",
                "chat_logs",
                "analytics",
                "webhook_errors",
                "users",
            },
            _tables.Select(table => table.Name).ToHashSet()
        );
    }

    [Theory]
    [InlineData("CREATE TABLE notes (id int, client_id uuid)", "notes: ENABLE and FORCE ROW LEVEL SECURITY")]
    [InlineData(
        "CREATE TABLE notes (id int, client_id uuid); ALTER TABLE notes ENABLE ROW LEVEL SECURITY",
        "notes: ENABLE and FORCE ROW LEVEL SECURITY"
    )]
    [InlineData(
        "CREATE TABLE notes (id int, client_id uuid); ALTER TABLE notes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; GRANT SELECT ON notes TO portal_jobs",
        "notes: no policy for portal_jobs"
    )]
    [InlineData("ALTER TABLE widgets DISABLE ROW LEVEL SECURITY", "widgets: ENABLE and FORCE ROW LEVEL SECURITY")]
    [InlineData("ALTER TABLE widgets NO FORCE ROW LEVEL SECURITY", "widgets: ENABLE and FORCE ROW LEVEL SECURITY")]
    [InlineData(
        "CREATE POLICY friendly ON widgets FOR SELECT TO portal_app USING (true)",
        "widgets: a policy for requests that does not go by the client: friendly"
    )]
    [InlineData(
        "CREATE POLICY everyone ON widgets USING (true)",
        "widgets: a policy for requests that does not go by the client: everyone"
    )]
    [InlineData(
        "CREATE VIEW all_widgets AS SELECT * FROM widgets; GRANT SELECT ON all_widgets TO portal_app",
        "all_widgets: a view without security_invoker"
    )]
    public async Task A_table_without_its_wall_is_named(string sql, string missing)
    {
        await using var command = _superuser.CreateCommand(
            sql.Replace("CREATE TABLE notes", "SET ROLE portal_owner; CREATE TABLE notes", StringComparison.Ordinal)
        );
        await command.ExecuteNonQueryAsync();

        Assert.Contains(missing, await Catalog.MissingWallsAsync(_superuser));
    }

    [Fact]
    public async Task A_request_reads_and_changes_its_own_clients_rows_and_nobody_elses_in_any_table()
    {
        var refused = 0;
        foreach (var table in _tables)
        {
            foreach (var entered in new Guid?[] { null, s_ours })
            {
                Assert.True(
                    await RunAsync(
                        table,
                        "SELECT",
                        entered,
                        $"SELECT count(*) FROM {table.Name} WHERE {table.Key} = '{s_theirs}'"
                    )
                        is 0
                            or null,
                    $"{table.Name}: read with {entered}"
                );
                Assert.True(
                    await RunAsync(
                        table,
                        "UPDATE",
                        entered,
                        $"WITH u AS (UPDATE {table.Name} SET {table.Key} = {table.Key} WHERE {table.Key} = '{s_theirs}' RETURNING 1) SELECT count(*) FROM u"
                    )
                        is 0
                            or null,
                    $"{table.Name}: changed with {entered}"
                );
                Assert.True(
                    await RunAsync(
                        table,
                        "DELETE",
                        entered,
                        $"WITH d AS (DELETE FROM {table.Name} WHERE {table.Key} = '{s_theirs}' RETURNING 1) SELECT count(*) FROM d"
                    )
                        is 0
                            or null,
                    $"{table.Name}: deleted with {entered}"
                );
                refused += await IsRefusedByTheWallAsync(table, entered, s_theirs) ? 1 : 0;
            }

            Assert.True(
                await RunAsync(table, "SELECT", s_ours, $"SELECT count(*) FROM {table.Name}") is 1 or null,
                $"{table.Name}: its own"
            );
            Assert.True(
                await RunAsync(table, "SELECT", null, $"SELECT count(*) FROM {table.Name}") is 0 or null,
                $"{table.Name}: without a client"
            );
            Assert.True(
                await RunAsync(
                    table,
                    "DELETE",
                    s_ours,
                    $"WITH d AS (DELETE FROM {table.Name} RETURNING 1) SELECT count(*) FROM d"
                )
                    is 1
                        or null,
                $"{table.Name}: deletes its own"
            );
            Assert.False(await IsRefusedByTheWallAsync(table, s_ours, s_ours), $"{table.Name}: writes its own");
        }

        Assert.True(refused >= 2, "No table refused a row for another client.");
    }

    // Null where the role has no grant at all.
    private async Task<long?> RunAsync(Catalog.OwnedTable table, string command, Guid? entered, string sql)
    {
        try
        {
            return await AsRequestAsync(entered, sql);
        }
        catch (PostgresException refused) when (refused.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            Assert.False(command == "SELECT" && await MayAsync(table, command), $"{table.Name}: {refused.MessageText}");
            return null;
        }
    }

    // Row-level security is checked before NOT NULL and foreign keys.
    private async Task<bool> IsRefusedByTheWallAsync(Catalog.OwnedTable table, Guid? entered, Guid owner)
    {
        try
        {
            await AsRequestAsync(entered, $"INSERT INTO {table.Name} ({table.Key}) VALUES ('{owner}')");
            return false;
        }
        catch (PostgresException refused)
        {
            var byTheWall = refused.MessageText.Contains("row-level security", StringComparison.Ordinal);
            Assert.True(
                byTheWall || owner == entered || refused.SqlState == PostgresErrorCodes.InsufficientPrivilege,
                $"{table.Name}: {refused.MessageText}"
            );
            return byTheWall;
        }
    }

    private async Task<bool> MayAsync(Catalog.OwnedTable table, string command)
    {
        await using var ask = _superuser.CreateCommand(
            $"SELECT has_table_privilege('portal_app', '{table.Name}', '{command}')"
        );
        return (bool)(await ask.ExecuteScalarAsync())!;
    }

    private async Task<long> AsRequestAsync(Guid? entered, string sql)
    {
        await using var connection = new NpgsqlConnection(_database.Strings.Portal);
        await connection.OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using var enter = new NpgsqlCommand(
            $"SELECT set_config('app.client_id', '{entered}', true)",
            connection,
            transaction
        );
        await enter.ExecuteNonQueryAsync();
        await using var command = new NpgsqlCommand(sql, connection, transaction);
        var result = await command.ExecuteScalarAsync();
        await transaction.RollbackAsync();
        return result as long? ?? 0;
    }

    // One row of each client in each table, of whatever the columns take: rules between tables are for other tests.
    private async Task FillAsync()
    {
        await using var connection = await _superuser.OpenConnectionAsync();
        await ExecuteAsync("SET session_replication_role = replica");
        foreach (var table in _tables)
        {
            await ExecuteAsync(
                $"DO $$ DECLARE c text; BEGIN FOR c IN SELECT conname FROM pg_constraint WHERE conrelid = '{table.Name}'::regclass AND contype = 'c' LOOP EXECUTE format('ALTER TABLE {table.Name} DROP CONSTRAINT %I', c); END LOOP; END $$"
            );
            foreach (var owner in new[] { s_ours, s_theirs })
            {
                var columns = table.Required.Select(column => column.Name).Append(table.Key);
                var values = table.Required.Select(column => Value(column.Type)).Append($"'{owner}'");
                await ExecuteAsync(
                    $"INSERT INTO {table.Name} ({string.Join(", ", columns)}) VALUES ({string.Join(", ", values)})"
                );
            }
        }

        async Task ExecuteAsync(string sql)
        {
            await using var command = new NpgsqlCommand(sql, connection);
            await command.ExecuteNonQueryAsync();
        }
    }

    private static string Value(string type) =>
        type switch
        {
            "uuid" => "gen_random_uuid()",
            "boolean" => "true",
            "integer" or "bigint" or "smallint" or "double precision" or "numeric" => "(random() * 30000)::int",
            "jsonb" => "'{}'",
            "bytea" => "decode(md5(random()::text), 'hex')",
            "tsvector" => "''",
            "date" or "timestamp with time zone" => "now()",
            "interval" => "'1 day'",
            "inet" => "'192.0.2.1'",
            _ when type.EndsWith("[]", StringComparison.Ordinal) => "'{}'",
            _ => "left(gen_random_uuid()::text, 10)",
        };
}
