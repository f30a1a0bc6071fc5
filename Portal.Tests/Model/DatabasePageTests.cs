using System.Text.RegularExpressions;
using Npgsql;
using Portal.Data;
using Portal.Tests.Data;

namespace Portal.Tests.Model;

/// <summary>
/// docs/database.md draws the schema that the migrations make, with every table, column, foreign key and grant.
/// </summary>
public sealed partial class DatabasePageTests(SharedDatabase shared) : IClassFixture<SharedDatabase>
{
    private static readonly string s_page = File.ReadAllText(Path.Combine(RepositoryPaths.Root, "docs", "database.md"));

    private string Owner => shared.Database.Strings.Owner!;

    [Fact]
    public async Task Every_column_is_drawn_with_its_type_and_says_whether_we_added_it_to_a_table_of_the_customers()
    {
        await using var seed = await TestDatabase.CreateEmptyAsync();
        await using (var database = seed.Open(seed.Strings.Owner!))
        {
            await using var command = database.CreateCommand(
                await File.ReadAllTextAsync(Path.Combine(Migrations.Folder, "V0001__seed.sql"))
            );
            await command.ExecuteNonQueryAsync();
        }

        var specified = (await Catalog.ColumnsAsync(seed.Strings.Owner!)).Select(Name).ToHashSet();
        var theirs = specified.Select(Table).ToHashSet();
        var expected =
            from column in await Catalog.ColumnsAsync(Owner)
            where Table(column) != "migrations"
            select $"{Name(column)} {Short(column)}{(theirs.Contains(Table(column)) && !specified.Contains(Name(column)) ? " added" : "")}";
        var drawn =
            from entity in Entities().Matches(s_page)
            from column in Columns().Matches(entity.Groups["columns"].Value)
            select $"{entity.Groups["table"].Value}.{column.Groups["name"].Value} {column.Groups["type"].Value}{(column.Groups["added"].Success ? " added" : "")}";

        Assert.Equal(expected.Order(StringComparer.Ordinal), drawn.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Every_foreign_key_is_drawn()
    {
        var expected = await AskAsync(
            "SELECT DISTINCT confrelid::regclass || ' ' || conrelid::regclass FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace"
        );

        var drawn = Relations()
            .Matches(s_page)
            .Select(relation => $"{relation.Groups["parent"].Value} {relation.Groups["child"].Value}")
            .ToHashSet();

        Assert.Equal(expected.Order(StringComparer.Ordinal), drawn.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task The_table_of_grants_says_what_each_role_may()
    {
        var expected = await AskAsync(
            """
            SELECT format('| `%s` | %s | ', c.relname, CASE WHEN c.relrowsecurity THEN 'yes' ELSE '–' END) || (
                SELECT string_agg(coalesce((
                    SELECT string_agg(CASE WHEN has_table_privilege(role, c.oid, may) THEN left(may, 1) ELSE lower(left(may, 1)) END, ' ' ORDER BY m)
                    FROM unnest('{SELECT,INSERT,UPDATE,DELETE}'::text[]) WITH ORDINALITY AS p (may, m)
                    WHERE has_table_privilege(role, c.oid, may) OR may <> 'DELETE' AND has_any_column_privilege(role, c.oid, may)), '–'), ' | ' ORDER BY n)
                FROM unnest('{portal_app,portal_admin,portal_accounts,portal_journal,portal_jobs}'::text[]) WITH ORDINALITY AS r (role, n)) || ' |'
            FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname <> 'migrations'
            """
        );

        var written = Grants().Matches(s_page).Select(row => row.Value).ToList();

        Assert.Equal(expected.Order(StringComparer.Ordinal), written.Order(StringComparer.Ordinal));
    }

    private static string Table(string column) => column.Split('.')[0];

    private static string Name(string column) => column.Split(' ')[0];

    private static string Short(string column) =>
        column[(column.IndexOf(' ', StringComparison.Ordinal) + 1)..]
            .Replace(" not null", "", StringComparison.Ordinal) switch
        {
            "timestamp with time zone" => "timestamptz",
            "double precision" => "float8",
            var type when type.StartsWith("character varying", StringComparison.Ordinal) => "varchar",
            var type => type,
        };

    private async Task<HashSet<string>> AskAsync(string sql)
    {
        var answers = new HashSet<string>();
        await using var command = shared.Superuser.CreateCommand(sql);
        await using var rows = await command.ExecuteReaderAsync();
        while (await rows.ReadAsync())
        {
            answers.Add(rows.GetString(0));
        }

        return answers;
    }

    [GeneratedRegex(@"^    (?<table>\w+) \{\n(?<columns>(?:        .+\n)+)    \}$", RegexOptions.Multiline)]
    private static partial Regex Entities();

    [GeneratedRegex(
        @"^        (?<type>\S+) (?<name>\w+)(?: (?:PK|FK)(?:, FK)?)?(?<added> ""added"")?$",
        RegexOptions.Multiline
    )]
    private static partial Regex Columns();

    [GeneratedRegex(@"^    (?<parent>\w+) \|[|o]--o[|{] (?<child>\w+) : """"$", RegexOptions.Multiline)]
    private static partial Regex Relations();

    [GeneratedRegex(@"^\| `\w+` \| (?:yes|–) \|(?: [^|]+ \|){5}$", RegexOptions.Multiline)]
    private static partial Regex Grants();
}
