using System.Net;
using System.Net.Http.Json;
using Portal.Audit;

namespace Portal.Tests.Api;

public sealed class LimitsTests(SharedPortal portal) : IClassFixture<SharedPortal.Running>, IAsyncLifetime
{
    private N8n _n8n = null!;

    public async ValueTask InitializeAsync() => _n8n = await N8n.StartAsync();

    public async ValueTask DisposeAsync() => await _n8n.DisposeAsync();

    [Fact]
    public async Task A_visitor_who_asks_too_often_is_told_when_to_come_again_and_others_are_not_held_up()
    {
        await using var limited = Limited(("MessagesPerMinuteAndSession", "2"));
        var shop = await portal.NewWidgetAsync(_n8n.Url);
        var (eager, calm) = (
            await new Guest(limited.Http, shop.Id).OpenAsync(),
            await new Guest(limited.Http, shop.Id).OpenAsync()
        );

        await eager.AskAsync("One?");
        await eager.AskAsync("Two?");
        var refused = await eager.TryAskAsync("Three?");

        Assert.Equal(
            (HttpStatusCode.TooManyRequests, "rate_limited"),
            (refused.StatusCode, await Guest.CodeAsync(refused))
        );
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 60);
        Assert.Contains(
            "Retry-After",
            refused.Headers.GetValues("Access-Control-Expose-Headers").Single(),
            StringComparison.Ordinal
        );
        Assert.Equal(2, _n8n.Asked.Count);
        await calm.AskAsync("May I?");
    }

    [Fact]
    public async Task One_widgets_rush_is_not_anothers()
    {
        await using var limited = Limited(("MessagesPerMinuteAndWidget", "1"));
        var (busy, quiet) = (await portal.NewWidgetAsync(_n8n.Url), await portal.NewWidgetAsync(_n8n.Url));

        await (await new Guest(limited.Http, busy.Id).OpenAsync()).AskAsync("One?");
        Assert.Equal(
            "rate_limited",
            await Guest.CodeAsync(await (await new Guest(limited.Http, busy.Id).OpenAsync()).TryAskAsync("Two?"))
        );
        await (await new Guest(limited.Http, quiet.Id).OpenAsync()).AskAsync("Three?");
    }

    [Fact]
    public async Task Who_claims_another_address_is_counted_as_who_they_are()
    {
        await using var limited = Limited(("SessionsPerMinuteAndAddress", "2"));
        var shop = await portal.NewWidgetAsync(_n8n.Url);

        Assert.Equal("200 200 429", await OpenAsync(limited, shop, "203.0.113.1", "203.0.113.2", "203.0.113.3"));
    }

    [Fact]
    public async Task A_known_proxy_is_believed_who_calls_and_only_what_it_wrote_itself()
    {
        await using var limited = Limited(
            ("SessionsPerMinuteAndAddress", "1"),
            ("../Proxies:0", "127.0.0.0/8"),
            ("../Proxies:1", "::1")
        );
        var shop = await portal.NewWidgetAsync(_n8n.Url);

        Assert.Equal("200 200 429", await OpenAsync(limited, shop, "203.0.113.1", "203.0.113.2", "203.0.113.2"));
        // What stood there before the proxy added its own is the caller's invention.
        Assert.Equal(
            "429 429",
            await OpenAsync(limited, shop, "198.51.100.7, 203.0.113.1", "198.51.100.8, 203.0.113.1")
        );
        // Who has one address of a /64 has them all.
        Assert.Equal(
            "200 429 200",
            await OpenAsync(limited, shop, "2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:3::1")
        );
    }

    [Fact]
    public async Task Of_several_proxies_in_a_row_each_is_passed_and_none_is_taken_for_the_visitor()
    {
        await using var limited = Limited(
            ("SessionsPerMinuteAndAddress", "1"),
            ("../Proxies:0", "127.0.0.0/8"),
            ("../Proxies:1", "::1"),
            ("../Proxies:2", "10.0.0.0/24"),
            ("../ProxyHops", "2")
        );
        var shop = await portal.NewWidgetAsync(_n8n.Url);

        Assert.Equal(
            "200 200 429",
            await OpenAsync(limited, shop, "203.0.113.1, 10.0.0.5", "203.0.113.2, 10.0.0.5", "203.0.113.2, 10.0.0.6")
        );
        Assert.Equal("429", await OpenAsync(limited, shop, "198.51.100.7, 203.0.113.1, 10.0.0.5"));
        // Not one of the named proxies: what it says about others is worth nothing.
        Assert.Equal("200 429", await OpenAsync(limited, shop, "203.0.113.3, 192.0.2.9", "203.0.113.4, 192.0.2.9"));
    }

    [Fact]
    public async Task All_visitors_behind_one_address_ask_so_often_in_a_minute_and_whose_address_is_another_is_not_held_up()
    {
        await using var limited = Limited(
            ("MessagesPerMinuteAndAddress", "2"),
            ("../Proxies:0", "127.0.0.0/8"),
            ("../Proxies:1", "::1")
        );
        var shop = await portal.NewWidgetAsync(_n8n.Url);
        var guests = await Task.WhenAll(
            Enumerable.Range(0, 3).Select(_ => new Guest(limited.Http, shop.Id).OpenAsync())
        );

        await guests[0].AskAsync("One?");
        await guests[1].AskAsync("Two?");
        using var third = await guests[2].TryAskAsync("Three?");

        Assert.Equal("rate_limited", await Guest.CodeAsync(third));
        Assert.InRange(third.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 30);
        using var elsewhere = new HttpClient { BaseAddress = limited.Http.BaseAddress };
        elsewhere.DefaultRequestHeaders.Add("X-Forwarded-For", "203.0.113.1");
        await new Guest(elsewhere, shop.Id) { Token = guests[2].Token }.AskAsync("Three?");
    }

    [Fact]
    public async Task An_hour_has_limits_too_for_what_one_visitor_asks_and_for_how_many_come_from_one_address()
    {
        await using var limited = Limited(("MessagesPerHourAndSession", "2"), ("SessionsPerHourAndAddress", "3"));
        var shop = await portal.NewWidgetAsync(_n8n.Url);
        var guest = await new Guest(limited.Http, shop.Id).OpenAsync();

        await guest.AskAsync("One?");
        await guest.AskAsync("Two?");
        using var third = await guest.TryAskAsync("Three?");
        await (await new Guest(limited.Http, shop.Id).OpenAsync()).AskAsync("May I?");
        await new Guest(limited.Http, shop.Id).OpenAsync();
        using var fourth = await new Guest(limited.Http, shop.Id).SendAsync(HttpMethod.Post, "sessions", new { });

        // In minutes, as an hour's limit fills.
        Assert.Equal("rate_limited", await Guest.CodeAsync(third));
        Assert.InRange(third.Headers.RetryAfter!.Delta!.Value.TotalMinutes, 29, 30);
        Assert.Equal("rate_limited", await Guest.CodeAsync(fourth));
        Assert.InRange(fourth.Headers.RetryAfter!.Delta!.Value.TotalMinutes, 19, 20);
    }

    [Fact]
    public async Task Callbacks_are_limited_too()
    {
        await using var limited = Limited(("CallbacksPerMinuteAndAddress", "1"));
        var address = $"/api/callbacks/{new string('A', 43)}";

        Assert.Equal(
            "callback_not_found",
            await Guest.CodeAsync(await limited.Http.PostAsJsonAsync(address, new { output = "Guess." }))
        );
        Assert.Equal(
            "rate_limited",
            await Guest.CodeAsync(await limited.Http.PostAsJsonAsync(address, new { output = "Guess." }))
        );
    }

    private Replica Limited(params (string Key, string Value)[] limits) =>
        Replica.Of(
            portal,
            [
                ("Portal:Limits:Off", "false"),
                .. limits.Select(limit =>
                    ($"Portal:Limits:{limit.Key}".Replace("Limits:../", "", StringComparison.Ordinal), limit.Value)
                ),
            ]
        );

    private static async Task<string> OpenAsync(Replica portal, Shop shop, params string[] addresses)
    {
        var statuses = new List<int>();
        foreach (var address in addresses)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/widgets/{shop.Id}/sessions")
            {
                Content = JsonContent.Create(new { }),
            };
            request.Headers.Add("Origin", "https://shop.example");
            request.Headers.Add("X-Forwarded-For", address);
            statuses.Add((int)(await portal.Http.SendAsync(request)).StatusCode);
        }

        return string.Join(' ', statuses);
    }
}
