using System.Globalization;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Portal.Audit;
using Portal.Model;
using Portal.Tests.Data;

namespace Portal.Tests.Model;

/// <summary>
/// The database against the customer's specification, and the model against the database: drift cannot land.
/// </summary>
[Trait("Speed", "slow")]
public sealed class SchemaTests : IAsyncLifetime
{
    // Of Evolve, and of nobody's model.
    private const string MigrationsTable = "migrations";

    private TestDatabase _migrated = null!;

    private string Owner => _migrated.Strings.Owner!;

    public async ValueTask InitializeAsync() => _migrated = await TestDatabase.CreateAsync();

    public async ValueTask DisposeAsync() => await _migrated.DisposeAsync();

    [Fact]
    public async Task The_customers_five_tables_stand_to_the_letter()
    {
        await using var seed = await TestDatabase.CreateEmptyAsync();
        await using (var database = seed.Open(seed.Strings.Owner!))
        {
            await using var command = database.CreateCommand(SpecifiedSql());
            await command.ExecuteNonQueryAsync();
        }

        foreach (
            var facts in new Func<string, Task<HashSet<string>>>[]
            {
                Catalog.ColumnsAsync,
                Catalog.DefaultsAsync,
                Catalog.ConstraintsAsync,
                Catalog.IndexDefinitionsAsync,
            }
        )
        {
            var specified = await facts(seed.Strings.Owner!);
            Assert.NotEmpty(specified);
            Assert.Empty(specified.Except(await facts(Owner)));
        }
    }

    [Fact]
    public async Task The_customers_own_inserts_still_work()
    {
        await using var database = _migrated.Open(Owner);
        await using var command = database.CreateCommand(
            """
            INSERT INTO clients (name) VALUES ('By hand');
            INSERT INTO widgets (client_id, name, config, webhook_url, widget_secret) SELECT id, 'Bot', '{}', 'https://n8n.example/webhook/x', 's' FROM clients;
            INSERT INTO chat_logs (widget_id, message, response) SELECT id, 'q', 'a' FROM widgets;
            INSERT INTO analytics (widget_id, date) SELECT id, '2026-11-22' FROM widgets;
            INSERT INTO webhook_errors (widget_id, error_type) SELECT id, 'timeout' FROM widgets;
            SELECT count(*)::text FROM widgets w JOIN chat_logs l ON (l.widget_id, l.client_id) = (w.id, w.client_id)
            JOIN analytics a ON (a.widget_id, a.client_id) = (w.id, w.client_id) JOIN webhook_errors e ON (e.widget_id, e.client_id) = (w.id, w.client_id)
            WHERE l.status = 'answered';
            """
        );

        Assert.Equal("1", await command.ExecuteScalarAsync());
    }

