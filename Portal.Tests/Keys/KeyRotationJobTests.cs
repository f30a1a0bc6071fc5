using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Portal.Audit;
using Portal.Chat;
using Portal.Jobs;
using Portal.Keys;
using Portal.Secrets;
using Portal.Tests.Api;
using Portal.Tests.Pages;

namespace Portal.Tests.Keys;

/// <summary>
/// A change of the master key, from the first replica that knows it to the day the old one is thrown away.
/// </summary>
[Trait("Speed", "slow")]
public sealed class KeyRotationJobTests : IAsyncLifetime
{
    private readonly string _newKey = Convert.ToBase64String(RandomNumberGenerator.GetBytes(MasterKey.Size));
    private readonly string _oldKey = PortalApp.MasterKey;
    private readonly PortalApp _portal = new();

    public ValueTask InitializeAsync() => _portal.InitializeAsync();

    public async ValueTask DisposeAsync() => await _portal.DisposeAsync();

    [Fact]
    public async Task After_a_change_of_keys_everything_is_sealed_anew_and_the_old_key_can_go()
    {
        await using var n8n = await N8n.StartAsync();
        var shop = await _portal.NewWidgetAsync(n8n.Url);
        var byHand = await _portal.SeedRowAsync(n8n.Url);
        await ExecuteAsync(
            "UPDATE widgets SET webhook_auth = 'header', webhook_auth_name = 'x-key', webhook_auth_secret = $2 WHERE id = $1",
            shop.Id,
            new SecretProtector(new(Key(_oldKey))).Seal(
                "the header's value",
                new("widgets", "webhook_auth_secret", shop.ClientId, shop.Id)
            )
        );
        var guest = _portal.Guest(shop);
        await guest.OpenAsync();
        var cookies = (await _portal.SignedInAsync(await _portal.NewOwnerAsync())).Cookies;

        await using (
            var rotated = await _portal.ReplicaAsync(("Portal:MasterKey", _newKey), ("Portal:OldMasterKeys:0", _oldKey))
        )
        {
            await rotated.With((KeyRotationJob resealing) => RunAsync(resealing));
            Assert.Empty(await rotated.With((KeyRotationJob resealing) => resealing.KeysStillNeededAsync(default)));
            Assert.Equal(0, await rotated.With((KeyRotationJob resealing) => RunAsync(resealing)));
            await AssertSignedInAsync(rotated.Holding(cookies));
        }

        var secrets = await TextsAsync(
            "SELECT widget_secret FROM widgets UNION ALL SELECT webhook_auth_secret FROM widgets WHERE webhook_auth_secret IS NOT NULL UNION ALL SELECT substring(xml from 'enc1[^<]+') FROM data_protection_keys"
        );
        Assert.True(secrets.Count >= 4);
        Assert.All(secrets, secret => Assert.StartsWith($"enc1.{Key(_newKey).Id}.", secret, StringComparison.Ordinal));

        // Without the old key, the visitor's conversation goes on, the call carries its header, and hand-written
        // secrets are the keys they were.
        await using var alone = await _portal.ReplicaAsync(("Portal:MasterKey", _newKey));
        await new Guest(alone.Http, shop.Id) { Token = guest.Token }.AskAsync("Still there?");
        Assert.Equal("the header's value", n8n.Headers["x-key"]);
        var hand = await alone.With((WidgetDirectory widgets) => widgets.FindAsync(byHand.Id, default).AsTask());
        Assert.Equal(SHA256.HashData("a secret of the old days"u8), hand!.Secret);
        await AssertSignedInAsync(alone.Holding(cookies));
    }

    [Fact]
    public async Task A_secret_that_does_not_open_stays_and_its_key_stays_needed()
    {
        var (ours, theirs) = (
            await _portal.NewWidgetAsync("https://n8n.example/x"),
            await _portal.NewWidgetAsync("https://n8n.example/x")
        );
        await ExecuteAsync(
            "UPDATE widgets SET widget_secret = (SELECT widget_secret FROM widgets WHERE id = $2) WHERE id = $1",
            ours.Id,
            theirs.Id
        );
        var copied = (await TextsAsync($"SELECT widget_secret FROM widgets WHERE id = '{ours.Id}'")).Single();

        await using var rotated = await _portal.ReplicaAsync(
            ("Portal:MasterKey", _newKey),
            ("Portal:OldMasterKeys:0", _oldKey)
        );
        await rotated.With((KeyRotationJob resealing) => RunAsync(resealing));

        Assert.Equal([copied], await TextsAsync($"SELECT widget_secret FROM widgets WHERE id = '{ours.Id}'"));
        Assert.Equal(
            [Key(_oldKey).Id],
            await rotated.With((KeyRotationJob resealing) => resealing.KeysStillNeededAsync(default))
        );
    }

    [Fact]
    public async Task Replicas_that_start_at_once_on_an_empty_database_share_one_key_for_cookies()
    {
        await ExecuteAsync("DELETE FROM data_protection_keys");

        var replicas = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => _portal.ReplicaAsync())));
        try
        {
            Assert.Single(await TextsAsync("SELECT friendly_name FROM data_protection_keys"));
            var user = await _portal.NewOwnerAsync();
            foreach (var replica in replicas)
            {
                var cookies = (await replica.SignedInAsync(user)).Cookies;
                foreach (var other in replicas)
                {
                    await AssertSignedInAsync(other.Holding(cookies));
                }
            }
        }
        finally
        {
            foreach (var replica in replicas)
            {
                await replica.DisposeAsync();
            }
        }
    }

    private static async Task AssertSignedInAsync(Visitor visitor)
    {
        await visitor.OpenAsync("/account");
        Assert.Equal("/account", visitor.Path);
    }

    private static MasterKey Key(string base64) => new(Convert.FromBase64String(base64));

    private static async Task<int> RunAsync(KeyRotationJob resealing)
    {
        var progress = new JobProgress();
        await resealing.RunAsync(progress, default);
        return progress.Items;
    }

    private NpgsqlDataSource Owner() =>
        NpgsqlDataSource.Create(_portal.Services.GetRequiredService<Portal.Data.Databases>().Strings.Owner!);

    private async Task ExecuteAsync(string sql, params object[] values)
    {
        await using var owner = Owner();
        await using var command = owner.CreateCommand(sql);
        foreach (var value in values)
        {
            command.Parameters.Add(new() { Value = value });
        }

        await command.ExecuteNonQueryAsync();
    }

    private async Task<List<string>> TextsAsync(string sql)
    {
        await using var owner = Owner();
        await using var command = owner.CreateCommand(sql);
        await using var rows = await command.ExecuteReaderAsync();
        var texts = new List<string>();
        while (await rows.ReadAsync())
        {
            texts.Add(rows.GetString(0));
        }

        return texts;
    }
}
