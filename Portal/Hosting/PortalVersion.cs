using System.Reflection;

namespace Portal.Hosting;

/// <summary>The version of the running portal.</summary>
public static class PortalVersion
{
    /// <summary>The version as built, followed by a plus sign and the commit if the build knew it.</summary>
    public static string Text { get; } =
        typeof(PortalVersion)
            .Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!
            .InformationalVersion;

    /// <summary>The same with only the first seven digits of the commit.</summary>
    public static string Short { get; } = Shorten(Text);

    public static string Shorten(string version) =>
        version.Split('+') is [var number, { Length: > 7 } commit] ? $"{number}+{commit[..7]}" : version;
}
