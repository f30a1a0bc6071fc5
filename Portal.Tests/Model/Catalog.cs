using Npgsql;

namespace Portal.Tests.Model;

/// <summary>
/// What a database says of itself, one fact a line, so that two of them can be held against each other.
/// </summary>
public static class Catalog
{
    public static Task<HashSet<string>> ColumnsAsync(string connectionString) =>
        FactsAsync(
            connectionString,
            """
            SELECT c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
                   || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
            FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
            WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
            """
        );

    public static Task<HashSet<string>> DefaultsAsync(string connectionString) =>
        FactsAsync(
            connectionString,
            """
            SELECT c.relname || '.' || a.attname || ' default ' || pg_get_expr(d.adbin, d.adrelid)
            FROM pg_attrdef d JOIN pg_class c ON c.oid = d.adrelid JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.adnum
            WHERE c.relnamespace = 'public'::regnamespace
            """
        );

    public static Task<HashSet<string>> ConstraintsAsync(string connectionString) =>
        FactsAsync(
            connectionString,
            """
            SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
            FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND conrelid <> 0 AND contype IN ('p', 'f', 'u', 'c')
            """
        );

    public static Task<HashSet<string>> IndexDefinitionsAsync(string connectionString) =>
        FactsAsync(connectionString, "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'");

    /// <summary>
    /// Indexes as <c>table: column, column DESC unique where filter</c>, keys of constraints included.
    /// </summary>
    public static Task<HashSet<string>> IndexesAsync(string connectionString) =>
        FactsAsync(
            connectionString,
            """
            SELECT t.relname || ' ' || c.relname || ': '
                   || (SELECT string_agg(CASE WHEN k.n > i.indnkeyatts THEN 'with ' ELSE '' END || a.attname || CASE WHEN i.indoption[k.n - 1] & 1 = 1 THEN ' desc' ELSE '' END, ', ' ORDER BY k.n)
                       FROM unnest(i.indkey) WITH ORDINALITY AS k(attnum, n) JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum)
                   || CASE WHEN i.indisunique THEN ' unique' ELSE '' END
            FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
            WHERE c.relnamespace = 'public'::regnamespace AND NOT i.indisprimary
            """
        );

    /// <summary>Our functions, with their definitions and the roles that may call them.</summary>
    public static Task<HashSet<string>> FunctionsAndTriggersAsync(string connectionString) =>
        FactsAsync(
            connectionString,
            """
            SELECT pg_get_functiondef(p.oid) || coalesce(p.proacl::text, '')
            FROM pg_proc p
            WHERE p.pronamespace = 'public'::regnamespace AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
            UNION ALL
            SELECT pg_get_triggerdef(t.oid) FROM pg_trigger t WHERE NOT t.tgisinternal
            """
        );

    /// <summary>A table with a client's rows: by which column, and which columns a row cannot do without.</summary>
    public sealed record OwnedTable(string Name, string Key, IReadOnlyList<(string Name, string Type)> Required);

    public static async Task<IReadOnlyList<OwnedTable>> OwnedTablesAsync(NpgsqlDataSource database)
    {
        await using var command = database.CreateCommand(
            """
            SELECT c.relname, CASE c.relname WHEN 'clients' THEN 'id' ELSE 'client_id' END AS key,
                   (SELECT coalesce(array_agg(a.attname || ' ' || format_type(a.atttypid, NULL) ORDER BY a.attnum), '{}') FROM pg_attribute a
                    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attnotnull AND NOT a.atthasdef AND a.attidentity = ''
                      AND a.attname <> CASE c.relname WHEN 'clients' THEN 'id' ELSE 'client_id' END)
            FROM pg_class c
            WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
              AND (c.relname = 'clients' OR EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'client_id' AND NOT a.attisdropped))
            ORDER BY c.relname
            """
        );
        var tables = new List<OwnedTable>();
        await using var rows = await command.ExecuteReaderAsync();
        while (await rows.ReadAsync())
        {
            tables.Add(
                new(
                    rows.GetString(0),
                    rows.GetString(1),
                    [
                        .. rows.GetFieldValue<string[]>(2)
                            .Select(column =>
                                (
                                    column[..column.IndexOf(' ', StringComparison.Ordinal)],
                                    column[(column.IndexOf(' ', StringComparison.Ordinal) + 1)..]
                                )
                            ),
                    ]
                )
            );
        }

        return tables;
    }

