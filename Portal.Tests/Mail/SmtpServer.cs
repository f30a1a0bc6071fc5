using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Portal.Tests.Data;

namespace Portal.Tests.Mail;

/// <summary>
/// A mail server of one's own, in a process of its own, with a certificate that nobody else has signed.
/// </summary>
public sealed class SmtpServer : IAsyncDisposable
{
    private readonly TestFolder _folder = TestFolder.Create();
    private readonly BlockingCollection<Mail> _mails = [];
    private readonly HeldPort _port = HeldPort.Take();
    private readonly string _fingerprint;
    private Process? _process;
    private TaskCompletionSource _told = new();

    public SmtpServer()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.CreateSelfSigned(
            DateTimeOffset.UtcNow.AddDays(-1),
            DateTimeOffset.UtcNow.AddDays(2)
        );
        File.WriteAllText(Path.Combine(_folder.Path, "key.pem"), key.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(Path.Combine(_folder.Path, "cert.pem"), certificate.ExportCertificatePem());
        _fingerprint = certificate.GetCertHashString(HashAlgorithmName.SHA256);
    }

    public sealed record Mail(IReadOnlyList<string> To, bool Secure, string? User, string Raw);

    /// <summary>The settings of a portal that sends through it.</summary>
    public (string Key, string Value)[] Settings =>
        [
            ("Portal:Mail:Host", "127.0.0.1"),
            ("Portal:Mail:Port", $"{_port}"),
            ("Portal:Mail:User", "portal"),
            ("Portal:Mail:Password", "mail secret"),
            ("Portal:Mail:From", "portal@agency.example"),
            ("Portal:Mail:Fingerprint", _fingerprint),
        ];

    public async Task StartAsync()
    {
        var folder = Path.Combine(RepositoryPaths.Root, "Portal.Tests/Mail/smtp");
        if (!Directory.Exists(Path.Combine(folder, "node_modules")))
        {
            throw new InvalidOperationException(
                "The mail server of the tests is not installed: run \"./test fast\" once."
            );
        }

        _process = Process.Start(
            new ProcessStartInfo(
                "node",
                [
                    Path.Combine(folder, "server.mjs"),
                    $"{_port}",
                    Path.Combine(_folder.Path, "key.pem"),
                    Path.Combine(_folder.Path, "cert.pem"),
                ]
            )
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
            }
        )!;
        var listening = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _ = ReadAsync(_process, listening);
        await listening.Task.Patiently();
    }

    public async Task StopAsync()
    {
        if (_process is not null)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
            _process.Dispose();
            _process = null;
        }
    }

    /// <summary>The next mail, when it comes.</summary>
    public Task<Mail> NextAsync() =>
        Task.Run(() =>
            _mails.TryTake(out var mail, Timeouts.Limit) ? mail : throw new TimeoutException("No mail came.")
        );

    public bool IsEmpty => _mails.Count == 0;

    /// <summary>Throws away all that has come so far.</summary>
    public async Task EmptyAsync()
    {
        if (_process is null)
        {
            await StartAsync();
        }

        // Its responses are in order: once this one has arrived, everything before it has been processed.
        _told = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await _process!.StandardInput.WriteLineAsync("told?");
        await _process.StandardInput.FlushAsync();
        await _told.Task.Patiently();
        while (_mails.TryTake(out _)) { }
    }

    private async Task ReadAsync(Process process, TaskCompletionSource listening)
    {
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            using var json = JsonDocument.Parse(line);
            var said = json.RootElement;
            if (said.TryGetProperty("raw", out var raw))
            {
                _mails.Add(
                    new(
                        [.. said.GetProperty("to").EnumerateArray().Select(to => to.GetString()!)],
                        said.GetProperty("secure").GetBoolean(),
                        said.TryGetProperty("user", out var user) ? user.GetString() : null,
                        raw.GetString()!
                    )
                );
            }
            else if (said.TryGetProperty("told", out _))
            {
                _told.TrySetResult();
            }
            else if (said.TryGetProperty("error", out var error))
            {
                listening.TrySetException(new InvalidOperationException(error.GetString()));
            }
            else
            {
                listening.TrySetResult();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _mails.Dispose();
        _port.Dispose();
        _folder.Dispose();
    }
}
