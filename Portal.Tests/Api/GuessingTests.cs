using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Portal.Audit;
using Portal.Chat;
using Portal.Data;

namespace Portal.Tests.Api;

/// <summary>Who makes up ids and tokens, and who only looks, and what both may cost.</summary>
public sealed class GuessingTests(SharedPortal portal) : IClassFixture<SharedPortal.Running>, IAsyncLifetime
{
    private N8n _n8n = null!;

    public async ValueTask InitializeAsync() => _n8n = await N8n.StartAsync();

    public async ValueTask DisposeAsync() => await _n8n.DisposeAsync();

    [Fact]
    public async Task Who_guesses_widgets_is_soon_refused_without_a_look_and_who_talks_behind_the_same_address_goes_on()
    {
        var (shop, fresh) = (await portal.NewWidgetAsync(_n8n.Url), await portal.NewWidgetAsync(_n8n.Url));
        await using var limited = await LimitedAsync(("MissesPerMinuteAndAddress", "2"));
        var guest = await limited.Guest(shop).OpenAsync();

        Assert.Equal("widget_not_found", await GuessAsync(limited, HttpMethod.Get, "config"));
        Assert.Equal("widget_not_found", await GuessAsync(limited, HttpMethod.Post, "sessions"));
        Assert.Equal("rate_limited", await GuessAsync(limited, HttpMethod.Get, "config"));

        using var picture = await new Guest(limited.Http, Guid.CreateVersion7()).SendAsync(
            HttpMethod.Get,
            $"images/{new string('0', 64)}.webp"
        );
        Assert.Equal(HttpStatusCode.TooManyRequests, picture.StatusCode);
        Assert.InRange(picture.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 60);
        // It is there, but nobody has asked for it yet: to find that out would cost the look.
        Assert.Equal(
            "rate_limited",
            await Guest.CodeAsync(await limited.Guest(fresh).SendAsync(HttpMethod.Get, "config"))
        );
        Assert.Equal("You asked: Me too?", (await guest.AskAsync("Me too?")).GetProperty("response").GetString());
        guest.Token += "x";
        Assert.Equal("rate_limited", await Guest.CodeAsync(await guest.TryAskAsync("With a made-up token?")));
    }

    [Fact]
    public async Task Who_makes_up_tokens_is_told_so_a_few_times_and_then_to_come_again()
    {
        await using var limited = await LimitedAsync(("MissesPerMinuteAndAddress", "2"));
        var guest = limited.Guest(await portal.NewWidgetAsync(_n8n.Url));
        guest.Token = "vs1.AAAA.AAAA";

        Assert.Equal("session_required", await Guest.CodeAsync(await guest.TryAskAsync("One?")));
        Assert.Equal("session_required", await Guest.CodeAsync(await guest.SendAsync(HttpMethod.Get, "messages")));
        Assert.Equal("rate_limited", await Guest.CodeAsync(await guest.SendAsync(HttpMethod.Delete, "session")));
    }

    [Fact]
    public async Task Configs_and_pictures_have_a_limit_of_their_own()
    {
        await using var limited = await LimitedAsync(("LooksPerMinuteAndAddress", "2"));
        var guest = limited.Guest(await portal.NewWidgetAsync(_n8n.Url));

        Assert.Equal(HttpStatusCode.OK, (await guest.SendAsync(HttpMethod.Get, "config")).StatusCode);
        Assert.Equal(
            HttpStatusCode.NotFound,
            (await guest.SendAsync(HttpMethod.Get, $"images/{new string('0', 64)}.webp")).StatusCode
        );
        Assert.Equal("rate_limited", await Guest.CodeAsync(await guest.SendAsync(HttpMethod.Get, "config")));
        Assert.Equal(
            HttpStatusCode.TooManyRequests,
            (await guest.SendAsync(HttpMethod.Get, $"images/{new string('0', 64)}.webp")).StatusCode
        );
        await (await guest.OpenAsync()).AskAsync("May I still ask?");
    }

    [Fact]
    public async Task Made_up_ids_push_no_widget_out_of_memory()
    {
        var services = portal.Services;
        using var directory = new WidgetDirectory(
            services.GetRequiredService<TenantScope>(),
            services.GetRequiredService<WidgetSecrets>(),
            services.GetRequiredService<Signals>(),
            TimeProvider.System,
            widgets: 4,
            unknown: 4
        );
        var shops = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => portal.NewWidgetAsync(_n8n.Url)));
        await HeardAsync();
        foreach (var shop in shops)
        {
            Assert.NotNull(await directory.FindAsync(shop.Id, default));
        }

        for (var i = 0; i < 50; i++)
        {
            Assert.Null(await directory.FindAsync(Guid.CreateVersion7(), default));
        }

        Assert.All(shops, shop => Assert.True(directory.Knows(shop.Id)));
    }

    // A widget that has just been made is forgotten once, when the signal of it comes.
    private async Task HeardAsync()
    {
        var (signals, marker, heard) = (
            portal.Services.GetRequiredService<Signals>(),
            Guid.CreateVersion7().ToString(),
            new TaskCompletionSource()
        );
        await ListeningAsync(portal);
        using var hearing = signals.Subscribe(Signals.Widgets, id =>
        {
            if (id == marker)
            {
                heard.TrySetResult();
            }
        });
        await signals.SendAsync(Signals.Widgets, marker, default);
        await heard.Task.Patiently();
    }

    private async Task<PortalApp> LimitedAsync((string Key, string Value) limit)
    {
        var limited = await portal.ReplicaAsync(
            ("Portal:Limits:Off", "false"),
            ($"Portal:Limits:{limit.Key}", limit.Value)
        );
        await ListeningAsync(limited);
        return limited;
    }

    private static Task ListeningAsync(PortalApp portal) =>
        Timeouts.UntilAsync(() => Task.FromResult(portal.Services.GetRequiredService<Signals>().IsListening));

    private static async Task<string?> GuessAsync(PortalApp portal, HttpMethod method, string path) =>
        await Guest.CodeAsync(
            await new Guest(portal.Http, Guid.CreateVersion7()).SendAsync(
                method,
                path,
                method == HttpMethod.Post ? new { } : null
            )
        );
}
