using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Portal.Audit;
using Portal.Data;
using Portal.Hosting;
using Portal.Webhooks;

namespace Portal.Tests.Webhooks;

/// <summary>Webhooks that lead to public addresses of the operator's own.</summary>
public sealed class SelfAddressBlocklistTests : IAsyncDisposable
{
    private readonly FakeTimeProvider _clock = new();
    private readonly Dictionary<string, string[]> _names = new()
    {
        ["chat.example.com"] = ["8.8.4.4", "2606:4700::44"],
        ["db.example.com"] = ["8.8.4.5"],
        ["standby.example.com"] = ["8.8.4.6"],
    };
    private readonly List<ServiceProvider> _services = [];

    [Theory]
    [InlineData("8.8.4.4")]
    [InlineData("::ffff:8.8.4.4")]
    [InlineData("2606:4700::44")]
    [InlineData("8.8.4.5")]
    [InlineData("8.8.4.6")]
    [InlineData("8.8.4.7")]
    [InlineData("1.1.1.1")]
    [InlineData("1.0.0.200")]
    public async Task The_portals_and_its_databases_addresses_are_refused_although_they_are_public(string address)
    {
        var policy = await PolicyAsync();

        Assert.False(policy.Allows(IPAddress.Parse(address)));
        Assert.True(policy.IsPublic(IPAddress.Parse(address)));
        Assert.True(policy.Allows(IPAddress.Parse("8.8.4.9")));
    }

    [Fact]
    public async Task What_the_operator_opens_is_open_even_so() =>
        Assert.True(
            (await PolicyAsync(settings => settings.AllowedNetworks = ["8.8.4.4/32"])).Allows(
                IPAddress.Parse("8.8.4.4")
            )
        );

    [Fact]
    public async Task An_address_that_moves_is_found_again_and_one_that_cannot_be_looked_up_is_kept()
    {
        var policy = await PolicyAsync();
        _names["db.example.com"] = ["8.8.4.50"];
        _names.Remove("chat.example.com");

        await Timeouts.UntilAsync(() =>
        {
            _clock.Advance(TimeSpan.FromMinutes(5));
            return Task.FromResult(!policy.Allows(IPAddress.Parse("8.8.4.50")));
        });

        Assert.True(policy.Allows(IPAddress.Parse("8.8.4.5")));
        Assert.False(policy.Allows(IPAddress.Parse("8.8.4.4")));
    }

    [Fact]
    public async Task This_machines_own_cards_are_known()
    {
        await PolicyAsync();
        var own = _services[0].GetRequiredService<SelfAddressBlocklist>();

        var cards = NetworkInterface
            .GetAllNetworkInterfaces()
            .SelectMany(card => card.GetIPProperties().UnicastAddresses)
            .Select(card => card.Address)
            .ToList();
        Assert.NotEmpty(cards);
        Assert.All(cards, address => Assert.True(own.Contains(AddressPolicy.Plain(address)), $"{address}"));
    }

    [Fact]
    public async Task A_webhook_on_the_portals_own_address_is_not_called_whatever_its_name()
    {
        _names["n8n.example.com"] = ["8.8.4.4"];
        await PolicyAsync();

        var outcome = await _services[0]
            .GetRequiredService<WebhookClient>()
            .AskAsync(
                new(
                    Guid.CreateVersion7(),
                    Guid.CreateVersion7(),
                    "https://n8n.example.com/webhook/chat",
                    Portal.Model.WebhookAuth.None,
                    null,
                    null,
                    TimeSpan.FromSeconds(30)
                ),
                Caller.Question
            );

        Assert.Equal("blocked", Caller.Result(outcome));
    }

    [Fact]
    public async Task A_portal_on_a_bare_address_can_still_be_called_back()
    {
        await PolicyAsync();
        var urls = _services[0].GetRequiredService<WebhookUrl>();

        Assert.True(urls.IsPublic(new Uri("https://8.8.4.4")));
        Assert.NotNull(urls.Refusal("https://8.8.4.4/webhook/chat"));
        Assert.False(urls.IsPublic(new Uri("https://192.168.1.5")));
    }

    // The portal's own services; only names have other answers.
    private async Task<AddressPolicy> PolicyAsync(Action<WebhookOptions>? tune = null)
    {
        var services = new ServiceCollection()
            .AddLogging()
            .AddSingleton<Microsoft.Extensions.Configuration.IConfiguration>(
                new Microsoft.Extensions.Configuration.ConfigurationManager()
            )
            .AddSingleton<IHostEnvironment>(new HostingEnvironment { EnvironmentName = "Production" })
            .AddSingleton<TimeProvider>(_clock)
            .AddDatabases()
            .AddPortalOptions()
            .AddWebhooks()
            .AddSingleton<ResolveHost>(
                (name, _) =>
                    _names.TryGetValue(name, out var found)
                        ? Task.FromResult(found.Select(IPAddress.Parse).ToArray())
                        : throw new SocketException((int)SocketError.HostNotFound)
            )
            .Configure<PortalOptions>(portal => portal.PublicUrl = new("https://chat.example.com"))
            .Configure<WebhookOptions>(webhooks => webhooks.EgressAddresses = ["1.1.1.1", "1.0.0.0/24"])
            .PostConfigure<WebhookOptions>(webhooks => tune?.Invoke(webhooks))
            .PostConfigure<ConnectionStrings>(strings =>
            {
                (strings.Portal, strings.Accounts) = (
                    "Host=db.example.com,standby.example.com:5433;Username=portal_app",
                    "Host=/var/run/postgresql"
                );
                (strings.Journal, strings.Jobs) = ("Host=8.8.4.7", "Host=db.example.com");
            })
            .BuildServiceProvider();
        _services.Add(services);
        await services.GetRequiredService<Portal.Data.Databases>().StartAsync();
        await services.GetRequiredService<SelfAddressBlocklist>().StartAsync(default);
        return services.GetRequiredService<AddressPolicy>();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var services in _services)
        {
            await services.GetRequiredService<SelfAddressBlocklist>().StopAsync(default);
            await services.DisposeAsync();
        }
    }
}
