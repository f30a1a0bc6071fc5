using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Options;

namespace Portal.Webhooks;

/// <summary>Resolves a host name.</summary>
public delegate Task<IPAddress[]> ResolveHost(string host, CancellationToken cancellationToken);

/// <summary>
/// The only outgoing HTTP of the portal. Addresses come from strangers, so each is checked when the connection is made,
/// and the connection goes to the very address that was checked: DNS rebinding gains nothing.
/// </summary>
public sealed class GuardedHttpClient : IDisposable
{
    private readonly AddressPolicy _addresses;
    private readonly ResolveHost _resolve;
    private readonly HttpMessageInvoker _http;

    // Only AntiSSRF's address list is used, not its handler: that one has no resolver to test rebinding with, and its
    // exceptions for the operator are networks only, not an exact host and port.
    public GuardedHttpClient(IOptions<WebhookOptions> options, AddressPolicy addresses, ResolveHost resolve)
    {
        _addresses = addresses;
        _resolve = resolve;
        // Not HttpClient, whose timeout would end at the headers: callers set a deadline for the whole exchange.
        _http = new HttpMessageInvoker(
            new SocketsHttpHandler
            {
                ConnectCallback = ConnectAsync,
                // Behind a proxy the callback would see, and check, only the proxy.
                UseProxy = false,
                AllowAutoRedirect = false,
                UseCookies = false,
                AutomaticDecompression = DecompressionMethods.None,
                ConnectTimeout = options.Value.ConnectTimeout,
                PooledConnectionLifetime = options.Value.ConnectionLifetime,
                PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
                MaxResponseHeadersLength = options.Value.MaxHeaderKilobytes,
                // Whatever is unread when we stop reading is dropped with its connection.
                MaxResponseDrainSize = 0,
                RequestHeaderEncodingSelector = (_, _) => Encoding.UTF8,
            }
        );
    }

    /// <summary>
    /// Returns when the headers are there; the caller reads the body under its own deadline and size limit.
    /// </summary>
    /// <exception cref="HttpRequestException">No answer came; a <see cref="BlockedAddressException"/> inside when we
    /// refused.</exception>
    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        _http.SendAsync(request, cancellationToken);

    private async ValueTask<Stream> ConnectAsync(
        SocketsHttpConnectionContext context,
        CancellationToken cancellationToken
    )
    {
        var (host, port) = (Endpoint.Normal(context.DnsEndPoint.Host), context.DnsEndPoint.Port);
        var found = IPAddress.TryParse(host, out var literal) ? [literal] : await _resolve(host, cancellationToken);
        if (found.Length == 0)
        {
            throw new SocketException((int)SocketError.HostNotFound);
        }

        // One bad address among good ones is a sign of DNS rebinding.
        if (!_addresses.IsOpened(host, port) && !found.All(_addresses.Allows))
        {
            throw new BlockedAddressException();
        }

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(found, port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public void Dispose() => _http.Dispose();
}

/// <summary>
/// A host name resolved to an address that the portal does not call. The message does not name the address, because
/// that would map the operator's network.
/// </summary>
public sealed class BlockedAddressException() : Exception("The address is not on the public internet.");
