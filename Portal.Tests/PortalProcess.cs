using System.Diagnostics;
using Portal.Tests.Data;

namespace Portal.Tests;

/// <summary>The portal as the operator runs it: a process of its own, which a test may kill.</summary>
public sealed class PortalProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly List<string> _said = [];

    private readonly HeldPort _port;

    private PortalProcess(Process process, HeldPort port)
    {
        (_process, _port) = (process, port);
        Http = new HttpClient { BaseAddress = port.Url, Timeout = Timeouts.Limit };
    }

    public HttpClient Http { get; }

    /// <summary>Starts a portal on the database and waits until it serves.</summary>
    public static Task<PortalProcess> StartAsync(TestDatabase database, params (string Key, string Value)[] settings) =>
        StartAsync([.. database.Settings.Select(setting => (setting.Key, setting.Value)), .. settings]);

    public static Task<PortalProcess> StartAsync(params IEnumerable<(string Key, string Value)> settings) =>
        StartAsync(folder: null, settings);

    /// <param name="folder">Where it was published to; null: as it was built.</param>
    public static async Task<PortalProcess> StartAsync(string? folder, IEnumerable<(string Key, string Value)> settings)
    {
        var port = HeldPort.Take();
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        start.ArgumentList.Add(Path.Combine(folder ?? AppContext.BaseDirectory, "Portal.dll"));
        start.Environment["DOTNET_TieredPGO"] = "0"; // nothing runs long enough to earn back what it costs
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Testing";
        start.Environment["ASPNETCORE_CONTENTROOT"] = folder ?? RepositoryPaths.Portal;
        start.Environment["Urls"] = port.Url.ToString();
        start.Environment["Portal__PublicUrl"] = port.Url.ToString();
        foreach (var (key, value) in settings)
        {
            start.Environment[key.Replace(":", "__")] = value;
        }

        var portal = new PortalProcess(Process.Start(start)!, port);
        try
        {
            await portal.ServingAsync();
            return portal;
        }
        catch
        {
            await portal.DisposeAsync();
            throw;
        }
    }

    /// <summary>As a power cut does it: no chance to finish anything.</summary>
    public async Task KillAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
    }

    /// <summary>As a deployment does it: SIGTERM, and time to finish. Gives the exit code.</summary>
    public async Task<int> TerminateAsync()
    {
        using (var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]))
        {
            await kill.WaitForExitAsync();
        }

        await _process.WaitForExitAsync().Patiently();
        return _process.ExitCode;
    }

    private async Task ServingAsync()
    {
        var serving = new TaskCompletionSource();
        _process.OutputDataReceived += (_, line) => Hear(line.Data, serving);
        _process.ErrorDataReceived += (_, line) => Hear(line.Data, serving);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        _ = _process
            .WaitForExitAsync()
            .ContinueWith(
                _ =>
                    serving.TrySetException(
                        new InvalidOperationException($"The portal ended: {string.Join('\n', _said)}")
                    ),
                TaskScheduler.Default
            );
        await serving.Task.Patiently();
    }

    private void Hear(string? line, TaskCompletionSource serving)
    {
        lock (_said)
        {
            _said.Add(line ?? "");
        }

        if (line?.Contains("is running at", StringComparison.Ordinal) == true)
        {
            serving.TrySetResult();
        }
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        _process.Dispose();
        _port.Dispose();
    }
}
