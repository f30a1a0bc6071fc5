using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Portal.Chat;
using Portal.Data;
using Portal.Hosting;
using Portal.Model;
using Portal.Secrets;

namespace Load;

/// <summary>
/// Everything that is measured, on this machine: a PostgreSQL as the portal brings it, portals as in production, the
/// forwarder, the bot.
/// </summary>
internal sealed class Rig : IAsyncDisposable
{
    public const int BotPort = 5473;
    private const string MasterKey = "Q8eRadCSXqY9I28zrYYYD4Ri6X1cQwjazRCR+bvbJ3o=";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _folder = Directory.CreateTempSubdirectory("portal-benchmark-").FullName;
    private readonly List<Subject> _subjects = [];
    private EmbeddedPostgres? _postgres;
    private ConnectionStrings _strings = new();

    public Stub Bot { get; private set; } = null!;

    public string PostgresData => Path.Combine(_folder, "postgres", "data");

    public static async Task<Rig> StartAsync()
    {
        var rig = new Rig();
        try
        {
#pragma warning disable CA1416 // Linux only, as all of this is
            // PostgreSQL runs as an ordinary user, who must get in here even when we are root.
            File.SetUnixFileMode(rig._folder, (UnixFileMode)0b111_101_101);
#pragma warning restore CA1416
            await rig.StartPostgresAsync();
            rig._strings = await rig._postgres!.CreatePortalAsync();
            await Migrations.MigrateAsync(rig._strings.Owner!, Migrations.Folder, NullLogger.Instance);
            rig.Bot = await Stub.StartAsync(BotPort);
            return rig;
        }
        catch
        {
            await rig.DisposeAsync();
            throw;
        }
    }

    public NpgsqlDataSource Superuser() => NpgsqlDataSource.Create(SuperuserConnection.ConnectionString);

    public NpgsqlConnectionStringBuilder SuperuserConnection =>
        new(_postgres!.SuperuserConnectionString) { Database = "portal", CommandTimeout = 600 };

    /// <summary>Ends PostgreSQL in order, as an update of its package does, and starts it again.</summary>
    public async Task RestartPostgresAsync()
    {
        await _postgres!.DisposeAsync();
        await StartPostgresAsync();
    }

    private async Task StartPostgresAsync() =>
        _postgres = await EmbeddedPostgres.StartAsync(
            new EmbeddedPostgresOptions { DataDirectory = _folder },
            Path.GetFullPath("Portal"),
            NullLogger.Instance
        );

    /// <summary>
    /// Waits until the portal's jobs have made findable and counted what earlier loads have left, which otherwise is
    /// measured with the next.
    /// </summary>
    public async Task SettleAsync()
    {
        await using var database = Superuser();
        for (var patience = Stopwatch.StartNew(); patience.Elapsed < TimeSpan.FromMinutes(4); await Task.Delay(1000))
        {
            await using var question = database.CreateCommand(
                """
                SELECT NOT EXISTS (SELECT FROM analytics_due)
                AND NOT EXISTS (SELECT FROM chat_logs l LEFT JOIN chat_search s ON s.chat_log_id = l.id WHERE s.chat_log_id IS NULL AND l.status <> 'pending')
                """
            );
            if ((bool)(await question.ExecuteScalarAsync())!)
            {
                return;
            }
        }
    }

    public async Task<Subject> StartPortalAsync(int port, params (string Name, string Value)[] settings)
    {
        var url = $"http://localhost:{port}";
        var portal = await StartAsync(
            "portal",
            "Portal/bin/Release/net10.0/Portal.dll",
            url,
            "/health/ready",
            [
                ("ASPNETCORE_ENVIRONMENT", "Production"),
                ("ASPNETCORE_CONTENTROOT", Path.GetFullPath("Portal")),
                ("URLS", url),
                ("ConnectionStrings__Portal", _strings.Portal!),
                ("ConnectionStrings__Accounts", _strings.Accounts!),
                ("ConnectionStrings__Journal", _strings.Journal!),
                ("ConnectionStrings__Jobs", _strings.Jobs!),
                ("ConnectionStrings__Owner", _strings.Owner!),
                ("Portal__PublicUrl", url),
                ("Portal__MasterKey", MasterKey),
                ("Portal__DataDirectory", Path.Combine(_folder, "files")),
                ("Portal__Webhooks__AllowedTargets__0", $"127.0.0.1:{BotPort}"),
                // The visitors of a benchmark all have one address and talk without end: what protects against such is
                // not what is measured here.
                ("Portal__Webhooks__ConcurrentInAll", "10000"),
                ("Portal__Webhooks__ConcurrentPerClient", "10000"),
                ("Portal__Webhooks__ConcurrentPerWidget", "5000"),
                ("Portal__Webhooks__QueuedPerWidget", "5000"),
                ("Portal__Limits__Off", "true"),
                ("Portal__Limits__MessagesPerDayAndWidget", "0"),
                ("Portal__Limits__MessagesPerMonthAndClient", "0"),
                .. settings,
            ]
        );
        return portal;
    }

