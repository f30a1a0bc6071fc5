using System.Net;
using System.Net.Sockets;

namespace Portal.Tests;

/// <summary>
/// A loopback port that is this test's own until disposed. Sockets are bound to it and never listen: while no server of the test's own
/// does, connections are refused; one that does (Kestrel, Node and pgbouncer bind with SO_REUSEADDR) may start, end and start again; and
/// nobody else on the machine is given the port meanwhile.
/// </summary>
public sealed class HeldPort : IDisposable
{
    private readonly Socket[] _sockets;

    private HeldPort(Socket[] sockets) => (_sockets, Number) = (sockets, PortOf(sockets[0]));

    public int Number { get; }

    /// <summary>By name, because Kestrel listens on IPv4 and IPv6 where "localhost" is meant: the number is held for both.</summary>
    public Uri Url => new($"http://localhost:{Number}");

    public static HeldPort Take()
    {
        while (true)
        {
            var v4 = Bound(IPAddress.Loopback, 0);
            try
            {
                return new(Socket.OSSupportsIPv6 ? [v4, Bound(IPAddress.IPv6Loopback, PortOf(v4))] : [v4]);
            }
            catch (SocketException error) when (error.SocketErrorCode == SocketError.AddressNotAvailable)
            {
                // IPv6 is known here and switched off.
                return new([v4]);
            }
            catch (SocketException error) when (error.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                v4.Dispose();
            }
        }
    }

    public override string ToString() => $"{Number}";

    private static Socket Bound(IPAddress address, int port)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(address, port));
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static int PortOf(Socket socket) => ((IPEndPoint)socket.LocalEndPoint!).Port;

    public void Dispose()
    {
        foreach (var socket in _sockets)
        {
            socket.Dispose();
        }
    }
}
