using System.Text.RegularExpressions;
using Portal.Audit;

namespace Portal.Tests.Sweep;

/// <summary>Pages that promise something name the tests that keep it.</summary>
public sealed partial class NamedTestsTests
{
    [Theory]
    [InlineData("threats.md", 30)]
    [InlineData("specification.md", 40)]
    public void Every_test_that_a_page_names_exists(string name, int atLeast)
    {
        var page = File.ReadAllText(Path.Combine(RepositoryPaths.Root, "docs", name));
        var named = Name()
            .Matches(page)
            .Select(match => (Class: match.Groups[1].Value, Method: match.Groups[2].Value))
            .ToHashSet();
        var tests = typeof(NamedTestsTests)
            .Assembly.GetTypes()
            .SelectMany(type =>
                type.GetMethods()
                    .Where(method => method.IsDefined(typeof(FactAttribute), true))
                    .Select(method => (type.Name, method.Name))
            )
            .ToHashSet();

        Assert.InRange(named.Count, atLeast, int.MaxValue);
        Assert.Empty(named.Except(tests));
    }

    [Fact]
    public void Every_row_of_the_specification_names_a_test()
    {
        var rows = File.ReadLines(Path.Combine(RepositoryPaths.Root, "docs", "specification.md"))
            .Where(line =>
                line.StartsWith("| ", StringComparison.Ordinal)
                && !line.StartsWith("| the ", StringComparison.Ordinal)
                && !line.StartsWith("| ---", StringComparison.Ordinal)
            )
            .ToList();

        Assert.NotEmpty(rows);
        Assert.All(rows, row => Assert.Matches(Name(), row));
    }

    [GeneratedRegex("`([A-Z][A-Za-z]+Tests)\\.([A-Za-z_0-9]+)`")]
    private static partial Regex Name();
}
