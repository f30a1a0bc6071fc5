using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Portal.Data;

namespace Portal.Tests.Databases;

/// <summary>
/// A migrated server's data directory, kept for a day while migrations and programs stay the same: creating it takes
/// seconds, copying it a fraction of one, and a run of a single test waits for that.
/// </summary>
internal sealed class KeptCluster
{
    private static readonly TimeSpan s_longest = TimeSpan.FromDays(1);

    // Not among the folders of runs, which the next run clears away.
    private static readonly string s_all = Path.Combine(
        Path.GetTempPath(),
        $"portal-tests-{Environment.UserName}-kept"
    );

    private readonly string _folder;

    private KeptCluster(string key) => _folder = Path.Combine(s_all, key);

    /// <summary>The one that was made by these migrations and these programs, if it is there.</summary>
    public static KeptCluster Of(EmbeddedPostgresOptions options)
    {
        var program = new FileInfo(
            EmbeddedPostgresBinaries.Find(options.PostgresBin, AppContext.BaseDirectory).Program("postgres")
        );
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{program.FullName} {program.Length} {program.LastWriteTimeUtc:O}"));
        foreach (
            var file in Directory
                .EnumerateFiles(Migrations.Folder, "*", SearchOption.AllDirectories)
                .Order(StringComparer.Ordinal)
        )
        {
            hash.AppendData(Encoding.UTF8.GetBytes(Path.GetRelativePath(Migrations.Folder, file)));
            hash.AppendData(File.ReadAllBytes(file));
        }

        return new(Convert.ToHexStringLower(hash.GetHashAndReset())[..16]);
    }

    /// <summary>Whether it was there, and is now a data directory in that folder too.</summary>
    public async Task<bool> CopyIntoAsync(string folder)
    {
        if (!Directory.Exists(_folder) || DateTime.UtcNow - Directory.GetCreationTimeUtc(_folder) > s_longest)
        {
            return false;
        }

        var copy = Path.Combine(folder, "postgres");
        if (await CopyAsync(Path.Combine(_folder, "postgres"), copy))
        {
            return true;
        }

        // Another run has just cleared it away.
        if (Directory.Exists(copy))
        {
            Directory.Delete(copy, recursive: true);
        }

        return false;
    }

    /// <summary>Keeps that folder's data directory, whose server has ended, in place of what is too old.</summary>
    public async Task KeepAsync(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        Directory.CreateDirectory(s_all, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        foreach (
            var old in Directory
                .EnumerateDirectories(s_all)
                .Where(old => DateTime.UtcNow - Directory.GetCreationTimeUtc(old) > s_longest)
                .ToList()
        )
        {
            Directory.Delete(old, recursive: true);
        }

        // One whose user could not reach the folder lies elsewhere, and is not copied by copying a link.
        var made = new DirectoryInfo(Path.Combine(folder, "postgres"));
        var draft = Directory.CreateDirectory($"{_folder}.{Guid.NewGuid():N}").FullName;
        if (
            made.LinkTarget is null
            && !Directory.Exists(_folder)
            && await CopyAsync(made.FullName, Path.Combine(draft, "postgres"))
        )
        {
            try
            {
                Directory.Move(draft, _folder);
                return;
            }
            catch (IOException)
            {
                // Another run was a moment faster.
            }
        }

        Directory.Delete(draft, recursive: true);
    }

    // With owners and modes, on which the server insists.
    private static async Task<bool> CopyAsync(string from, string to)
    {
        using var copying = Process.Start("cp", ["-a", from, to]);
        await copying.WaitForExitAsync();
        return copying.ExitCode == 0;
    }
}