    public async Task<Subject> StartForwarderAsync(int port, string path)
    {
        var url = $"http://127.0.0.1:{port}";
        return await StartAsync(
            "forwarder",
            "benchmarks/Forwarder/bin/Release/net10.0/Forwarder.dll",
            url,
            "/",
            [
                ("URLS", url),
                ("Bot", Bot.Url(path)),
                ("Postgres", new NpgsqlConnectionStringBuilder(_postgres!.SuperuserConnectionString).ConnectionString),
            ]
        );
    }

    /// <summary>A client with a widget whose bot is that path of the stub.</summary>
    public async Task<Guid> NewWidgetAsync(string path)
    {
        await using var database = Superuser();
        await using var insert = database.CreateCommand(
            """
            WITH client AS (INSERT INTO clients (name) VALUES ('Benchmark ' || gen_random_uuid()) RETURNING id)
            INSERT INTO widgets (client_id, name, config, webhook_url, widget_secret)
            SELECT id, 'Assistant', '{"bot": {"prompt": "You are the assistant of a furniture shop.", "history": 10}}', $1, 'a secret by hand' FROM client RETURNING id
            """
        );
        insert.Parameters.AddWithValue(Bot.Url(path));
        return (Guid)(await insert.ExecuteScalarAsync())!;
    }

    private async Task<Subject> StartAsync(
        string name,
        string assembly,
        string url,
        string health,
        (string Name, string Value)[] environment
    )
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(Path.GetFullPath(assembly));
        var probe = Path.Combine(_folder, $"{name}-{Guid.NewGuid():N}");
        foreach (
            var (key, value) in environment
                .Append(("DOTNET_STARTUP_HOOKS", Path.GetFullPath("benchmarks/Probe/bin/Release/net10.0/Probe.dll")))
                .Append(("BENCHMARK_PROBE", probe))
        )
        {
            start.Environment[key] = value;
        }

        var subject = new Subject(name, Process.Start(start)!, new Uri(url), probe);
        _subjects.Add(subject);
        var log = subject.Listen();
        var started = Stopwatch.StartNew();
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        while (true)
        {
            try
            {
                using var answer = await http.GetAsync(new Uri(subject.Url, health));
                if (answer.IsSuccessStatusCode || health == "/")
                {
                    return subject;
                }
            }
            catch (HttpRequestException)
            {
                // Not yet.
            }

            if (started.Elapsed > Patience || subject.Process.HasExited)
            {
                throw new InvalidOperationException($"The {name} did not start: {string.Join('\n', log)}");
            }

            await Task.Delay(20);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var subject in _subjects)
        {
            await subject.DisposeAsync();
        }

        if (Bot is not null)
        {
            await Bot.DisposeAsync();
        }

        if (_postgres is not null)
        {
            await _postgres.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }
}

/// <summary>A process under measurement.</summary>
internal sealed partial class Subject(string name, Process process, Uri url, string probe) : IAsyncDisposable
{
    private readonly Queue<string> _log = new();
    private bool _isGone;

    public string Name => name;

    public Process Process => process;

    public bool IsGone => _isGone;

    public Uri Url => url;

    public TimeSpan Cpu => Meter.Cpu(process.Id);

    public double Megabytes => Scale.Memory.ResidentMegabytes(process.Id);

    public long Allocated => Meter.Runtime(probe).Allocated;

    public long Compiled => Meter.Runtime(probe).Compiled;

    /// <summary>Keeps the end of what it says.</summary>
    public IReadOnlyCollection<string> Listen()
    {
        process.OutputDataReceived += (_, line) => Hear(line.Data);
        process.ErrorDataReceived += (_, line) => Hear(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return _log;
    }

    private void Hear(string? line)
    {
        lock (_log)
        {
            _log.Enqueue(line ?? "");
            if (_log.Count > 60)
            {
                _log.Dequeue();
            }
        }
    }

    /// <summary>Has the process die when for the so-manieth time a message comes by that point.</summary>
    public async Task KillAtAsync(string point, int count)
    {
        await File.WriteAllTextAsync(probe + ".kill.new", $"{point} {count}");
        File.Move(probe + ".kill.new", probe + ".kill");
        while (!File.Exists(probe + ".armed"))
        {
            await Task.Delay(10);
        }
    }

    public async Task<bool> EndedAsync(TimeSpan patience)
    {
        using var waiting = new CancellationTokenSource(patience);
        try
        {
            await process.WaitForExitAsync(waiting.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>
    /// It stands still until the end of this: what it does in its own time, such as the search index of what was said,
    /// is not measured with another.
    /// </summary>
    public IDisposable Halted()
    {
        _ = Signal(process.Id, Stop);
        return new Halt(process.Id);
    }

    /// <summary>As a power cut does it.</summary>
    private async Task KillAsync()
    {
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_isGone)
        {
            return;
        }

        _isGone = true;
        if (!process.HasExited)
        {
            await KillAsync();
        }

        process.Dispose();
    }

    private const int Stop = 19;
    private const int Continue = 18;

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Signal(int process, int signal);

    private sealed class Halt(int process) : IDisposable
    {
        public void Dispose() => Signal(process, Continue);
    }
}
