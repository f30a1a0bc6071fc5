using System.Collections.Concurrent;
using System.Diagnostics;
using Npgsql;
using Portal.Data;

namespace Portal.Tests.Data;

/// <summary>
/// Debian's pgbouncer in transaction mode before a PostgreSQL, with two server connections for each role.
/// </summary>
public sealed class PgBouncer : IAsyncDisposable
{
    private readonly TestFolder _folder = TestFolder.Create();
    private readonly HeldPort _port = HeldPort.Take();
    private readonly ConcurrentQueue<string?> _said = new();
    private Process? _process;

    public static async Task<PgBouncer> StartAsync(ConnectionStrings server)
    {
        var bouncer = new PgBouncer();
        string[] roles = [server.Portal!, server.Accounts!, server.Journal!, server.Jobs!];
        await bouncer.WriteAsync(new(server.Portal!), roles);
        await bouncer.RunAsync(new NpgsqlConnectionStringBuilder(server.Portal!).Host!);
        await bouncer.ServesAsync(server.Portal!);
        return bouncer;
    }

    public string Through(string connectionString) =>
        new NpgsqlConnectionStringBuilder(connectionString)
        {
            Host = "127.0.0.1",
            Port = _port.Number,
            MaxAutoPrepare = 0,
            SslMode = SslMode.Disable,
        }.ConnectionString;

    /// <summary>The portal's settings: the owner migrates and the listener listens past it.</summary>
    public IEnumerable<(string Key, string Value)> Settings(ConnectionStrings server) =>
        [
            ("ConnectionStrings:Portal", Through(server.Portal!)),
            ("ConnectionStrings:Accounts", Through(server.Accounts!)),
            ("ConnectionStrings:Journal", Through(server.Journal!)),
            ("ConnectionStrings:Jobs", Through(server.Jobs!)),
            ("ConnectionStrings:Listen", server.Portal!),
        ];

    private async Task WriteAsync(NpgsqlConnectionStringBuilder server, string[] roles)
    {
        var users = roles
            .Select(role => new NpgsqlConnectionStringBuilder(role))
            .Select(role => $"\"{role.Username}\" \"{role.Password}\"");
        await File.WriteAllLinesAsync(Path.Combine(_folder.Path, "users.txt"), users);
        await File.WriteAllTextAsync(
            Path.Combine(_folder.Path, "pgbouncer.ini"),
            $"""
            [databases]
            {server.Database} = host={server.Host} port={server.Port}

            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = {_port.Number}
            unix_socket_dir =
            auth_type = plain
            auth_file = {_folder.Path}/users.txt
            pool_mode = transaction
            default_pool_size = 2
            max_client_conn = 200
            server_tls_sslmode = prefer
            server_login_retry = 1
            query_wait_timeout = 5
            """
        );
    }

    // It refuses to run as root, and must reach the socket of a private server.
    private async Task RunAsync(string socketFolder)
    {
        var isRoot = Environment.IsPrivilegedProcess;
        var account = await EmbeddedPostgresAccount.ChooseAsync(socketFolder, default);
        if (isRoot && !OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(
                _folder.Path,
                UnixFileMode.UserRead
                    | UnixFileMode.UserWrite
                    | UnixFileMode.UserExecute
                    | UnixFileMode.OtherRead
                    | UnixFileMode.OtherExecute
            );
        }

        var start = new ProcessStartInfo("/usr/sbin/pgbouncer")
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            WorkingDirectory = _folder.Path,
        };
        foreach (var argument in isRoot ? new[] { "-u", account.Name, "pgbouncer.ini" } : ["pgbouncer.ini"])
        {
            start.ArgumentList.Add(argument);
        }

        _process = Process.Start(start)!;
        _process.ErrorDataReceived += (_, line) => _said.Enqueue(line.Data);
        _process.OutputDataReceived += (_, line) => _said.Enqueue(line.Data);
        _process.BeginErrorReadLine();
        _process.BeginOutputReadLine();
    }

    private async Task ServesAsync(string role)
    {
        var until = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                await using var connection = new NpgsqlConnection(Through(role));
                await connection.OpenAsync();
                return;
            }
            catch (NpgsqlException) when (until.Elapsed < Timeouts.Limit && !_process!.HasExited)
            {
                await Task.Delay(50);
            }
            catch (NpgsqlException error)
            {
                throw new InvalidOperationException(
                    $"pgbouncer does not serve: {error.Message}\n{string.Join('\n', _said)}",
                    error
                );
            }
        }
    }

    public ValueTask DisposeAsync()
    {
        _process?.Kill();
        _process?.Dispose();
        _port.Dispose();
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }
}
