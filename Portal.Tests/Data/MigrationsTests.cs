using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Portal.Audit;
using Portal.Data;
using Portal.Hosting;
using Portal.Tests.Model;

namespace Portal.Tests.Data;

[Trait("Speed", "slow")]
public sealed partial class MigrationsTests : IDisposable
{
    private readonly TestFolder _folder = TestFolder.Create();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Four_portals_that_start_at_once_on_an_empty_database_migrate_it_once()
    {
        await using var database = await TestDatabase.CreateEmptyAsync();

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => MigrateAsync(database))));

        Assert.Equal(
            Directory.GetFiles(Migrations.Folder, "V*.sql").Length,
            await CountAsync(database, "migrations WHERE type = 0 AND success")
        );
        Assert.Equal(Functions().Length, await CountAsync(database, "migrations WHERE type = 4 AND success"));
    }

    [Fact]
    public async Task A_portal_that_starts_beside_a_busy_server_asks_again_and_one_that_never_answers_is_told()
    {
        await using var database = await TestDatabase.CreateAsync();
        await using var proxy = new DatabaseProxy(database.Strings.Portal!);
        var portal = database.Open(
            new NpgsqlConnectionStringBuilder(proxy.Through(database.Strings.Portal!)) { Timeout = 1 }.ConnectionString
        );

        proxy.BeSilent(2);
        await Migrations.CheckAsync(portal, Migrations.Folder, NullLogger.Instance);
        portal.Clear();
        proxy.BeSilent(int.MaxValue);
        var refused = await Assert.ThrowsAsync<CannotStartException>(() =>
            Migrations.CheckAsync(portal, Migrations.Folder, NullLogger.Instance)
        );

        Assert.Contains("The database does not let the portal in", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_with_the_customers_own_schema_and_rows_keeps_them_and_comes_up_to_date()
    {
        await using var database = await TestDatabase.CreateEmptyAsync();
        await MigrateAsync(database, CopyOfMigrations("V0001__seed.sql"));
        await ExecuteAsync(
            database,
            """
            INSERT INTO clients (id, name) VALUES ('00000000-0000-0000-0000-000000000001', 'Bakery');
            INSERT INTO widgets (id, client_id, name, config, webhook_url, widget_secret)
                VALUES ('00000000-0000-0000-0000-000000000002', '00000000-0000-0000-0000-000000000001', 'Shop', '{}', 'https://n8n.example/webhook/1', 'changeme');
            INSERT INTO chat_logs (widget_id, message, response) VALUES ('00000000-0000-0000-0000-000000000002', 'Open?', 'Until six.');
            INSERT INTO analytics (widget_id, date) VALUES ('00000000-0000-0000-0000-000000000002', '2026-01-01');
            INSERT INTO webhook_errors (widget_id, error_type) VALUES ('00000000-0000-0000-0000-000000000002', 'timeout');
            """
        );

        await MigrateAsync(database);

        const string Bakery = "client_id = '00000000-0000-0000-0000-000000000001'";
        Assert.Equal(
            1,
            await CountAsync(
                database,
                $"chat_logs WHERE {Bakery} AND status = 'answered' AND message = 'Open?' AND response = 'Until six.'"
            )
        );
        Assert.Equal(
            1,
            await CountAsync(
                database,
                $"visitor_sessions s JOIN chat_logs l ON l.session_id = s.id WHERE s.{Bakery} AND s.message_count = 1 AND s.first_message = 'Open?'"
            )
        );
        Assert.Equal(1, await CountAsync(database, $"client_questions WHERE {Bakery} AND is_stale"));
        Assert.Equal(1, await CountAsync(database, $"analytics WHERE {Bakery}"));
        Assert.Equal(1, await CountAsync(database, $"webhook_errors WHERE {Bakery}"));
    }

    [Fact]
    public async Task A_database_of_the_version_before_comes_up_to_date_too()
    {
        await using var database = await TestDatabase.CreateEmptyAsync();
        var files = Directory
            .GetFiles(Migrations.Folder, "V*.sql")
            .Select(file => Path.GetFileName(file))
            .Order(StringComparer.Ordinal)
            .ToArray();
        await MigrateAsync(database, CopyOfMigrations(files[..^1]));

        await MigrateAsync(database);

        Assert.Equal(files.Length, await CountAsync(database, "migrations WHERE type = 0 AND success"));
    }

    [Fact]
    public async Task A_database_from_before_the_first_release_is_refused_in_one_sentence_and_left_as_it_is()
    {
        await using var database = await TestDatabase.CreateEmptyAsync();
        var portal = database.Open(database.Strings.Portal!);
        await MigrateAsync(
            database,
            FolderWith(
                ("V0001__seed.sql", await File.ReadAllTextAsync(Path.Combine(Migrations.Folder, "V0001__seed.sql"))),
                (
                    "V0002__tenancy_and_journal.sql",
                    "ALTER TABLE clients ADD COLUMN time_zone text NOT NULL DEFAULT 'UTC'"
                )
            )
        );

        var byTheOwner = await Assert.ThrowsAsync<CannotStartException>(() => MigrateAsync(database));
        var byThePortal = await Assert.ThrowsAsync<CannotStartException>(() => CheckAsync(portal, Migrations.Folder));

        foreach (var refused in new[] { byTheOwner, byThePortal })
        {
            Assert.StartsWith(
                "This database was created by a version before 1.0",
                refused.Message,
                StringComparison.Ordinal
            );
            Assert.Contains("docs/upgrade.md", refused.Message, StringComparison.Ordinal);
        }

        Assert.Equal(2, await CountAsync(database, "migrations WHERE type IN (0, 4)"));
        Assert.Equal(
            0,
            await CountAsync(database, "pg_tables WHERE schemaname = 'public' AND tablename = 'widget_versions'")
        );
    }

    [Fact]
    public void Numbers_have_no_gap_and_every_function_has_one_body()
    {
        var numbered = Directory.GetFiles(Migrations.Folder, "V*.sql").Order(StringComparer.Ordinal).ToArray();
        var bodies = numbered
            .Concat(Functions())
            .SelectMany(file => FunctionName().Matches(File.ReadAllText(file)).Select(match => match.Groups[1].Value))
            .ToArray();

        Assert.Equal(
            Enumerable.Range(1, numbered.Length),
            numbered.Select(file => int.Parse(Path.GetFileName(file)[1..5], CultureInfo.InvariantCulture))
        );
        Assert.NotEmpty(bodies);
        Assert.Equal(bodies.Distinct(), bodies);
    }

    [Fact]
    public async Task Functions_run_again_change_nothing()
    {
        await using var database = await TestDatabase.CreateAsync();
        var before = await Catalog.FunctionsAndTriggersAsync(database.Strings.Owner!);

        await using var owner = database.Open(database.Strings.Owner!);
        foreach (var file in Functions())
        {
            await using var again = owner.CreateCommand(await File.ReadAllTextAsync(file));
            await again.ExecuteNonQueryAsync();
        }

        Assert.NotEmpty(before);
        Assert.Equal(before.Order(), (await Catalog.FunctionsAndTriggersAsync(database.Strings.Owner!)).Order());
    }

    [Fact]
    public async Task A_function_runs_again_when_its_text_has_changed_and_only_then()
    {
        await using var database = await TestDatabase.CreateEmptyAsync();
        var folder = FolderWith(
            ("R__answer.sql", "CREATE OR REPLACE FUNCTION answer() RETURNS integer LANGUAGE sql AS 'SELECT 41'")
        );
        await MigrateAsync(database, folder);
        await MigrateAsync(database, folder);
        await File.WriteAllTextAsync(
            Path.Combine(folder, "R__answer.sql"),
            "CREATE OR REPLACE FUNCTION answer() RETURNS integer LANGUAGE sql AS 'SELECT 42'"
        );

        await MigrateAsync(database, folder);

        Assert.Equal(1, await CountAsync(database, "answer() WHERE answer = 42"));
        Assert.Equal(2, await CountAsync(database, "migrations WHERE name = 'R__answer.sql' AND success"));
    }

    [Fact]
    public async Task A_file_that_was_changed_after_it_ran_is_refused_by_name()
    {
        await using var database = await TestDatabase.CreateEmptyAsync();
        var folder = FolderWith(("V0001__notes.sql", "CREATE TABLE notes (text text);"));
        await MigrateAsync(database, folder);
        await File.WriteAllTextAsync(Path.Combine(folder, "V0001__notes.sql"), "CREATE TABLE notes (text varchar);");

        var refused = await Assert.ThrowsAsync<CannotStartException>(() => MigrateAsync(database, folder));

        Assert.Contains("V0001__notes.sql", refused.Message, StringComparison.Ordinal);
        Assert.Contains("never edited", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_comes_before_one_that_has_run_is_refused()
    {
        await using var database = await TestDatabase.CreateEmptyAsync();
        var folder = FolderWith(("V0002__notes.sql", "CREATE TABLE notes (text text);"));
        await MigrateAsync(database, folder);
        await File.WriteAllTextAsync(Path.Combine(folder, "V0001__late.sql"), "CREATE TABLE late (text text);");

        var refused = await Assert.ThrowsAsync<CannotStartException>(() => MigrateAsync(database, folder));

        Assert.Contains("V0001__late.sql", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_fails_leaves_nothing_behind_and_runs_again_once_it_is_right()
    {
        await using var database = await TestDatabase.CreateEmptyAsync();
        var folder = FolderWith(("V0001__notes.sql", "CREATE TABLE notes (text text); SELECT 1 / 0;"));

        var failed = await Assert.ThrowsAsync<CannotStartException>(() => MigrateAsync(database, folder));
        await File.WriteAllTextAsync(Path.Combine(folder, "V0001__notes.sql"), "CREATE TABLE notes (text text);");
        await MigrateAsync(database, folder);

        Assert.Contains("division by zero", failed.Message, StringComparison.Ordinal);
        Assert.Equal(0, await CountAsync(database, "notes"));
    }

    [Fact]
    public async Task Without_the_owners_rights_a_database_that_is_behind_is_refused_and_one_that_is_ahead_is_not()
    {
        await using var database = await TestDatabase.CreateEmptyAsync();
        var portal = database.Open(database.Strings.Portal!);
        const string Function = "CREATE OR REPLACE FUNCTION answer() RETURNS integer LANGUAGE sql AS";
        var before = FolderWith(
            ("V0001__notes.sql", "CREATE TABLE notes (text text);"),
            ("R__answer.sql", $"{Function} 'SELECT 41'\r\n")
        );
        var now = FolderWith(
            ("V0001__notes.sql", "CREATE TABLE notes (text text);"),
            ("V0002__more.sql", "CREATE TABLE more (text text);"),
            ("R__answer.sql", $"{Function} 'SELECT 42'")
        );

        var empty = await Assert.ThrowsAsync<CannotStartException>(() => CheckAsync(portal, before));
        await MigrateAsync(database, before);
        var behind = await Assert.ThrowsAsync<CannotStartException>(() => CheckAsync(portal, now));
        await MigrateAsync(database, now);

        Assert.Contains("lacks V0001__notes.sql, R__answer.sql.", empty.Message, StringComparison.Ordinal);
        Assert.Contains("lacks V0002__more.sql, R__answer.sql.", behind.Message, StringComparison.Ordinal);
        await CheckAsync(portal, now);
        await CheckAsync(portal, before);
    }

    [Fact]
    public async Task A_portal_of_the_version_before_leaves_the_functions_of_a_newer_database_alone()
    {
        await using var database = await TestDatabase.CreateEmptyAsync();
        const string Function = "CREATE OR REPLACE FUNCTION answer() RETURNS integer LANGUAGE sql AS";
        var before = FolderWith(
            ("V0001__notes.sql", "CREATE TABLE notes (text text);"),
            ("R__answer.sql", $"{Function} 'SELECT 41'")
        );
        await MigrateAsync(database, before);
        await MigrateAsync(
            database,
            FolderWith(
                ("V0001__notes.sql", "CREATE TABLE notes (text text);"),
                ("V0002__more.sql", "CREATE TABLE more (text text);"),
                ("R__answer.sql", $"{Function} 'SELECT 42'")
            )
        );

        await MigrateAsync(database, before);

        Assert.Equal(1, await CountAsync(database, "answer() WHERE answer = 42"));
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_told_in_one_sentence()
    {
        var refused = await Assert.ThrowsAsync<CannotStartException>(() =>
            Migrations.MigrateAsync(
                $"Host={_folder.Path};Username=portal_owner;Database=portal",
                Migrations.Folder,
                NullLogger.Instance
            )
        );

        Assert.StartsWith("The database does not let the portal in:", refused.Message, StringComparison.Ordinal);
    }

    [GeneratedRegex(@"CREATE (?:OR REPLACE )?FUNCTION (\w+)")]
    private static partial Regex FunctionName();

    private static string[] Functions() => Directory.GetFiles(Path.Combine(Migrations.Folder, "functions"), "R__*.sql");

    private static Task MigrateAsync(TestDatabase database, string? folder = null) =>
        Migrations.MigrateAsync(database.Strings.Owner!, folder ?? Migrations.Folder, NullLogger.Instance);

    private static Task CheckAsync(NpgsqlDataSource portal, string folder) =>
        Migrations.CheckAsync(portal, folder, NullLogger.Instance);

    private string CopyOfMigrations(params string[] files) =>
        FolderWith([.. files.Select(file => (file, File.ReadAllText(Path.Combine(Migrations.Folder, file))))]);

    private string FolderWith(params (string Name, string Sql)[] files)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder.Path, Guid.NewGuid().ToString("N"))).FullName;
        foreach (var (name, sql) in files)
        {
            File.WriteAllText(Path.Combine(folder, name), sql);
        }

        return folder;
    }

    private static async Task ExecuteAsync(TestDatabase database, string sql)
    {
        await using var command = (await database.AsSuperuserAsync()).CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<long> CountAsync(TestDatabase database, string what)
    {
        await using var command = (await database.AsSuperuserAsync()).CreateCommand($"SELECT count(*) FROM {what}");
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
