using System.Diagnostics;
using Portal.Tests.Data;

namespace Portal.Tests;

/// <summary>The portal as its image holds it: published, in Production, in a process of its own. Beside it a portal that arranges.</summary>
public sealed class PublishedPortal : IAsyncLifetime
{
    private readonly TestFolder _folder = TestFolder.Create();
    private PortalProcess _process = null!;

    /// <summary>On the same database.</summary>
    public PortalApp Beside { get; } = new();

    public string Folder => Path.Combine(_folder.Path, "app");

    public Uri Url => Http.BaseAddress!;

    public HttpClient Http => _process.Http;

    public async ValueTask InitializeAsync()
    {
        await Beside.InitializeAsync();
        await PublishAsync();
        CopyWidget();
        _process = await PortalProcess.StartAsync(
            Folder,
            [
                .. Beside
                    .Settings.Where(setting => setting.Key != "Portal:PublicUrl")
                    .Select(setting => (setting.Key, setting.Value)),
                ("ASPNETCORE_ENVIRONMENT", "Production"),
            ]
        );
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        await Beside.DisposeAsync();
        _folder.Dispose();
    }

    private async Task PublishAsync()
    {
        // The tests lie in bin/CONFIGURATION/FRAMEWORK.
        var configuration = Directory.GetParent(AppContext.BaseDirectory.TrimEnd('/'))!.Name;
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, UseShellExecute = false };
        string[] arguments =
        [
            "publish",
            Path.Combine(RepositoryPaths.Portal, "Portal.csproj"),
            "--no-build",
            "-c",
            configuration,
            "-o",
            Folder,
            "-v",
            "quiet",
            "--nologo",
        ];
        arguments.ToList().ForEach(start.ArgumentList.Add);
        using var publish = Process.Start(start)!;
        var said = await publish.StandardOutput.ReadToEndAsync();
        await publish.WaitForExitAsync();
        Assert.True(publish.ExitCode == 0, said);
    }

    // As the Dockerfile does.
    private void CopyWidget()
    {
        var source = Path.Combine(RepositoryPaths.Root, "wwwroot-widget");
        foreach (var file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(Folder, "wwwroot-widget", Path.GetRelativePath(source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }
}
