using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Portal.Tests.Data;

/// <summary>
/// What HAProxy is in a cluster: the way to the primary, whichever that is, which cuts its connections when that
/// changes.
/// </summary>
public sealed class DatabaseProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<Socket, byte> _open = [];
    private readonly CancellationTokenSource _ending = new();
    private readonly Task _accepting;
    private volatile string? _target;
    private int _silent;

    public DatabaseProxy(string connectionString)
    {
        _listener.Start();
        LeadTo(connectionString);
        _accepting = AcceptAsync();
    }

    /// <summary>Null: there is no primary, and connections are cut at once.</summary>
    public void LeadTo(string? connectionString)
    {
        _target =
            connectionString is null ? null
            : new NpgsqlConnectionStringBuilder(connectionString) is { Host: var folder, Port: var port }
                ? Path.Combine(folder!, $".s.PGSQL.{port}")
            : null;
        foreach (var socket in _open.Keys)
        {
            socket.Dispose();
        }
    }

    /// <summary>So many connections are taken and get no answer, as by a server that is far too busy.</summary>
    public void BeSilent(int connections) => _silent = connections;

    public string Through(string connectionString) =>
        new NpgsqlConnectionStringBuilder(connectionString)
        {
            Host = "127.0.0.1",
            Port = ((IPEndPoint)_listener.LocalEndpoint).Port,
            SslMode = SslMode.Disable,
        }.ConnectionString;

    private async Task AcceptAsync()
    {
        while (!_ending.IsCancellationRequested)
        {
            try
            {
                _ = ServeAsync(await _listener.AcceptSocketAsync(_ending.Token));
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private async Task ServeAsync(Socket client)
    {
        using var server = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        using (client)
        {
            (_open[client], _open[server]) = (0, 0);
            try
            {
                if (Interlocked.Decrement(ref _silent) >= 0)
                {
                    await Task.Delay(Timeout.Infinite, _ending.Token);
                }
                else if (_target is { } target)
                {
                    await server.ConnectAsync(new UnixDomainSocketEndPoint(target), _ending.Token);
                    await using var up = new NetworkStream(server);
                    await using var down = new NetworkStream(client);
                    await Task.WhenAny(down.CopyToAsync(up, _ending.Token), up.CopyToAsync(down, _ending.Token));
                }
            }
            catch (Exception cut)
                when (cut is SocketException or IOException or ObjectDisposedException or OperationCanceledException)
            {
                // The end of it, on whichever side.
            }
            finally
            {
                _open.TryRemove(client, out _);
                _open.TryRemove(server, out _);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _accepting;
        LeadTo(null);
        _listener.Dispose();
        _ending.Dispose();
    }
}
