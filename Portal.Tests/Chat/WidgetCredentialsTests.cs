using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Portal.Audit;
using Portal.Chat;
using Portal.Model;
using Portal.Tests.Api;
using Portal.Webhooks;

namespace Portal.Tests.Chat;

public sealed class WidgetCredentialsTests(SharedPortal portal) : IClassFixture<SharedPortal.Running>, IAsyncLifetime
{
    private N8n _n8n = null!;

    private WidgetCredentials Credentials => portal.Services.GetRequiredService<WidgetCredentials>();

    public async ValueTask InitializeAsync() => _n8n = await N8n.StartAsync();

    public async ValueTask DisposeAsync() => await _n8n.DisposeAsync();

    [Fact]
    public async Task A_key_is_replaced_by_overlap_and_no_call_goes_unsigned()
    {
        var shop = await portal.NewWidgetAsync(_n8n.Url);
        var old = await ChangeAsync(shop, widget =>
        {
            Credentials.Sign(widget);
            return Credentials.PublicKey(widget)!;
        });
        Assert.StartsWith("-----BEGIN PUBLIC KEY-----", old, StringComparison.Ordinal);
        Assert.True(IsSignedWith(old, await CallAsync(shop)));

        var next = await ChangeAsync(shop, widget =>
        {
            Credentials.MakeNextKey(widget);
            return Credentials.NextPublicKey(widget)!;
        });
        Assert.NotEqual(old, next);
        Assert.True(IsSignedWith(old, await CallAsync(shop)));

        var target = await ChangeAsync(shop, widget => Credentials.Target(widget, withNextKey: true));
        await portal.Services.GetRequiredService<WebhookClient>().AskAsync(target, Webhooks.Caller.Question);
        Assert.True(IsSignedWith(next, _n8n.Headers["Authorization"]));

        Assert.True(await ChangeAsync(shop, Credentials.SwitchToNextKey));
        Assert.True(IsSignedWith(next, await CallAsync(shop)));
        Assert.False(await ChangeAsync(shop, Credentials.SwitchToNextKey));
        Assert.Null(await ChangeAsync(shop, Credentials.NextPublicKey));
        Assert.Equal(next, await ChangeAsync(shop, Credentials.PublicKey));
    }

    [Fact]
    public async Task A_header_or_a_password_goes_along_and_lies_sealed()
    {
        var shop = await portal.NewWidgetAsync(_n8n.Url);

        Assert.Null(await ChangeAsync(shop, widget => Credentials.SendHeader(widget, "X-Portal-Key", "canary-header")));
        await CallAsync(shop);
        Assert.Equal("canary-header", _n8n.Headers["X-Portal-Key"]);
        Assert.DoesNotContain(
            "canary-header",
            await ChangeAsync(shop, widget => widget.WebhookAuthSecret!),
            StringComparison.Ordinal
        );

        Assert.Null(await ChangeAsync(shop, widget => Credentials.SendPassword(widget, "portal", "canary-password")));
        Assert.Equal("Basic " + Convert.ToBase64String("portal:canary-password"u8), await CallAsync(shop));
        Assert.DoesNotContain("X-Portal-Key", _n8n.Headers.Keys);

        await ChangeAsync(shop, widget =>
        {
            Credentials.CallOpenly(widget);
            return 0;
        });
        await CallAsync(shop);
        Assert.DoesNotContain("Authorization", _n8n.Headers.Keys);
    }

    [Theory]
    [InlineData("Host", "a")]
    [InlineData("X Key", "a")]
    [InlineData("", "a")]
    [InlineData("X-Key", " ")]
    [InlineData("X-Key", "two\nlines")]
    public async Task A_header_that_cannot_be_sent_is_not_taken(string name, string value)
    {
        var shop = await portal.NewWidgetAsync(_n8n.Url);

        Assert.EndsWith(".", await ChangeAsync(shop, widget => Credentials.SendHeader(widget, name, value)));
        Assert.Equal(WebhookAuth.None, await ChangeAsync(shop, widget => widget.WebhookAuth));
    }

    private Task<T> ChangeAsync<T>(Shop shop, Func<Widget, T> change) => portal.As(shop.ClientId, async db =>
        {
            var widget = await db.Widgets.SingleAsync(w => w.Id == shop.Id);
            var result = change(widget);
            await db.SaveChangesAsync();
            return result;
        });

    // The change is known once its signal has come.
    private async Task<string> CallAsync(Shop shop)
    {
        var directory = portal.Services.GetRequiredService<WidgetDirectory>();
        var row = await ChangeAsync(shop, widget => Credentials.Target(widget));
        await Timeouts.UntilAsync(async () => (await directory.FindAsync(shop.Id, default))!.Target == row);

        await (await portal.Guest(shop).OpenAsync()).AskAsync("Hello?");
        return _n8n.Headers.GetValueOrDefault("Authorization", "");
    }

    private static bool IsSignedWith(string publicPem, string authorization)
    {
        var parts = authorization.Split(' ')[1].Split('.');
        using var key = ECDsa.Create();
        key.ImportFromPem(publicPem);
        return key.VerifyData(
            Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"),
            Base64Url.DecodeFromChars(parts[2]),
            HashAlgorithmName.SHA256
        );
    }
}
