using System.Collections.Concurrent;
using System.Net;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using Portal.Accounts;
using Portal.Audit;
using Portal.Keys;
using Portal.Model;
using Portal.Secrets;
using Portal.Tests.Api;
using Portal.Tests.Pages;
using Portal.Web;
using Portal.Webhooks;

namespace Portal.Tests.Sweep;

/// <summary>
/// Known secrets are planted, every endpoint is called, and then the secrets are looked for
/// in each answer, each line of the log at its most talkative, and each cell of the database.
/// </summary>
[Trait("Speed", "slow")]
public sealed partial class SecretsTests : IAsyncLifetime
{
    private readonly Lines _log = new();
    private readonly Dictionary<string, string> _secrets = [];
    private PortalApp _portal = null!;
    private N8n _n8n = null!;

    public async ValueTask InitializeAsync()
    {
        _portal = new PortalApp { Log = _log };
        await _portal.InitializeAsync();
        _n8n = await N8n.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _portal.DisposeAsync();
        await _n8n.DisposeAsync();
    }

    [Fact]
    public async Task No_secret_stands_in_the_clear_anywhere()
    {
        var leaks = new List<string>();
        var signing = CallKey.Create();
        _secrets["signing key"] = PemBody().Match(signing).Value;
        _secrets["header's value"] = $"header-{Guid.NewGuid():N}";
        _secrets["password"] = $"password {Guid.NewGuid():N}";

        // A person who signs in with a password, forgets it and gets a link.
        var world = await World.NewAsync(_portal, []);
        var user = await _portal.NewUserAsync(world.Shop.ClientId);
        await _portal.With(
            async (UserManager<User> users) =>
            {
                var same = (await users.FindByIdAsync(user.Id.ToString()))!;
                return await users.ResetPasswordAsync(
                    same,
                    await users.GeneratePasswordResetTokenAsync(same),
                    _secrets["password"]
                );
            }
        );
        var signedIn = await _portal.SigningInAsync(user.Email!, _secrets["password"]);
        Assert.NotEqual(AccessPolicies.SignInPath, signedIn.Path);
        _secrets["session cookie"] = signedIn.Cookies["portal"]!.Value;
        var link = await _portal.With(
            async (PasswordLinks links) => await links.ToMailAsync(await _portal.FindAsync(user))
        );
        _secrets["reset token"] = System.Web.HttpUtility.ParseQueryString(link.Query)["t"]!;
        var reset = _portal.SignedOut();
        await reset.OpenAsync(link.PathAndQuery);
        Assert.Equal(HttpStatusCode.OK, reset.Status);

        // Widgets that call n8n with each kind of credential, and visitors of theirs.
        foreach (var (auth, secret) in new[] { ("signed", signing), ("header", _secrets["header's value"]) })
        {
            var shop = auth == "signed" ? world.Shop : await _portal.NewWidgetAsync(_n8n.Url);
            await ConnectAsync(shop, auth, secret);
            _secrets[$"widget secret ({auth})"] = await WidgetSecretAsync(shop);
            var guest = await _portal.Guest(shop).OpenAsync();
            await guest.AskAsync("Hello");
            _secrets[$"visitor's token ({auth})"] = guest.Token!;
            _secrets[$"call's header ({auth})"] =
                auth == "signed" ? _n8n.Headers["authorization"]["Bearer ".Length..] : _secrets["header's value"];
            _n8n.Workflow = (_, _) => throw new InvalidOperationException("the workflow broke");
            await guest.TryAskAsync("And now?");
            _n8n.Workflow = async (context, _) => await context.Response.WriteAsJsonAsync(new { output = "Hi" });
        }

        // Everything that can be asked, by those who may see the most.
        foreach (var row in Row.All.Where(row => row.Route != "/account/sign-out"))
        {
            var things = await World.NewAsync(_portal, row.Things);
            await ConnectAsync(things.Shop, "header", _secrets["header's value"]);
            foreach (var caller in new[] { "owner", "admin" })
            {
                var visitor = await things.CallerAsync(caller);
                await visitor.AskAsync(row.With(things.Things));
                var answer =
                    $"{visitor.Body}\n{string.Join('\n', visitor.Response.Headers.Select(header => $"{header.Key}: {string.Join(' ', header.Value)}"))}";
                leaks.AddRange(Found(answer).Select(secret => $"{secret} in the answer to {caller}'s {row}"));
            }
        }

        leaks.AddRange(_log.Said.SelectMany(line => Found(line).Select(secret => $"{secret} in the log: {line}")));
        leaks.AddRange(await InDatabaseAsync());
        Assert.Equal("", string.Join('\n', leaks.Distinct().Take(20)));
        Assert.True(_log.Said.Count > 1000, "The log was not listened to.");
    }

