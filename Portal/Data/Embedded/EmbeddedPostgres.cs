using System.Diagnostics;
using System.Globalization;
using Npgsql;
using Portal.Hosting;

namespace Portal.Data;

/// <summary>Settings <c>Portal:…</c> of the embedded PostgreSQL.</summary>
public sealed class EmbeddedPostgresOptions
{
    /// <summary>
    /// Whether the portal starts its own PostgreSQL when no connection string is set. Unset: in Development only.
    /// </summary>
    public bool? EmbeddedPostgres { get; set; }

    /// <summary>A folder with <c>postgres</c>, <c>initdb</c> and <c>pg_ctl</c>, instead of npm's.</summary>
    public string? PostgresBin { get; set; }

    /// <summary>Where the portal keeps its data; <c>.data</c> beside the solution when it runs from source.</summary>
    public string? DataDirectory { get; set; }

    /// <summary>For tests: fast, and lost when the machine crashes.</summary>
    internal bool IsThrowaway { get; set; }

    internal string FolderFor(string contentRoot)
    {
        if (!string.IsNullOrWhiteSpace(DataDirectory))
        {
            return Path.GetFullPath(DataDirectory, contentRoot);
        }

        var parent = Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(contentRoot));
        return Path.Combine(
            parent is not null && File.Exists(Path.Combine(parent, "Portal.sln")) ? parent : contentRoot,
            ".data"
        );
    }
}

/// <summary>
/// A private PostgreSQL, so that the portal runs before anybody has set up a database. It listens on a socket in a
/// folder that only its user may enter, and stops with the portal, however that ends: a watcher holds a pipe to the
/// portal and stops the server when the pipe breaks.
/// </summary>
public sealed class EmbeddedPostgres : IAsyncDisposable
{
    private const string Superuser = "postgres";
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly EmbeddedPostgresHome _home;
    private readonly FileStream? _lock;
    private readonly ILogger _log;
    private readonly bool _isThrowaway;
    private Process? _watcher;

    private EmbeddedPostgres(EmbeddedPostgresHome home, FileStream? ownLock, bool isThrowaway, ILogger log) =>
        (_home, _lock, _isThrowaway, _log) = (home, ownLock, isThrowaway, log);

    /// <summary>
    /// Whether another portal started this server, for example when a command runs beside the portal; then it is not
    /// ours to stop.
    /// </summary>
    public bool IsGuest => _lock is null;

    public static async Task<EmbeddedPostgres> StartAsync(
        EmbeddedPostgresOptions options,
        string contentRoot,
        ILogger log,
        CancellationToken cancellationToken = default
    )
    {
        var binaries = EmbeddedPostgresBinaries.Find(options.PostgresBin, contentRoot, AppContext.BaseDirectory);
        var home = await EmbeddedPostgresHome.OpenAsync(
            Path.Combine(options.FolderFor(contentRoot), "postgres"),
            binaries,
            log,
            cancellationToken
        );
        var postgres = new EmbeddedPostgres(home, home.TryLock(), options.IsThrowaway, log);
        try
        {
            if (postgres.IsGuest)
            {
                await postgres.WaitForHostAsync(cancellationToken);
            }
            else
            {
                await home.InitializeAsync(options.IsThrowaway, cancellationToken);
                await home.StopServerAsync(cancellationToken);
                await home.OpenSocketFolderAsync(cancellationToken);
                await postgres.StartServerAsync(cancellationToken);
            }
        }
        catch
        {
            await postgres.DisposeAsync();
            throw;
        }

        return postgres;
    }

    /// <summary>For a superuser, to any database of this server.</summary>
    public string SuperuserConnectionString =>
        new NpgsqlConnectionStringBuilder
        {
            Host = _home.SocketFolder,
            Username = Superuser,
            Password = _home.Passwords["superuser"],
            Database = "postgres",
        }.ConnectionString;

    /// <summary>The id of the server's main process.</summary>
    internal int ServerId => _home.ReadServerId() ?? throw new InvalidOperationException("The server does not run.");

    public Task<ConnectionStrings> CreatePortalAsync(CancellationToken cancellationToken = default) =>
        DatabaseRoles.CreateAsync(SuperuserConnectionString, "portal", _home.Passwords, cancellationToken);

