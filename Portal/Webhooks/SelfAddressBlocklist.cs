using System.Collections.Concurrent;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Microsoft.Extensions.Options;
using Npgsql;
using Portal.Data;

namespace Portal.Webhooks;

/// <summary>
/// The addresses of the portal itself and of its database, public or not: no webhook may lead there. Names are resolved
/// at startup and every few minutes, because addresses change.
/// </summary>
public sealed partial class SelfAddressBlocklist(
    IOptions<WebhookOptions> options,
    Databases databases,
    ResolveHost resolve,
    TimeProvider clock,
    ILogger<SelfAddressBlocklist> log
) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, IPAddress[]> _byName = new();
    private volatile HashSet<IPAddress> _all = [];

    public bool Contains(IPAddress address) => _all.Contains(address);

    /// <summary>The portal serves requests once it knows them.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await LookAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            await LookAsync(stoppingToken);
        }
    }

    internal async Task LookAsync(CancellationToken cancellationToken)
    {
        await Task.WhenAll(Names().Distinct().Select(name => LookAsync(name, cancellationToken)));
        var cards = NetworkInterface
            .GetAllNetworkInterfaces()
            .SelectMany(card => card.GetIPProperties().UnicastAddresses)
            .Select(own => own.Address);
        _all = [.. _byName.Values.SelectMany(addresses => addresses).Concat(cards).Select(AddressPolicy.Plain)];
    }

    private async Task LookAsync(string name, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(Patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            _byName[name] = IPAddress.TryParse(name, out var literal) ? [literal] : await resolve(name, either.Token);
        }
        catch (Exception error)
            when (!cancellationToken.IsCancellationRequested
                && error is SocketException or OperationCanceledException or ArgumentException
            )
        {
            // The last known addresses count until they are resolved again.
            NotFound(name, error.Message);
        }
    }

    private IEnumerable<string> Names()
    {
        if (options.Value.PublicUrl is { } portal)
        {
            yield return Endpoint.Normal(portal.IdnHost);
        }

        var strings = databases.Strings;
        foreach (
            var text in new[]
            {
                strings.Portal,
                strings.Accounts,
                strings.Journal,
                strings.Jobs,
                strings.Owner,
                strings.Listen,
                strings.Reports,
            }.Where(text => !string.IsNullOrWhiteSpace(text))
        )
        {
            // There may be several hosts, each with a port; a path is a socket of this machine.
            foreach (
                var host in (new NpgsqlConnectionStringBuilder(text).Host ?? "")
                    .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                    .Where(host => host[0] is not ('/' or '@'))
            )
            {
                yield return Endpoint.Parse(host)?.Host ?? Endpoint.Normal(host);
            }
        }
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "The addresses of {Name} could not be looked up, so webhooks are kept from those it had before, if any: {Why}"
    )]
    private partial void NotFound(string name, string why);
}
