using System.Net;
using Portal.Audit;
using Portal.Webhooks;

namespace Portal.Tests.Webhooks;

public sealed class GuardedHttpClientTests
{
    private static readonly IPAddress Loopback = IPAddress.Loopback;
    private static readonly IPAddress Public = IPAddress.Parse("8.8.8.8");

    [Fact]
    public async Task A_name_that_leads_inside_is_not_called()
    {
        await using var inside = Upstream.Saying("""{"output":"secrets of the house"}""");
        using var caller = CallerOf(inside, _ => [Loopback]);

        Assert.Equal("blocked", await caller.ResultAsync());
        Assert.Empty(inside.Requests);
    }

    [Fact]
    public async Task One_inside_address_among_public_ones_blocks_the_name()
    {
        await using var inside = Upstream.Saying("""{"output":"secrets of the house"}""");
        using var caller = CallerOf(inside, _ => [Public, Loopback]);

        Assert.Equal("blocked", await caller.ResultAsync());
    }

    [Fact]
    public async Task A_name_that_changes_its_mind_between_two_calls_is_blocked_at_the_second()
    {
        await using var n8n = new Upstream(async visit =>
        {
            await visit.ReadRequestAsync();
            await visit.WriteAsync(
                "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 15\r\n\r\n{\"output\":\"hi\"}"
            );
        });
        var answers = new Queue<IPAddress>([IPAddress.Parse("127.0.0.1"), IPAddress.Parse("127.0.0.2")]);
        using var caller = CallerOf(n8n, _ => [answers.Dequeue()], "127.0.0.1/32");

        Assert.Equal("hi", await caller.ResultAsync());
        Assert.Equal("blocked", await caller.ResultAsync());
    }

    [Fact]
    public async Task The_connection_goes_to_the_address_that_was_checked()
    {
        await using var n8n = Upstream.Saying("""{"output":"hi"}""");
        var asked = 0;
        using var caller = CallerOf(
            n8n,
            _ =>
            {
                asked++;
                return [Loopback];
            },
            "127.0.0.0/8"
        );

        Assert.Equal("hi", await caller.ResultAsync());
        Assert.Equal(1, asked);
        Assert.Equal($"n8n.example.com:{n8n.Port}", n8n.Requests.Single().Headers["Host"]);
    }

    [Fact]
    public async Task What_was_blocked_does_not_tell_what_is_there()
    {
        await using var open = Upstream.Saying("ok");
        using var toOpen = CallerOf(open, _ => [Loopback]);
        using var nobody = HeldPort.Take();
        using var toClosed = CallerOf(open, _ => [Loopback], port: nobody.Number);
        using var toMetadata = CallerOf(open, _ => [IPAddress.Parse("169.254.169.254")]);

        var details = new[]
        {
            await toOpen.AskAsync(),
            await toClosed.AskAsync(),
            await toMetadata.AskAsync(),
        }.Cast<WebhookOutcome.Failed>();
        Assert.Equal(
            "The address is not on the public internet.",
            Assert.Single(details.Select(failed => failed.Detail).Distinct())
        );
    }

    [Fact]
    public async Task An_address_saved_under_other_rules_is_not_called()
    {
        await using var inside = Upstream.Saying("secrets");
        using var caller = new Caller();
        caller.Target = caller.Target with { Url = inside.Url };

        Assert.Equal("blocked", await caller.ResultAsync());
        Assert.Empty(inside.Requests);
    }

    [Fact]
    public async Task A_proxy_in_the_environment_is_not_used()
    {
        await using var proxy = Upstream.Saying("""{"output":"from the proxy"}""");
        await using var n8n = Upstream.Saying("""{"output":"from n8n"}""");
        var before = HttpClient.DefaultProxy;
        HttpClient.DefaultProxy = new ProxyFor(n8n.Port, new Uri($"http://127.0.0.1:{proxy.Port}"));
        try
        {
            using var caller = new Caller(n8n);

            Assert.Equal("from n8n", await caller.ResultAsync());
            Assert.Empty(proxy.Requests);
        }
        finally
        {
            HttpClient.DefaultProxy = before;
        }
    }

    // What http_proxy in the environment does, for one port, since other tests run beside this one.
    private sealed class ProxyFor(int port, Uri proxy) : IWebProxy
    {
        public ICredentials? Credentials { get; set; }

        public Uri? GetProxy(Uri destination) => destination.Port == port ? proxy : null;

        public bool IsBypassed(Uri host) => host.Port != port;
    }

    [Fact]
    public async Task A_name_server_that_never_answers_costs_the_connect_timeout_and_no_more()
    {
        using var caller = new Caller(
            settings => settings.ConnectTimeout = TimeSpan.FromMilliseconds(50),
            resolve: async (_, cancellationToken) =>
            {
                await Task.Delay(Timeout.Infinite, cancellationToken);
                return [];
            }
        );

        Assert.Equal("unreachable", await caller.ResultAsync());
    }

    [Fact]
    public async Task A_name_without_addresses_is_unreachable()
    {
        using var caller = new Caller(resolve: (_, _) => Task.FromResult<IPAddress[]>([]));

        Assert.Equal("unreachable", await caller.ResultAsync());
    }

    // A public name, on the server's port and over http, so that nothing but its address can be wrong with it.
    private static Caller CallerOf(
        Upstream upstream,
        Func<string, IPAddress[]> resolve,
        string? openNetwork = null,
        int? port = null
    )
    {
        var caller = new Caller(
            settings =>
            {
                settings.AllowHttp = true;
                settings.AllowedPorts = [port ?? upstream.Port];
                settings.AllowedNetworks = openNetwork is null ? [] : [openNetwork];
            },
            resolve: (host, _) => Task.FromResult(resolve(host))
        );
        caller.Target = caller.Target with { Url = $"http://n8n.example.com:{port ?? upstream.Port}/webhook/shop" };
        return caller;
    }
}
