using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Load;

/// <summary>A mail server that takes everything, and counts what it took by recipient.</summary>
internal sealed class MailSink : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _ending = new();
    private readonly Task _accepting;

    public MailSink(int port)
    {
        _listener = new(IPAddress.Loopback, port);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public ConcurrentDictionary<string, int> Taken { get; } = new();

    private async Task AcceptAsync()
    {
        while (!_ending.IsCancellationRequested)
        {
            try
            {
                _ = ServeAsync(await _listener.AcceptTcpClientAsync(_ending.Token));
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var connection = client;
        try
        {
            using var reader = new StreamReader(connection.GetStream());
            await using var writer = new StreamWriter(connection.GetStream()) { NewLine = "\r\n", AutoFlush = true };
            await writer.WriteLineAsync("220 drill");
            var recipient = "";
            while (await reader.ReadLineAsync(_ending.Token) is { } line)
            {
                var word = line.Split(' ', ':')[0].ToUpperInvariant();
                if (word == "RCPT")
                {
                    recipient = line[(line.IndexOf('<') + 1)..line.IndexOf('>')];
                }

                if (word == "DATA")
                {
                    await writer.WriteLineAsync("354 go on");
                    while (await reader.ReadLineAsync(_ending.Token) is { } text && text != ".") { }

                    Taken.AddOrUpdate(recipient, 1, (_, times) => times + 1);
                }

                await writer.WriteLineAsync(word == "QUIT" ? "221 bye" : "250 ok");
            }
        }
        catch (Exception gone) when (gone is IOException or OperationCanceledException)
        {
            // The portal has hung up, or was killed.
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _accepting;
        _listener.Dispose();
        _ending.Dispose();
    }
}