    /// <summary>
    /// Gaps between clients: one sentence for each table, view or function that row-level security does not cover.
    /// </summary>
    public static async Task<IReadOnlyList<string>> MissingWallsAsync(NpgsqlDataSource database)
    {
        await using var command = database.CreateCommand(
            """
            WITH owned AS (
                SELECT c.oid, c.relname::text AS name, c.relacl, c.relrowsecurity AND c.relforcerowsecurity AS walled
                FROM pg_class c
                WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
                  AND (c.relname = 'clients' OR EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'client_id' AND NOT a.attisdropped))),
            granted AS (
                SELECT o.name, pg_get_userbyid(a.grantee)::text AS role FROM owned o, aclexplode(o.relacl) a WHERE a.grantee <> 0
                UNION SELECT o.name, pg_get_userbyid(a.grantee)::text FROM owned o JOIN pg_attribute c ON c.attrelid = o.oid, aclexplode(c.attacl) a WHERE a.grantee <> 0
                UNION SELECT o.name, 'portal_owner' FROM owned o)
            SELECT name || ': ENABLE and FORCE ROW LEVEL SECURITY' FROM owned WHERE NOT walled
            UNION ALL
            SELECT g.name || ': no policy for ' || g.role FROM granted g
            WHERE NOT EXISTS (SELECT FROM pg_policies p WHERE p.tablename = g.name AND g.role = ANY (p.roles) AND p.cmd = 'ALL' AND p.qual IS NOT NULL AND p.with_check IS NOT NULL)
            UNION ALL
            SELECT p.tablename || ': a policy for requests that does not go by the client: ' || p.policyname FROM pg_policies p
            WHERE p.schemaname = 'public' AND p.tablename IN (SELECT name FROM owned) AND p.permissive = 'PERMISSIVE' AND p.roles && '{portal_app,public}'::name[]
              AND EXISTS (SELECT FROM unnest(ARRAY[p.qual, p.with_check]) AS rule WHERE rule IS NOT NULL AND rule NOT IN ('(client_id = portal_client())', '(id = portal_client())'))
            UNION ALL
            SELECT o.name || ': open to everybody' FROM owned o, aclexplode(o.relacl) a WHERE a.grantee = 0
            UNION ALL
            SELECT c.relname || ': a view without security_invoker' FROM pg_class c
            WHERE c.relnamespace = 'public'::regnamespace AND (c.relkind = 'm' OR c.relkind = 'v' AND NOT coalesce(c.reloptions && '{security_invoker=true,security_invoker=on}', false))
              AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
            UNION ALL
            SELECT p.proname || ': a function with its owner''s rights, and no search_path of its own or open to everybody' FROM pg_proc p
            WHERE p.pronamespace = 'public'::regnamespace AND p.prosecdef
              AND (NOT coalesce(array_to_string(p.proconfig, ',') ~ 'search_path=', false)
                   OR p.prorettype <> 'trigger'::regtype AND (p.proacl IS NULL OR EXISTS (SELECT FROM aclexplode(p.proacl) a WHERE a.grantee = 0)))
            """
        );
        var missing = new List<string>();
        await using var rows = await command.ExecuteReaderAsync();
        while (await rows.ReadAsync())
        {
            missing.Add(rows.GetString(0));
        }

        return missing;
    }

    private static async Task<HashSet<string>> FactsAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await using var rows = await command.ExecuteReaderAsync();
        var facts = new HashSet<string>(StringComparer.Ordinal);
        while (await rows.ReadAsync())
        {
            facts.Add(rows.GetString(0));
        }

        return facts;
    }
}
