using Portal.Data;

namespace Portal.Tests.Data;

/// <summary>
/// A folder for one test or one run. What a killed run has left, servers included, the next one clears away.
/// </summary>
public sealed class TestFolder : IDisposable
{
    private static readonly string s_all = System.IO.Path.Combine(
        System.IO.Path.GetTempPath(),
        $"portal-tests-{Environment.UserName}"
    );
    private static readonly Lazy<bool> s_swept = new(Sweep);

    // Held while its run lives: a process that can take the lock knows that the run has ended.
    private readonly FileStream _lock;

    private TestFolder(string path, FileStream ownLock) => (Path, _lock) = (path, ownLock);

    public string Path { get; }

    public static TestFolder Create()
    {
        Directory.CreateDirectory(s_all);
        _ = s_swept.Value;
        var path = System.IO.Path.Combine(s_all, Guid.NewGuid().ToString("N")[..8]);
        var folder = new TestFolder(path, TryLock(path) ?? throw new IOException($"{path} is taken."));
        Directory.CreateDirectory(path);
        return folder;
    }

    public void Dispose()
    {
        if (Directory.Exists(Path))
        {
            Directory.Delete(Path, recursive: true);
        }

        File.Delete($"{Path}.lock");
        _lock.Dispose();
    }

    private static bool Sweep()
    {
        foreach (var path in Directory.GetDirectories(s_all))
        {
            if (TryLock(path) is { } found)
            {
                EmbeddedPostgresProcesses
                    .KillAsync(System.IO.Path.Combine(path, "postgres", "data"), CancellationToken.None)
                    .GetAwaiter()
                    .GetResult();
                new TestFolder(path, found).Dispose();
            }
        }

        return true;
    }

    private static FileStream? TryLock(string path)
    {
        try
        {
            return new($"{path}.lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
