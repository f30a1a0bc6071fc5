using Npgsql;

namespace Portal.Tests.Model;

/// <summary>What a database says of itself, one fact a line, so that two of them can be held against each other.</summary>
public static class Catalog
{
    public static Task<HashSet<string>> ColumnsAsync(string connectionString) => FactsAsync(connectionString,
        """
        SELECT c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
               || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
        """);

    public static Task<HashSet<string>> DefaultsAsync(string connectionString) => FactsAsync(connectionString,
        """
        SELECT c.relname || '.' || a.attname || ' default ' || pg_get_expr(d.adbin, d.adrelid)
        FROM pg_attrdef d JOIN pg_class c ON c.oid = d.adrelid JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.adnum
        WHERE c.relnamespace = 'public'::regnamespace
        """);

    public static Task<HashSet<string>> ConstraintsAsync(string connectionString) => FactsAsync(connectionString,
        """
        SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND conrelid <> 0 AND contype IN ('p', 'f', 'u', 'c')
        """);

    public static Task<HashSet<string>> IndexDefinitionsAsync(string connectionString) =>
        FactsAsync(connectionString, "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'");

    /// <summary>Indexes as <c>table: column, column DESC unique where filter</c>, keys of constraints included.</summary>
    public static Task<HashSet<string>> IndexesAsync(string connectionString) => FactsAsync(connectionString,
        """
        SELECT t.relname || ' ' || c.relname || ': '
               || (SELECT string_agg(a.attname || CASE WHEN i.indoption[k.n - 1] & 1 = 1 THEN ' desc' ELSE '' END, ', ' ORDER BY k.n)
                   FROM unnest(i.indkey) WITH ORDINALITY AS k(attnum, n) JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum)
               || CASE WHEN i.indisunique THEN ' unique' ELSE '' END
        FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
        WHERE c.relnamespace = 'public'::regnamespace AND NOT i.indisprimary
        """);

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