    [Fact]
    public async Task A_row_cannot_name_one_client_and_hang_on_another_ones_widget()
    {
        await using var database = _migrated.Open(Owner);
        await using var command = database.CreateCommand(
            """
            INSERT INTO clients (id, name) VALUES ('11111111-0000-7000-8000-000000000000', 'One'), ('22222222-0000-7000-8000-000000000000', 'Two');
            INSERT INTO widgets (client_id, name, config, webhook_url, widget_secret) VALUES ('11111111-0000-7000-8000-000000000000', 'Bot', '{}', 'x', 's');
            INSERT INTO chat_logs (widget_id, client_id, message, response) SELECT id, '22222222-0000-7000-8000-000000000000', 'q', 'a' FROM widgets;
            """
        );

        var refused = await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync());
        Assert.Equal(PostgresErrorCodes.ForeignKeyViolation, refused.SqlState);
    }

    [Fact]
    public async Task A_message_belongs_to_its_conversations_widget()
    {
        await using var database = _migrated.Open(Owner);
        await using var command = database.CreateCommand(
            """
            INSERT INTO clients (id, name) VALUES ('33333333-0000-7000-8000-000000000000', 'Three');
            INSERT INTO widgets (id, client_id, name, config, webhook_url, widget_secret)
            SELECT id, '33333333-0000-7000-8000-000000000000', 'Bot ' || id, '{}', 'x', 's'
            FROM unnest(ARRAY['33333333-0000-7000-8000-000000000001', '33333333-0000-7000-8000-000000000002']::uuid[]) AS id;
            INSERT INTO visitor_sessions (id, client_id, widget_id, visitor_id, origin, expires_at)
            VALUES ('33333333-0000-7000-8000-000000000003', '33333333-0000-7000-8000-000000000000', '33333333-0000-7000-8000-000000000001', 'v', '', now());
            INSERT INTO chat_logs (session_id, widget_id, client_id, message, response)
            VALUES ('33333333-0000-7000-8000-000000000003', '33333333-0000-7000-8000-000000000002', '33333333-0000-7000-8000-000000000000', 'q', 'a');
            """
        );

        var refused = await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync());
        Assert.Equal("chat_logs_session_id_widget_id_client_id_fkey", refused.ConstraintName);
    }

    [Fact]
    public async Task The_model_says_what_the_database_is()
    {
        await using var portal = new PortalDb(Options<PortalDb>(), new Tenant());
        await using var accounts = new AccountsDb(Options<AccountsDb>());
        await using var keys = new KeysDb(Options<KeysDb>());
        // Some tables have more than one role that writes them.
        ITable[] tables =
        [
            .. new DbContext[] { portal, accounts, keys }
                .SelectMany(db => db.GetService<IDesignTimeModel>().Model.GetRelationalModel().Tables)
                .DistinctBy(table => table.Name),
        ];

        // Written by the key check, the limits of sign-ins, heartbeats and jobs alone, in SQL.
        string[] unmodelled =
        [
            MigrationsTable,
            "master_key_checks",
            "watermarks",
            "chat_search",
            "analytics_due",
            "analytics_gone",
            "analytics_recounts",
            "client_questions",
            "form_submissions",
            "sign_in_limits",
            "authenticator_uses",
            "replicas",
            "log_levels",
        ];
        var columns = (await Catalog.ColumnsAsync(Owner))
            .Where(column => !unmodelled.Contains(column.Split('.')[0]))
            .Order()
            .ToList();
        var indexes = (await Catalog.IndexesAsync(Owner))
            .Where(index => !unmodelled.Contains(index.Split(' ')[0]))
            .Order()
            .ToList();

        Assert.Equal(columns, tables.SelectMany(ColumnsOf).Distinct().Order());
        Assert.Equal(indexes, tables.SelectMany(IndexesOf).Distinct().Order());
    }

    private static IEnumerable<string> ColumnsOf(ITable table) =>
        table.Columns.Select(column =>
            $"{table.Name}.{column.Name} {column.StoreType}{(column.IsNullable ? "" : " not null")}"
        );

    private static IEnumerable<string> IndexesOf(ITable table)
    {
        foreach (var index in table.Indexes)
        {
            var columns = index.Columns.Select(
                (column, i) =>
                    index.IsDescending is { } desc && (desc.Count == 0 || desc[i]) ? $"{column.Name} desc" : column.Name
            );
            var mapped = index.MappedIndexes.First();
            columns = columns.Concat(
                (mapped.GetIncludeProperties() ?? []).Select(property =>
                    $"with {mapped.DeclaringEntityType.FindProperty(property)!.GetColumnName()}"
                )
            );
            yield return $"{table.Name} {index.Name}: {string.Join(", ", columns)}{(index.IsUnique ? " unique" : "")}";
        }

        foreach (var key in table.UniqueConstraints.Where(key => !key.GetIsPrimaryKey()))
        {
            yield return $"{table.Name} {key.Name}: {string.Join(", ", key.Columns.Select(column => column.Name))} unique";
        }
    }

    // As Program.cs makes them; the Identity schema version comes from the services, as there.
    private DbContextOptions<T> Options<T>()
        where T : DbContext
    {
        var services = new ServiceCollection();
        services.Configure<IdentityOptions>(identity =>
            identity.Stores.SchemaVersion = IdentitySchemaVersions.Version3
        );
        return new DbContextOptionsBuilder<T>()
            .UseNpgsql(Owner)
            .UseSnakeCaseNamingConvention(CultureInfo.InvariantCulture)
            .UseApplicationServiceProvider(services.BuildServiceProvider())
            .Options;
    }

    private static string SpecifiedSql([CallerFilePath] string here = "")
    {
        var page = File.ReadAllText(Path.Combine(Path.GetDirectoryName(here)!, "../../docs/database-schema.md"));
        var start = page.IndexOf("```sql", StringComparison.Ordinal) + "```sql".Length;
        return page[start..page.IndexOf("```", start, StringComparison.Ordinal)];
    }
}
