using System.Text.RegularExpressions;

namespace Portal.Tests.Sweep;

public sealed partial class ThreatsTests
{
    [Fact]
    public void Every_test_that_the_page_of_threats_names_exists()
    {
        var page = File.ReadAllText(Path.Combine(RepositoryPaths.Root, "docs", "threats.md"));
        var named = Name().Matches(page).Select(match => (Class: match.Groups[1].Value, Method: match.Groups[2].Value)).ToHashSet();
        var tests = typeof(ThreatsTests).Assembly.GetTypes().SelectMany(type => type.GetMethods().Where(method => method.IsDefined(typeof(FactAttribute), true)).Select(method => (type.Name, method.Name))).ToHashSet();

        Assert.True(named.Count > 30);
        Assert.Empty(named.Except(tests));
    }

    [GeneratedRegex("`([A-Z][A-Za-z]+Tests)\\.([A-Za-z_0-9]+)`")]
    private static partial Regex Name();
}