    [Fact]
    public async Task Every_column_with_a_sealed_secret_is_known_to_the_job_that_seals_anew()
    {
        var known = KeyRotationJob
            .Columns.Select(column => $"{column.Table}.{column.Column}")
            .Concat(["data_protection_keys.xml", "master_key_checks.canary"]);
        var shop = await _portal.NewWidgetAsync(_n8n.Url);
        await ConnectAsync(shop, "header", "x");

        var found = new List<string>();
        await foreach (var (table, column, text) in CellsAsync())
        {
            if (text.Contains("enc1.", StringComparison.Ordinal))
            {
                found.Add($"{table}.{column}");
            }
        }

        Assert.Contains("widgets.webhook_auth_secret", found);
        Assert.Empty(found.Except(known));
    }

    private IEnumerable<string> Found(string text) =>
        _secrets.Where(secret => text.Contains(secret.Value, StringComparison.Ordinal)).Select(secret => secret.Key);

    private async Task ConnectAsync(Shop shop, string auth, string secret)
    {
        var sealedSecret = _portal
            .Services.GetRequiredService<SecretProtector>()
            .Seal(secret, new("widgets", "webhook_auth_secret", shop.ClientId, shop.Id));
        await using var command = _portal
            .Services.GetRequiredService<Portal.Data.Databases>()
            .Jobs.CreateCommand(
                $"UPDATE widgets SET webhook_url = $2, webhook_auth = '{auth}', webhook_auth_name = 'x-key', webhook_auth_secret = $3 WHERE id = $1"
            );
        command.Parameters.Add(new() { Value = shop.Id });
        command.Parameters.Add(new() { Value = _n8n.Url });
        command.Parameters.Add(new() { Value = sealedSecret });
        Assert.Equal(1, await command.ExecuteNonQueryAsync());
    }

    private async Task<string> WidgetSecretAsync(Shop shop)
    {
        await using var command = _portal
            .Services.GetRequiredService<Portal.Data.Databases>()
            .Jobs.CreateCommand($"SELECT widget_secret FROM widgets WHERE id = '{shop.Id}'");
        return _portal
            .Services.GetRequiredService<SecretProtector>()
            .Open(
                (string)(await command.ExecuteScalarAsync())!,
                new("widgets", "widget_secret", shop.ClientId, shop.Id)
            );
    }

    private async Task<List<string>> InDatabaseAsync()
    {
        var leaks = new List<string>();
        await foreach (var (table, column, text) in CellsAsync())
        {
            leaks.AddRange(Found(text).Select(secret => $"{secret} in {table}.{column}"));
        }

        return leaks;
    }

    private async IAsyncEnumerable<(string Table, string Column, string Text)> CellsAsync()
    {
        await using var owner = NpgsqlDataSource.Create(
            _portal.Services.GetRequiredService<Portal.Data.Databases>().Strings.Owner!
        );
        var columns = new List<(string Table, string Column)>();
        await using (
            var ask = owner.CreateCommand(
                "SELECT c.table_name, c.column_name FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name) WHERE table_schema = 'public' AND t.table_type = 'BASE TABLE'"
            )
        )
        await using (var rows = await ask.ExecuteReaderAsync())
        {
            while (await rows.ReadAsync())
            {
                columns.Add((rows.GetString(0), rows.GetString(1)));
            }
        }

        foreach (var (table, column) in columns)
        {
            await using var read = owner.CreateCommand(
                $"SELECT CASE WHEN pg_typeof({column}) = 'bytea'::regtype THEN encode({column}::text::bytea, 'escape') ELSE {column}::text END FROM {table} WHERE {column} IS NOT NULL"
            );
            await using var cells = await read.ExecuteReaderAsync();
            while (await cells.ReadAsync())
            {
                yield return (table, column, cells.GetString(0));
            }
        }
    }

    [GeneratedRegex(@"^[A-Za-z0-9+/=]{40,}$", RegexOptions.Multiline | RegexOptions.NonBacktracking)]
    private static partial Regex PemBody();

    /// <summary>Everything that is logged, from Debug up, scopes and exceptions included.</summary>
    private sealed class Lines : ILoggerProvider, ILogger
    {
        public ConcurrentBag<string> Said { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
        {
            Said.Add($"{state}");
            return null;
        }

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        ) => Said.Add($"{formatter(state, exception)} {exception}");

        public void Dispose() { }
    }
}
