using System.Globalization;
using System.Net;
using Microsoft.Extensions.Options;
using Microsoft.Security.AntiSSRF;
using Portal.Hosting;

namespace Portal.Webhooks;

/// <summary>Which addresses a webhook may lead to: public ones, and those that the operator has allowed.</summary>
public sealed class AddressPolicy
{
    // Everything outside is loopback, private, link-local, multicast, translated, or not assigned yet.
    private static readonly IPNetwork GlobalUnicast = IPNetwork.Parse("2000::/3");

    private readonly IPNetwork[] _denied;
    private readonly IPNetwork[] _allowed;
    private readonly HashSet<Endpoint> _endpoints;
    private readonly IPNetwork[] _egress;
    private readonly SelfAddressBlocklist? _own;

    /// <param name="own">Null where there is no portal around.</param>
    public AddressPolicy(IOptions<WebhookOptions> options, SelfAddressBlocklist? own = null)
    {
        _denied = [.. IPAddressRanges.recommendedLatest.Concat(options.Value.DeniedNetworks).Select(IPNetwork.Parse)];
        _allowed = [.. options.Value.AllowedNetworks.Select(IPNetwork.Parse)];
        _endpoints = [.. options.Value.AllowedTargets.Select(Endpoint.Parse).OfType<Endpoint>()];
        _egress = [.. options.Value.EgressAddresses.Select(ProxyOptions.Network).OfType<IPNetwork>()];
        _own = own;
    }

    /// <summary>Whether the operator allowed this very host and port, whatever its address.</summary>
    public bool IsOpened(string host, int port) => _endpoints.Contains(new Endpoint(Endpoint.Normal(host), port));

    /// <summary>Whether a webhook may lead there.</summary>
    public bool Allows(IPAddress address)
    {
        address = Plain(address);
        return Within(_allowed, address)
            || (IsPublic(address) && !Within(_egress, address) && _own?.Contains(address) != true);
    }

    /// <summary>Whether the address is on the public internet, the operator's own included.</summary>
    public bool IsPublic(IPAddress address)
    {
        address = Plain(address);
        return !Within(_denied, address)
            && (
                address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork
                || GlobalUnicast.Contains(address)
            );
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

    // An IPv4 address inside an IPv6 one is judged as what it is, and a zone changes nothing.
    internal static IPAddress Plain(IPAddress address) =>
        address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : new IPAddress(address.GetAddressBytes());
}

/// <summary>A host and port in the operator's settings.</summary>
public sealed record Endpoint(string Host, int Port)
{
    /// <summary>Null when it is not <c>host:port</c>.</summary>
    public static Endpoint? Parse(string text)
    {
        var colon = text.LastIndexOf(':');
        return
            colon > 0
            && int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            && port is > 0 and <= 65535
            && Uri.TryCreate($"http://{text}/", UriKind.Absolute, out var url)
            && url.UserInfo.Length == 0
            && url.AbsolutePath == "/"
            ? new Endpoint(Normal(url.IdnHost), port)
            : null;
    }

    internal static string Normal(string host) => host.Trim('[', ']').ToLowerInvariant();
}