    // An eighth of the machine's memory: with PostgreSQL's own 128 MB, a page over a million messages takes twice as
    // long.
    private static long SharedBuffersMegabytes(long memory) => Math.Clamp(memory / 8 / (1 << 20), 128, 1024);

    private async Task StartServerAsync(CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        Dictionary<string, string> settings = new()
        {
            ["listen_addresses"] = "",
            ["unix_socket_directories"] = $"\"{_home.SocketFolder}\"",
            ["max_connections"] = _isThrowaway ? "400" : "200",
            ["timezone"] = "UTC",
            ["log_timezone"] = "UTC",
            ["log_line_prefix"] = "%m [%p] %q%u@%d ",
        };
        if (_isThrowaway)
        {
            settings["fsync"] = settings["full_page_writes"] = settings["synchronous_commit"] = "off";
        }
        else
        {
            settings["shared_buffers"] = $"{SharedBuffersMegabytes(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes)}MB";
        }

        var options = string.Join(' ', settings.Select(setting => $"-c {ForShell($"{setting.Key}={setting.Value}")}"));
        try
        {
            await _home.ControlAsync(
                ["start", "-w", "-t", Seconds(s_patience), "-l", _home.Log, "-o", options],
                cancellationToken
            );
        }
        catch (CannotStartException e)
        {
            throw new CannotStartException(
                $"The embedded PostgreSQL did not start. Its log ({_home.Log}) ends: {_home.EndOfLog()}",
                e
            );
        }

        // In a session of its own, so that neither the terminal's Ctrl+C nor a signal to the portal's group stops it
        // before the portal.
        _watcher = _home.Account.Start(
            "setsid",
            [
                "sh",
                "-c",
                """
                trap '' INT TERM HUP QUIT
                read -r _
                exec "$0" stop -s -D "$1" -m fast -w -t 60 >/dev/null 2>&1
                """,
                _home.Binaries.Program("pg_ctl"),
                _home.Data,
            ]
        );
        _log.LogInformation(
            "The embedded PostgreSQL runs as {User} in {Folder}, started in {Milliseconds:0} ms",
            _home.Account.Name,
            _home.Folder,
            Stopwatch.GetElapsedTime(started).TotalMilliseconds
        );
    }

    /// <summary>Restarts the server if it has died, for example killed for lack of memory. True if it had.</summary>
    public async Task<bool> ReviveAsync(CancellationToken cancellationToken)
    {
        if (IsGuest || _home.IsServerAlive())
        {
            return false;
        }

        _log.LogWarning(
            "The embedded PostgreSQL has died and is started again. Its log ({Log}) ends: {End}",
            _home.Log,
            _home.EndOfLog()
        );
        await EndWatcherAsync();
        await _home.StopServerAsync(cancellationToken);
        await _home.OpenSocketFolderAsync(cancellationToken);
        await StartServerAsync(cancellationToken);
        return true;
    }

    // It stops the server, if one runs, and exits.
    private async Task EndWatcherAsync()
    {
        if (_watcher is not null)
        {
            _watcher.StandardInput.Close();
            await _watcher.WaitForExitAsync();
            _watcher.Dispose();
            _watcher = null;
        }
    }

    private async Task WaitForHostAsync(CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                _home.FindSocketFolder();
                await using var connection = new NpgsqlConnection($"{SuperuserConnectionString};Pooling=false");
                await connection.OpenAsync(cancellationToken);
                return;
            }
            catch (Exception e) when (e is NpgsqlException or CannotStartException)
            {
                if (Stopwatch.GetElapsedTime(started) > s_patience)
                {
                    throw new CannotStartException(
                        $"Another portal holds {_home.Folder}, and its PostgreSQL does not answer: {e.Message} Stop that portal, or set another Portal:DataDirectory.",
                        e
                    );
                }

                await Task.Delay(TimeSpan.FromMilliseconds(100), cancellationToken); // it may be starting just now
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_lock is null)
        {
            return;
        }

        await EndWatcherAsync();
        await _home.StopServerAsync(CancellationToken.None);
        await _lock.DisposeAsync();
    }

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0", CultureInfo.InvariantCulture);

    private static string ForShell(string text) => $"'{text.Replace("'", @"'\''", StringComparison.Ordinal)}'";
}
