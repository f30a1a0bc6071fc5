using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using Microsoft.Extensions.Options;
using Microsoft.Security.AntiSSRF;

namespace Portal.Webhooks;

/// <summary>Which addresses a webhook may lead to: public ones, and what the operator has opened.</summary>
public sealed class AddressPolicy
{
    // Everything outside is loopback, private, link-local, multicast, translated, or not given out yet.
    private static readonly IPNetwork GlobalUnicast = IPNetwork.Parse("2000::/3");

    private readonly IPNetwork[] _denied;
    private readonly IPNetwork[] _allowed;
    private readonly HashSet<Endpoint> _endpoints;
    private readonly HashSet<IPAddress> _own;

    public AddressPolicy(IOptions<WebhookOptions> options)
    {
        _denied = [.. IPAddressRanges.recommendedLatest.Concat(options.Value.DeniedNetworks).Select(IPNetwork.Parse)];
        _allowed = [.. options.Value.AllowedNetworks.Select(IPNetwork.Parse)];
        _endpoints = [.. options.Value.AllowedTargets.Select(Endpoint.Parse).OfType<Endpoint>()];
        _own = [.. NetworkInterface.GetAllNetworkInterfaces().SelectMany(card => card.GetIPProperties().UnicastAddresses).Select(own => Plain(own.Address))];
    }

    /// <summary>Whether the operator opened this very host and port, whatever its address.</summary>
    public bool IsOpened(string host, int port) => _endpoints.Contains(new Endpoint(Endpoint.Normal(host), port));

    public bool Allows(IPAddress address)
    {
        address = Plain(address);

        return Within(_allowed, address)
            || (!Within(_denied, address)
                && !_own.Contains(address)
                && (address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork || GlobalUnicast.Contains(address)));
    }

    private static bool Within(IPNetwork[] networks, IPAddress address)
    {
        foreach (var network in networks)
        {
            if (network.Contains(address))
            {
                return true;
            }
        }

        return false;
    }

    // An IPv4 address in IPv6 clothes is judged as what it is, and a zone changes nothing.
    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : new IPAddress(address.GetAddressBytes());
}

/// <summary>A host and port as the operator writes them.</summary>
public sealed record Endpoint(string Host, int Port)
{
    /// <summary>Null when it is not <c>host:port</c>.</summary>
    public static Endpoint? Parse(string text)
    {
        var colon = text.LastIndexOf(':');
        return colon > 0
            && int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and <= 65535
            && Uri.TryCreate($"http://{text}/", UriKind.Absolute, out var url) && url.UserInfo.Length == 0 && url.AbsolutePath == "/"
                ? new Endpoint(Normal(url.IdnHost), port)
                : null;
    }

    internal static string Normal(string host) => host.Trim('[', ']').ToLowerInvariant();
}
