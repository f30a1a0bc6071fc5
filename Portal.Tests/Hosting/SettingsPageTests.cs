using System.Globalization;
using System.Text.RegularExpressions;
using Portal.Accounts;
using Portal.Api;
using Portal.Audit;
using Portal.Chat;
using Portal.Limits;
using Portal.Mail;
using Portal.Webhooks;

namespace Portal.Tests.Hosting;

/// <summary>docs/settings.md says about each setting what the summary of its property says.</summary>
public sealed partial class SettingsPageTests
{
    [Fact]
    public void Every_setting_of_the_chat_stands_on_the_page_with_its_default()
    {
        string[] expected =
        [
            .. Rows<LimitOptions>("Portal__Limits__", "Chat/Limits/LimitOptions.cs")
                .Where(row => row.Contains("`Portal__Limits__Off`", StringComparison.Ordinal)),
            .. Rows<WebhookOptions>(
                "Portal__Webhooks__",
                "Webhooks/WebhookOptions.cs",
                but: nameof(WebhookOptions.PublicUrl)
            ),
        ];
        var page = File.ReadAllLines(Path.Combine(RepositoryPaths.Root, "docs", "settings.md"));
        var table = page.SkipWhile(line => line != "### Every setting of the chat")
            .Where(line => line.StartsWith("| `", StringComparison.Ordinal))
            .Take(expected.Length)
            .ToArray();

        Assert.Equal(string.Join('\n', expected), string.Join('\n', table));
    }

    /// <summary>A limit that the table does not name, or names wrong, fails here: so does one that the code has forgotten.</summary>
    [Fact]
    public void Every_limit_stands_in_the_table_of_limits_with_its_default()
    {
        string[] expected =
        [
            .. Rows<ActionLimitOptions>("Portal:ActionLimits:", "Limits/ActionLimitOptions.cs"),
            .. Rows<SignInLimitOptions>("Portal:SignInLimits:", "Accounts/SignInLimits.cs"),
            .. Rows<AdminApiOptions>("Portal:AdminApi:", "Api/AdminApiLimits.cs"),
            .. Rows<LimitOptions>("Portal:Limits:", "Chat/Limits/LimitOptions.cs")
                .Where(row => !row.Contains("`Portal:Limits:Off`", StringComparison.Ordinal)),
        ];

        Assert.Equal(string.Join('\n', expected), string.Join('\n', Security("## Limits").Take(expected.Length)));
    }

    [Fact]
    public void Every_kind_of_email_stands_in_the_table_with_what_limits_it()
    {
        var kinds = typeof(IEmailTemplate)
            .Assembly.GetTypes()
            .Where(type => type.IsClass && type.IsAssignableTo(typeof(IEmailTemplate)))
            .Select(type => $"{type.GetProperty(nameof(IEmailTemplate.Template))!.GetValue(null)}")
            .Order(StringComparer.Ordinal)
            .ToList();
        var rows = Security("### Emails").Select(row => row.Split('|', StringSplitOptions.TrimEntries)).ToList();

        Assert.Equal(kinds, rows.Select(row => row[1].Trim('`')).Order(StringComparer.Ordinal));
        var limits = typeof(ActionLimitOptions)
            .GetProperties()
            .Concat(typeof(SignInLimitOptions).GetProperties())
            .Select(setting => setting.Name)
            .ToHashSet();
        Assert.All(rows, row =>
            Assert.All(Quoted().Matches(row[3]).Select(name => name.Groups[1].Value), name =>
                Assert.Contains(name, limits)
            )
        );
    }

    private static IEnumerable<string> Security(string heading) =>
        File.ReadAllLines(Path.Combine(RepositoryPaths.Root, "docs", "security.md"))
            .SkipWhile(line => line != heading)
            .Skip(1)
            .TakeWhile(line => !line.StartsWith('#'))
            .Where(line => line.StartsWith("| `", StringComparison.Ordinal));

    [GeneratedRegex("`(\\w+)`")]
    private static partial Regex Quoted();

    private static IEnumerable<string> Rows<T>(string prefix, string file, string? but = null)
        where T : new()
    {
        var options = new T();
        var source = File.ReadAllText(Path.Combine(RepositoryPaths.Portal, file));
        var documented = Setting()
            .Matches(source)
            .ToDictionary(setting => setting.Groups["name"].Value, setting => Plain(setting.Groups["text"].Value));
        foreach (var setting in typeof(T).GetProperties().Where(property => property.CanWrite && property.Name != but))
        {
            var value = setting.GetValue(options);
            var name = value is Array ? $"{setting.Name}__0" : setting.Name;
            yield return $"| `{prefix}{name}` | {Said(value)} | {documented[setting.Name]} |";
        }
    }

    private static string Said(object? value) =>
        value switch
        {
            bool isOn => isOn ? "`true`" : "`false`",
            Array { Length: 0 } => "none",
            Array many => string.Join(
                ", ",
                many.Cast<object>().Select(one => string.Create(CultureInfo.InvariantCulture, $"`{one}`"))
            ),
            int number => number.ToString("N0", CultureInfo.InvariantCulture),
            _ => string.Create(CultureInfo.InvariantCulture, $"`{value}`"),
        };

    private static string Plain(string summary) => Code().Replace(Reference().Replace(summary.Trim(), "`$1`"), "`$1`");

    [GeneratedRegex(
        """/// <summary>(?<text>[^\n]+?)</summary>\n(?:\s*\[[^\n]+\]\n)*\s*public [^\n(]+ (?<name>\w+) \{ get; set; \}"""
    )]
    private static partial Regex Setting();

    [GeneratedRegex("<see cref=\"(\\w+)\"/>")]
    private static partial Regex Reference();

    [GeneratedRegex("<c>(.+?)</c>")]
    private static partial Regex Code();
}
