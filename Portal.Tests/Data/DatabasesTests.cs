using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;
using Portal.Audit;
using Portal.Data;
using Portal.Hosting;
using Portal.Secrets;

namespace Portal.Tests.Data;

[Trait("Speed", "slow")]
public sealed class DatabasesTests : IDisposable
{
    private const string MasterKey = "BQXqvzhSIp5cK5IAXGhLQcKMpTPA2z46yCh3LOOydFA=";
    private readonly TestFolder _folder = TestFolder.Create();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Production_without_a_database_refuses_to_start_and_names_every_missing_setting()
    {
        await using var app = App("Production", ("Portal:MasterKey", MasterKey));

        var refused = await Assert.ThrowsAsync<CannotStartException>(() => app.PrepareDatabasesAsync());

        Assert.Contains(
            "ConnectionStrings:Portal, ConnectionStrings:Accounts, ConnectionStrings:Journal, ConnectionStrings:Jobs",
            refused.Message,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("Production")]
    [InlineData("Development")]
    public async Task A_half_configured_portal_refuses_to_start_anywhere(string environment)
    {
        await using var app = App(
            environment,
            ("Portal:MasterKey", MasterKey),
            ("ConnectionStrings:Portal", "Host=db"),
            ("ConnectionStrings:Jobs", "Host=db")
        );

        var refused = await Assert.ThrowsAsync<CannotStartException>(() => app.PrepareDatabasesAsync());

        Assert.Contains(
            "set ConnectionStrings:Accounts, ConnectionStrings:Journal (",
            refused.Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_replica_for_reports_has_to_be_read_with_the_role_that_row_level_security_binds()
    {
        await using var app = App(
            "Production",
            ("Portal:MasterKey", MasterKey),
            ("ConnectionStrings:Portal", "Host=db;Username=portal_app"),
            ("ConnectionStrings:Accounts", "Host=db;Username=portal_accounts"),
            ("ConnectionStrings:Journal", "Host=db;Username=portal_journal"),
            ("ConnectionStrings:Jobs", "Host=db;Username=portal_jobs"),
            ("ConnectionStrings:Reports", "Host=replica;Username=postgres")
        );

        var refused = await Assert.ThrowsAsync<CannotStartException>(() => app.PrepareDatabasesAsync());

        Assert.Contains("ConnectionStrings:Reports", refused.Message, StringComparison.Ordinal);
        Assert.Contains("portal_app", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Production_without_a_master_key_refuses_to_start()
    {
        await using var database = await TestDatabase.CreateAsync();
        await using var app = App("Production", [.. database.Settings.Select(setting => (setting.Key, setting.Value))]);

        var refused = await Assert.ThrowsAsync<CannotStartException>(() => app.PrepareDatabasesAsync());

        Assert.Contains("Portal:MasterKey", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_connection_strings_each_role_comes_in_as_itself()
    {
        await using var database = await TestDatabase.CreateAsync();
        await using var app = App(
            "Production",
            [("Portal:MasterKey", MasterKey), .. database.Settings.Select(setting => (setting.Key, setting.Value))]
        );

        await app.PrepareDatabasesAsync();

        var databases = app.Services.GetRequiredService<Portal.Data.Databases>();
        Assert.Equal("portal_app public 10", await WhoAsync(databases.Portal));
        Assert.Equal("portal_accounts public 10", await WhoAsync(databases.Accounts));
        Assert.Equal("portal_journal public 10", await WhoAsync(databases.Journal));
        Assert.Equal("portal_jobs public 10", await WhoAsync(databases.Jobs));
    }

    [Fact]
    public async Task In_development_nothing_needs_to_be_set()
    {
        await using (var app = App("Development"))
        {
            await app.PrepareDatabasesAsync();
            var box = app.Services.GetRequiredService<SecretProtector>();
            var place = new SecretContext("widgets", "widget_secret", Guid.Empty, Guid.Empty);

            Assert.Equal(
                "portal_app public 10",
                await WhoAsync(app.Services.GetRequiredService<Portal.Data.Databases>().Portal)
            );
            Assert.Equal("s3cr3t", box.Open(box.Seal("s3cr3t", place), place));
        }

        Assert.Empty(EmbeddedPostgresProcesses.In(Path.Combine(_folder.Path, "postgres", "data")));
    }

    [Fact]
    public void What_the_operator_wrote_into_a_connection_string_stays()
    {
        var given = new NpgsqlConnectionStringBuilder(
            Portal.Data.Databases.WithDefaults("Host=db;Command Timeout=33;Maximum Pool Size=7", "portal", 50)
        );
        var defaults = new NpgsqlConnectionStringBuilder(Portal.Data.Databases.WithDefaults("Host=db", "portal", 50));

        Assert.Equal((33, 7, "portal"), (given.CommandTimeout, given.MaxPoolSize, given.ApplicationName));
        Assert.Equal((10, 50, "portal"), (defaults.CommandTimeout, defaults.MaxPoolSize, defaults.ApplicationName));
        Assert.Throws<CannotStartException>(() => Portal.Data.Databases.WithDefaults("Hots=db", "portal", 50));
    }

    private WebApplication App(string environment, params (string Key, string Value)[] settings)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { EnvironmentName = environment });
        builder.Configuration["Portal:DataDirectory"] = _folder.Path;
        foreach (var (key, value) in settings)
        {
            builder.Configuration[key] = value;
        }

        builder.Services.AddDatabases();
        return builder.Build();
    }

    private static async Task<string> WhoAsync(NpgsqlDataSource source)
    {
        await using var command = source.CreateCommand("SELECT current_user || ' ' || current_setting('search_path')");
        return $"{await command.ExecuteScalarAsync()} {command.CommandTimeout}";
    }
}
