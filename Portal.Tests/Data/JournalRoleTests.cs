using Npgsql;
using Portal.Audit;

namespace Portal.Tests.Data;

/// <summary>
/// The role that writes the batches of all clients: what PostgreSQL lets it do, table by table and column by column.
/// </summary>
public sealed class JournalRoleTests(SharedDatabase shared) : IClassFixture<SharedDatabase>
{
    // Texts it may read, for they are states and pseudonyms and nobody's words.
    private static readonly HashSet<string> s_readable =
    [
        "chat_logs.status",
        "chat_logs.user_id",
        "visitor_sessions.kind",
        "visitor_sessions.visitor_id",
    ];

    [Fact]
    public async Task It_writes_the_journal_and_nothing_else()
    {
        Assert.Equal(
            [
                "INSERT chat_logs",
                "INSERT webhook_errors",
                "SELECT chat_logs",
                "SELECT visitor_sessions",
                "SELECT widgets",
                "UPDATE chat_logs",
                "UPDATE visitor_sessions",
            ],
            await FactsAsync(
                """
                SELECT DISTINCT p || ' ' || c.relname
                FROM pg_class c CROSS JOIN unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'REFERENCES']) AS p
                WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND has_any_column_privilege('portal_journal', c.oid, p)
                UNION ALL
                SELECT p || ' ' || c.relname
                FROM pg_class c CROSS JOIN unnest(ARRAY['DELETE', 'TRUNCATE', 'TRIGGER']) AS p
                WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND has_table_privilege('portal_journal', c.oid, p)
                UNION ALL
                SELECT 'sequence ' || c.relname FROM pg_class c
                WHERE c.relnamespace = 'public'::regnamespace AND CASE WHEN c.relkind = 'S' THEN has_sequence_privilege('portal_journal', c.oid, 'USAGE, SELECT, UPDATE') END
                ORDER BY 1
                """
            )
        );
    }

    [Fact]
    public async Task It_reads_ids_and_states_and_never_what_anybody_said()
    {
        var texts = await FactsAsync(
            """
            SELECT c.relname || '.' || a.attname
            FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
            WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
              AND format_type(a.atttypid, NULL) NOT IN ('uuid', 'integer', 'bigint', 'boolean', 'double precision', 'timestamp with time zone', 'date')
              AND has_column_privilege('portal_journal', c.oid, a.attnum, 'SELECT')
            ORDER BY 1
            """
        );

        // A callback's hash is what a late answer is found by; nobody can answer with it.
        Assert.Equal(
            s_readable.Append("chat_logs.callback_hash").Order(StringComparer.Ordinal),
            texts.Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public async Task It_has_no_other_roles_rights_and_makes_nothing_of_its_own()
    {
        Assert.Empty(
            await FactsAsync(
                """
                SELECT 'member of ' || r.rolname FROM pg_roles r WHERE r.rolname <> 'portal_journal' AND pg_has_role('portal_journal', r.oid, 'MEMBER')
                UNION ALL
                SELECT 'owns ' || relname FROM pg_class WHERE relowner = 'portal_journal'::regrole
                UNION ALL
                SELECT 'may create in ' || nspname FROM pg_namespace WHERE nspname = 'public' AND has_schema_privilege('portal_journal', oid, 'CREATE')
                UNION ALL
                SELECT 'runs with its owner''s rights: ' || proname FROM pg_proc
                WHERE pronamespace = 'public'::regnamespace AND prosecdef AND prorettype <> 'trigger'::regtype AND has_function_privilege('portal_journal', oid, 'EXECUTE')
                """
            )
        );
    }

    [Theory]
    [InlineData("SELECT message FROM chat_logs")]
    [InlineData("SELECT response FROM chat_logs")]
    [InlineData("SELECT partial_response FROM chat_logs")]
    [InlineData("SELECT first_message FROM visitor_sessions")]
    [InlineData("SELECT widget_secret FROM widgets")]
    [InlineData("UPDATE chat_logs SET message = 'Never said'")]
    [InlineData("UPDATE chat_logs SET client_id = gen_random_uuid()")]
    [InlineData("UPDATE visitor_sessions SET generation = 1")]
    [InlineData("DELETE FROM chat_logs")]
    [InlineData("SELECT count(*) FROM users")]
    public async Task PostgreSQL_refuses_it(string sql)
    {
        await using var journal = shared.Database.Open(shared.Database.Strings.Journal!).CreateCommand(sql);

        Assert.Equal(
            PostgresErrorCodes.InsufficientPrivilege,
            (await Assert.ThrowsAsync<PostgresException>(() => journal.ExecuteNonQueryAsync())).SqlState
        );
    }

    private async Task<IReadOnlyList<string>> FactsAsync(string sql)
    {
        await using var command = shared.Superuser.CreateCommand(sql);
        await using var rows = await command.ExecuteReaderAsync();
        var facts = new List<string>();
        while (await rows.ReadAsync())
        {
            facts.Add(rows.GetString(0));
        }

        return facts;
    }
}
