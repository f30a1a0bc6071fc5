using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Portal.Audit;
using Portal.Data;
using Portal.Hosting;
using Portal.Model;
using Portal.Tests.Api;
using Portal.Tests.Pages;

namespace Portal.Tests.Data;

/// <summary>
/// Threats 1 to 4 of docs/security.md: what the database shows and takes, whatever the application forgets.
/// </summary>
public sealed class RowSecurityCheckTests(SharedPortal portal) : IClassFixture<SharedPortal.Running>
{
    private const string Webhook = "https://n8n.shop.example/webhook/shop";

    // Written by jobs, or by the customer's own statements; requests may only read them.
    private static readonly string[] s_readOnly = ["analytics", "webhook_errors"];
    private static readonly string[] s_tables =
    [
        "clients",
        "widgets",
        "widget_versions",
        "visitor_sessions",
        "chat_logs",
        "analytics",
        "webhook_errors",
    ];

    private Portal.Data.Databases Databases => portal.Services.GetRequiredService<Portal.Data.Databases>();

    public static TheoryData<string> Tables => new(s_tables);

    [Theory]
    [MemberData(nameof(Tables))]
    public async Task A_request_sees_its_own_clients_rows_only_and_none_without_a_client(string table)
    {
        var (ours, theirs) = (await ShopAsync(), await ShopAsync());
        var owner = table == "clients" ? "id" : "client_id";

        Assert.Equal(0L, await CountAsync(null, $"SELECT count(*) FROM {table}"));
        Assert.Equal(
            0L,
            await CountAsync(ours.ClientId, $"SELECT count(*) FROM {table} WHERE {owner} <> '{ours.ClientId}'")
        );
        Assert.Equal(
            0L,
            await CountAsync(ours.ClientId, $"SELECT count(*) FROM {table} WHERE {owner} = '{theirs.ClientId}'")
        );
        Assert.NotEqual(
            0L,
            await CountAsync(ours.ClientId, $"SELECT count(*) FROM {table} WHERE {owner} = '{ours.ClientId}'")
        );
    }

    [Theory]
    [MemberData(nameof(Tables))]
    public async Task A_request_changes_nobody_elses_rows(string table)
    {
        var (ours, theirs) = (await ShopAsync(), await ShopAsync());
        var owner = table == "clients" ? "id" : "client_id";
        foreach (var client in new Guid?[] { null, ours.ClientId })
        {
            foreach (
                var sql in new[]
                {
                    $"UPDATE {table} SET {owner} = {owner} WHERE {owner} = '{theirs.ClientId}'",
                    $"DELETE FROM {table} WHERE {owner} = '{theirs.ClientId}'",
                }
            )
            {
                try
                {
                    Assert.Equal(0, await ExecuteAsync(client, sql));
                }
                catch (PostgresException refused) when (refused.SqlState == PostgresErrorCodes.InsufficientPrivilege)
                {
                    Assert.True(s_readOnly.Contains(table) || table == "clients");
                }
            }
        }

        Assert.NotEqual(
            0L,
            await CountAsync(theirs.ClientId, $"SELECT count(*) FROM {table} WHERE {owner} = '{theirs.ClientId}'")
        );
    }

