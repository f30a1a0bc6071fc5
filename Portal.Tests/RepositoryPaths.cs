using System.Runtime.CompilerServices;

namespace Portal.Tests;

/// <summary>Where the repository's folders are, seen from these sources.</summary>
public static class RepositoryPaths
{
    public static string Root { get; } = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Here())!, ".."));

    public static string Portal { get; } = Path.Combine(Root, "Portal");

    private static string Here([CallerFilePath] string path = "") => path;
}
