using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Portal.Tests.Webhooks;

/// <summary>
/// A server on loopback that does, byte by byte, what it is told: n8n on a good day, or anything on a bad one.
/// </summary>
internal sealed class Upstream : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentBag<Task> _connections = [];
    private readonly Func<Visit, Task> _behave;
    private readonly Task _accepting;

    public Upstream(Func<Visit, Task> behave)
    {
        _behave = behave;
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _accepting = AcceptAsync();
    }

    public int Port { get; }

    public string Url => $"http://127.0.0.1:{Port}/webhook/shop/chat";

    /// <summary>Every request that arrived whole.</summary>
    public ConcurrentQueue<Received> Requests { get; } = [];

    public static Upstream Saying(string body, int status = 200, string type = "application/json; charset=utf-8") =>
        new(async visit =>
        {
            while (await visit.ReadRequestAsync() is not null)
            {
                await visit.ReplyAsync(body, status, type);
            }
        });

    /// <summary>Reads the request, writes this, and closes.</summary>
    public static Upstream Writing(string raw) =>
        new(async visit =>
        {
            await visit.ReadRequestAsync();
            await visit.WriteAsync(raw);
        });

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_end.Token);
                _connections.Add(ServeAsync(client));
            }
        }
        catch (OperationCanceledException) { }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                await _behave(new Visit(client, this, _end.Token));
            }
            catch (Exception gone)
                when (gone is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // The caller has had enough, which is what most of these tests are about.
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _accepting;
        await Task.WhenAll(_connections);
        _listener.Dispose();
        _end.Dispose();
    }
}

internal sealed record Received(string Line, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    public string Text => Encoding.UTF8.GetString(Body);
}

/// <summary>One connection to an <see cref="Upstream"/>.</summary>
internal sealed class Visit(TcpClient client, Upstream upstream, CancellationToken end)
{
    private Stream _stream = client.GetStream();

    public CancellationToken End => end;

    /// <summary>Null when the caller has closed the connection.</summary>
    public async Task<Received?> ReadRequestAsync()
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await _stream.ReadAsync(one, end) == 0)
            {
                return null;
            }

            head.Append((char)one[0]);
        }

        var lines = head.ToString().Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        var headers = lines
            .Skip(1)
            .Select(line => line.Split(": ", 2))
            .ToDictionary(pair => pair[0], pair => pair[1], StringComparer.OrdinalIgnoreCase);
        var body = new byte[
            headers.TryGetValue("Content-Length", out var length) ? int.Parse(length, CultureInfo.InvariantCulture) : 0
        ];
        await _stream.ReadExactlyAsync(body, end);

        var received = new Received(lines[0], headers, body);
        upstream.Requests.Enqueue(received);
        return received;
    }

    /// <summary>The beginning of what comes, whatever it is.</summary>
    public Task ReadSomeAsync() => _stream.ReadAsync(new byte[4096], end).AsTask();

    public Task ReplyAsync(string body, int status = 200, string type = "application/json; charset=utf-8") =>
        WriteAsync(
            $"HTTP/1.1 {status} X\r\nContent-Type: {type}\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}"
        );

    public Task WriteAsync(string text) => WriteAsync(Encoding.UTF8.GetBytes(text));

    public Task WriteAsync(byte[] bytes) => _stream.WriteAsync(bytes, end).AsTask();

    public Task StartStreamAsync() =>
        WriteAsync(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nTransfer-Encoding: chunked\r\nCache-Control: no-cache\r\n\r\n"
        );

    public Task ChunkAsync(string text) => ChunkAsync(Encoding.UTF8.GetBytes(text));

    public async Task ChunkAsync(byte[] bytes)
    {
        await WriteAsync($"{bytes.Length:x}\r\n");
        await WriteAsync(bytes);
        await WriteAsync("\r\n");
    }

    public Task EndChunksAsync() => WriteAsync("0\r\n\r\n");

    /// <summary>Neither answers nor closes.</summary>
    public Task HangAsync() => Task.Delay(Timeout.Infinite, end);

    /// <summary>Closes with a TCP reset.</summary>
    public void Reset()
    {
        client.LingerState = new LingerOption(true, 0);
        client.Close();
    }

    public async Task SecureAsync(string certificateName, DateTimeOffset validTo)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest(
            $"CN={certificateName}",
            key,
            HashAlgorithmName.SHA256,
            RSASignaturePadding.Pkcs1
        );
        using var made = request.CreateSelfSigned(validTo.AddDays(-30), validTo);
        await SecureAsync(X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pfx), null));
    }

    public async Task SecureAsync(X509Certificate2 certificate)
    {
        var secure = new SslStream(_stream);
        _stream = secure;
        await secure.AuthenticateAsServerAsync(
            new SslServerAuthenticationOptions { ServerCertificate = certificate },
            end
        );
    }
}