    [Fact]
    public async Task A_request_can_neither_give_a_row_away_nor_write_one_for_somebody_else()
    {
        var (ours, theirs) = (await ShopAsync(), await ShopAsync());

        foreach (
            var sql in new[]
            {
                $"UPDATE widgets SET client_id = '{theirs.ClientId}' WHERE id = '{ours.Id}'",
                $"INSERT INTO widgets (client_id, name, config, webhook_url, widget_secret) VALUES ('{theirs.ClientId}', 'Planted', '{{}}', 'x', 'x')",
                $"INSERT INTO chat_logs (client_id, widget_id, message, response) VALUES ('{theirs.ClientId}', '{theirs.Id}', 'Planted', 'x')",
            }
        )
        {
            var refused = await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(ours.ClientId, sql));
            Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refused.SqlState);
        }
    }

    [Fact]
    public async Task What_passes_the_applications_filter_stops_at_the_database()
    {
        var (ours, theirs) = (await ShopAsync(), await ShopAsync());

        Assert.Equal(
            [ours.Id],
            await portal.As(ours.ClientId, db => db.Widgets.IgnoreQueryFilters().Select(w => w.Id).ToListAsync())
        );
        Assert.Equal(
            [ours.Id],
            await portal.As(ours.ClientId, db =>
                db.Database.SqlQuery<Guid>($"SELECT id AS \"Value\" FROM widgets").ToListAsync()
            )
        );
        Assert.Equal(
            0,
            await portal.As(ours.ClientId, db =>
                db.Database.ExecuteSqlAsync($"UPDATE widgets SET name = 'Ours now' WHERE id = {theirs.Id}")
            )
        );
        Assert.Equal(
            0,
            await portal.As(ours.ClientId, db =>
                db.Widgets.IgnoreQueryFilters().Where(w => w.Id == theirs.Id).ExecuteDeleteAsync()
            )
        );
        Assert.Null(await portal.As(ours.ClientId, async db => await db.Widgets.FindAsync(theirs.Id)));
    }

    [Fact]
    public async Task A_row_that_was_only_claimed_to_be_ours_is_not_changed()
    {
        var (ours, theirs) = (await ShopAsync(), await ShopAsync());

        await Assert.ThrowsAsync<DbUpdateConcurrencyException>(() => portal.As(ours.ClientId, db =>
            {
                var claimed = new Widget(theirs.Id, "Ours now", Webhook, "x", new());
                typeof(Widget).GetProperty(nameof(Widget.ClientId))!.SetValue(claimed, ours.ClientId);
                db.Attach(claimed).Property(w => w.Name).IsModified = true;
                return db.SaveChangesAsync();
            }));
        await Assert.ThrowsAsync<InvalidOperationException>(() => portal.As(ours.ClientId, db =>
            {
                db.Attach(new Widget(theirs.Id, "Ours now", Webhook, "x", new())).Property(w => w.Name).IsModified =
                    true;
                return db.SaveChangesAsync();
            }));

        Assert.Equal("Assistant", await portal.As(theirs.ClientId, db => db.Widgets.Select(w => w.Name).SingleAsync()));
    }

    [Fact]
    public async Task What_the_agency_has_read_is_not_changed_as_a_client()
    {
        var (ours, theirs) = (await ShopAsync(), await ShopAsync());

        await Assert.ThrowsAsync<InvalidOperationException>(() => portal.As(ours.ClientId, async db =>
            {
                var read = await portal.AsAgency(agency => agency.Widgets.SingleAsync(w => w.Id == theirs.Id));
                db.Attach(read);
                read.SwitchOff();
                return await db.SaveChangesAsync();
            }));

        Assert.True(await portal.As(theirs.ClientId, db => db.Widgets.Select(w => w.IsActive == true).SingleAsync()));
    }

    [Fact]
    public async Task One_pooled_connection_never_carries_a_client_on()
    {
        var (ours, theirs) = (await ShopAsync(), await ShopAsync());
        await using var one = NpgsqlDataSource.Create(
            new NpgsqlConnectionStringBuilder(Databases.Strings.Portal)
            {
                MaxPoolSize = 1,
                NoResetOnClose = true,
            }.ConnectionString
        );
        var options = new DbContextOptionsBuilder<PortalDb>()
            .UseNpgsql(one)
            .UseSnakeCaseNamingConvention()
            .AddInterceptors(TenantSessionInterceptor.Instance)
            .Options;

        for (var i = 0; i < 500; i++)
        {
            var (client, widget) = i % 3 == 0 ? (ours.ClientId, ours.Id) : (theirs.ClientId, theirs.Id);
            var tenant = new Tenant();
            if (i % 5 != 4)
            {
                tenant.Enter(client);
            }

            await using var db = new PortalDb(options, tenant);
            var seen = await db.Widgets.IgnoreQueryFilters().Select(w => w.Id).ToListAsync();

            Assert.Equal(i % 5 != 4 ? [widget] : [], seen);
        }
    }

    [Fact]
    public async Task A_data_migration_changes_rows()
    {
        var shop = await ShopAsync();
        await using var owner = NpgsqlDataSource.Create(Databases.Strings.Owner!);
        await using var command = owner.CreateCommand($"UPDATE widgets SET updated_at = now() WHERE id = '{shop.Id}'");

        Assert.Equal(1, await command.ExecuteNonQueryAsync());
    }

    [Fact]
    public async Task The_agency_sees_all_clients_and_only_inside_its_own_transaction()
    {
        var (ours, theirs) = (await ShopAsync(), await ShopAsync());

        // One connection for both, so that what the agency leaves behind would meet the client.
        await using var one = NpgsqlDataSource.Create(
            new NpgsqlConnectionStringBuilder(Databases.Strings.Portal)
            {
                MaxPoolSize = 1,
                NoResetOnClose = true,
            }.ConnectionString
        );
        var tenant = new Tenant();
        tenant.Enter(ours.ClientId);
        await using var agency = new AgencyDb(
            On<AgencyDb>(one).AddInterceptors(AgencySessionInterceptor.Instance).Options
        );
        await using var db = new PortalDb(
            On<PortalDb>(one).AddInterceptors(TenantSessionInterceptor.Instance).Options,
            tenant
        );
        var both = agency.Widgets.Where(w => w.Id == ours.Id || w.Id == theirs.Id);

        for (var i = 0; i < 10; i++)
        {
            // By a command alone, and by one in a transaction.
            var all = i % 2 == 0 ? await both.CountAsync() : await agency.InTransactionAsync(() => both.CountAsync());
            var after = await db.Widgets.IgnoreQueryFilters().CountAsync();

            Assert.Equal((2, 1), (all, after));
        }
    }

    private static DbContextOptionsBuilder<T> On<T>(NpgsqlDataSource source)
        where T : DbContext => new DbContextOptionsBuilder<T>().UseNpgsql(source).UseSnakeCaseNamingConvention();

    [Fact]
    public async Task The_portal_does_not_start_with_a_role_that_passes_the_wall()
    {
        await using var database = await TestDatabase.CreateAsync();
        var superuser = new NpgsqlConnectionStringBuilder(await TestPostgres.SuperuserAsync())
        {
            Database = database.Name,
        }.ConnectionString;

        Assert.Contains(
            "signs in as a superuser",
            await RefusalAsync(database, "Portal", superuser),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "signs in as an owner of the tables",
            await RefusalAsync(database, "Jobs", database.Strings.Owner!),
            StringComparison.Ordinal
        );

        // Roles belong to the whole server, so these have names of their own.
        await using var roles = NpgsqlDataSource.Create(superuser);
        foreach (
            var (rights, reason) in new[]
            {
                ("BYPASSRLS", "a role with BYPASSRLS"),
                ("IN ROLE {0}", "a member of a superuser or of a role with BYPASSRLS"),
            }
        )
        {
            var name = $"portal_test_{Guid.NewGuid():N}";
            await using var make = roles.CreateCommand(
                $"CREATE ROLE {name}_all SUPERUSER; CREATE ROLE {name} LOGIN PASSWORD 'x' {string.Format(System.Globalization.CultureInfo.InvariantCulture, rights, $"{name}_all")}; GRANT CONNECT ON DATABASE {database.Name} TO {name}"
            );
            await make.ExecuteNonQueryAsync();
            try
            {
                var asRole = new NpgsqlConnectionStringBuilder(superuser)
                {
                    Username = name,
                    Password = "x",
                }.ConnectionString;
                Assert.Contains(
                    $"signs in as {reason}",
                    await RefusalAsync(database, "Portal", asRole),
                    StringComparison.Ordinal
                );
            }
            finally
            {
                NpgsqlConnection.ClearAllPools();
                await using var drop = roles.CreateCommand(
                    $"DROP OWNED BY {name}; DROP ROLE {name}; DROP ROLE {name}_all"
                );
                await drop.ExecuteNonQueryAsync();
            }
        }
    }

    private static async Task<string> RefusalAsync(TestDatabase database, string name, string connectionString)
    {
        await using var services = new ServiceCollection()
            .AddLogging()
            .AddSingleton<Microsoft.Extensions.Configuration.IConfiguration>(
                new Microsoft.Extensions.Configuration.ConfigurationManager()
            )
            .AddSingleton<Microsoft.Extensions.Hosting.IHostEnvironment>(
                new Microsoft.Extensions.Hosting.Internal.HostingEnvironment { EnvironmentName = "Production" }
            )
            .AddDatabases()
            .PostConfigure<ConnectionStrings>(strings =>
            {
                foreach (var property in typeof(ConnectionStrings).GetProperties().Where(property => property.CanWrite))
                {
                    property.SetValue(
                        strings,
                        property.Name == name ? connectionString : property.GetValue(database.Strings)
                    );
                }
            })
            .BuildServiceProvider();
        var databases = services.GetRequiredService<Portal.Data.Databases>();
        await databases.StartAsync();
        return (await Assert.ThrowsAsync<CannotStartException>(() => databases.CheckRowSecurityAsync(default))).Message;
    }

    // A client with a row in every table.
    private async Task<Shop> ShopAsync()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        await portal.HadAsync(shop, new("Hello", DateTimeOffset.UtcNow) { Status = "failed", ErrorType = "timeout" });
        await using var command = Databases.Jobs.CreateCommand(
            $"""
            INSERT INTO widget_versions (client_id, widget_id, version, config) VALUES ('{shop.ClientId}', '{shop.Id}', 1, '{"{}"}');
            INSERT INTO analytics (widget_id, date) VALUES ('{shop.Id}', '2026-01-01');
            """
        );
        await command.ExecuteNonQueryAsync();
        return shop;
    }

    private Task<long> CountAsync(Guid? client, string sql) =>
        AsRequestAsync(client, sql, async command => (long)(await command.ExecuteScalarAsync())!);

    private Task<int> ExecuteAsync(Guid? client, string sql) =>
        AsRequestAsync(client, sql, command => command.ExecuteNonQueryAsync());

    // The role of requests, with SQL that no filter of ours has seen.
    private async Task<T> AsRequestAsync<T>(Guid? client, string sql, Func<NpgsqlCommand, Task<T>> run)
    {
        await using var connection = await Databases.Portal.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using var enter = new NpgsqlCommand(
            "SELECT set_config('app.client_id', $1, true)",
            connection,
            transaction
        )
        {
            Parameters = { new() { Value = client?.ToString() ?? "" } },
        };
        await enter.ExecuteNonQueryAsync();
        await using var command = new NpgsqlCommand(sql, connection, transaction);
        var result = await run(command);
        await transaction.CommitAsync();
        return result;
    }
}
