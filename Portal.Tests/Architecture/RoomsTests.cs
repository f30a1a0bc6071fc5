using System.Text.RegularExpressions;
using NetArchTest.Rules;

namespace Portal.Tests.Architecture;

/// <summary>
/// Which room may know which: the table in docs/architecture.md, "Rooms". A room uses rooms on lower floors, and of its
/// own floor only those named here.
/// </summary>
public sealed partial class RoomsTests
{
    private static readonly Dictionary<string, int> s_floors = new()
    {
        ["Model"] = 0,
        ["Hosting"] = 1,
        ["Secrets"] = 1,
        ["Data"] = 1,
        ["Audit"] = 2,
        ["Jobs"] = 2,
        ["Limits"] = 2,
        ["Mail"] = 2,
        ["Web"] = 2,
        ["Accounts"] = 3,
        ["Alerts"] = 3,
        ["Analytics"] = 3,
        ["Chat"] = 3,
        ["Deletion"] = 3,
        ["Demos"] = 3,
        ["Inbox"] = 3,
        ["Keys"] = 3,
        ["Webhooks"] = 3,
        ["Api"] = 4,
        ["Commands"] = 4,
        ["Pages"] = 4,
        ["Sample"] = 4,
    };

    /// <summary>From, to: on one floor.</summary>
    private static readonly (string From, string To)[] s_arrows =
    [
        ("Secrets", "Hosting"),
        ("Data", "Hosting"),
        ("Data", "Secrets"),
        ("Limits", "Web"),
        ("Mail", "Jobs"),
        ("Chat", "Webhooks"),
        ("Demos", "Chat"),
        ("Pages", "Api"),
    ];

    public static TheoryData<string> Rooms => [.. s_floors.Keys];

    [Fact]
    public void Every_namespace_is_a_room()
    {
        var rooms = typeof(Program)
            .Assembly.GetTypes()
            .Select(type => type.Namespace)
            .OfType<string>()
            .Where(name => name.StartsWith("Portal.", StringComparison.Ordinal))
            .Select(name => name.Split('.')[1])
            .Distinct();

        Assert.Equal(s_floors.Keys.Order(StringComparer.Ordinal), rooms.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Rooms))]
    public void A_room_knows_only_what_the_table_lets_it(string room)
    {
        var closed = s_floors
            .Where(other => other.Key != room && other.Value >= s_floors[room] && !s_arrows.Contains((room, other.Key)))
            .Select(other => $"Portal.{other.Key}")
            .ToArray();

        var result = Types
            .InAssembly(typeof(Program).Assembly)
            .That()
            .ResideInNamespaceMatching($"^Portal\\.{room}(\\.|$)")
            .ShouldNot()
            .HaveDependencyOnAny(closed)
            .GetResult();

        Assert.True(
            result.IsSuccessful,
            $"{room} must not use {string.Join(", ", closed)}: {string.Join(", ", result.FailingTypeNames ?? [])}"
        );
    }

    /// <summary>The compiled code has forgotten constants and names in comments; the sources have not.</summary>
    [Theory]
    [MemberData(nameof(Rooms))]
    public void A_rooms_sources_name_only_what_the_table_lets_it(string room)
    {
        var open = s_floors
            .Where(other => other.Key == room || other.Value < s_floors[room] || s_arrows.Contains((room, other.Key)))
            .Select(other => other.Key);
        var named = Directory
            .EnumerateFiles(Path.Combine(RepositoryPaths.Portal, room), "*.cs", SearchOption.AllDirectories)
            .SelectMany(file =>
                Import()
                    .Matches(File.ReadAllText(file))
                    .Select(import => $"{import.Groups[1].Value} in {Path.GetFileName(file)}")
            );

        Assert.DoesNotContain(named, import => !open.Contains(import.Split(' ')[0]));
    }

    [GeneratedRegex(@"^using Portal\.(\w+)", RegexOptions.Multiline)]
    private static partial Regex Import();

    [Fact]
    public void No_arrows_make_a_circle()
    {
        var left = s_floors.Keys.ToHashSet();
        while (
            left.FirstOrDefault(room => !s_arrows.Any(arrow => arrow.From == room && left.Contains(arrow.To)))
                is { } last
        )
        {
            left.Remove(last);
        }

        Assert.Empty(left);
    }
}
