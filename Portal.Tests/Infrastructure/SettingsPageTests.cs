using System.Globalization;
using System.Text.RegularExpressions;
using Portal.Chat;
using Portal.Webhooks;

namespace Portal.Tests.Infrastructure;

/// <summary>docs/deploy.md says of each setting of the chat what the class says that holds it.</summary>
public sealed partial class SettingsPageTests
{
    [Fact]
    public void Every_setting_of_the_chat_stands_on_the_page_with_its_default()
    {
        string[] expected =
        [
            .. Rows<LimitOptions>("Portal__Limits__", "Chat/Limits/LimitOptions.cs"),
            .. Rows<WebhookOptions>("Portal__Webhooks__", "Webhooks/WebhookOptions.cs", but: nameof(WebhookOptions.PublicUrl)),
        ];
        var page = File.ReadAllLines(Path.Combine(RepositoryPaths.Root, "docs", "deploy.md"));
        var table = page.SkipWhile(line => line != "### Every setting of the chat").Where(line => line.StartsWith("| `", StringComparison.Ordinal)).Take(expected.Length).ToArray();

        Assert.Equal(string.Join('\n', expected), string.Join('\n', table));
    }

    private static IEnumerable<string> Rows<T>(string prefix, string file, string? but = null) where T : new()
    {
        var options = new T();
        var source = File.ReadAllText(Path.Combine(RepositoryPaths.Portal, file));
        var documented = Setting().Matches(source).ToDictionary(setting => setting.Groups["name"].Value, setting => Plain(setting.Groups["text"].Value));
        foreach (var setting in typeof(T).GetProperties().Where(property => property.CanWrite && property.Name != but))
        {
            var value = setting.GetValue(options);
            var name = value is Array ? $"{setting.Name}__0" : setting.Name;
            yield return $"| `{prefix}{name}` | {Said(value)} | {documented[setting.Name]} |";
        }
    }

    private static string Said(object? value) => value switch
    {
        bool isOn => isOn ? "`true`" : "`false`",
        Array { Length: 0 } => "none",
        Array many => string.Join(", ", many.Cast<object>().Select(one => string.Create(CultureInfo.InvariantCulture, $"`{one}`"))),
        int number => number.ToString("N0", CultureInfo.InvariantCulture),
        _ => string.Create(CultureInfo.InvariantCulture, $"`{value}`"),
    };

    private static string Plain(string summary) => Code().Replace(Reference().Replace(summary.Trim(), "`$1`"), "`$1`");

    [GeneratedRegex("""/// <summary>(?<text>[^\n]+?)</summary>\n(?:\s*\[[^\n]+\]\n)*\s*public [^\n(]+ (?<name>\w+) \{ get; set; \}""")]
    private static partial Regex Setting();

    [GeneratedRegex("<see cref=\"(\\w+)\"/>")]
    private static partial Regex Reference();

    [GeneratedRegex("<c>(.+?)</c>")]
    private static partial Regex Code();
}
