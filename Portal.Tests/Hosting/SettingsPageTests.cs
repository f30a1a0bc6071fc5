using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Portal.Accounts;
using Portal.Api;
using Portal.Audit;
using Portal.Chat;
using Portal.Hosting;
using Portal.Limits;
using Portal.Mail;
using Portal.Webhooks;

namespace Portal.Tests.Hosting;

/// <summary>
/// The table of every setting in docs/settings.md is generated from the options classes: name, default, unit, whether
/// it is a secret, and the summary of its property. PORTAL_WRITE_DOCS=1 writes it again.
/// </summary>
public sealed partial class SettingsPageTests(SharedPortal portal) : IClassFixture<SharedPortal.Running>
{
    private const string Heading = "## Every setting";
    private static readonly string s_page = Path.Combine(RepositoryPaths.Root, "docs", "settings.md");

    [Fact]
    public void Every_setting_stands_in_the_table_with_default_unit_and_whether_it_is_a_secret()
    {
        var expected = string.Join('\n', EverySetting());
        var page = File.ReadAllText(s_page);
        var start = page.IndexOf(
            "| `",
            page.IndexOf($"{Heading}\n", StringComparison.Ordinal),
            StringComparison.Ordinal
        );
        var end = page.IndexOf("\n\n", start, StringComparison.Ordinal);
        end = end < 0 ? page.TrimEnd('\n').Length : end;
        if (Environment.GetEnvironmentVariable("PORTAL_WRITE_DOCS") == "1")
        {
            File.WriteAllText(s_page, page[..start] + expected + page[end..]);
            return;
        }

        Assert.Equal(expected, page[start..end]);
    }

    [Fact]
    public void Every_setting_that_the_page_names_anywhere_exists()
    {
        var known = Sections()
            .SelectMany(section => Properties(section).Select(setting => Variable(section, setting)))
            .ToHashSet(StringComparer.Ordinal);
        var named = Variables()
            .Matches(File.ReadAllText(s_page))
            .Select(name => name.Groups[1].Value)
            .Where(name => !name.EndsWith('_'));

        Assert.Empty(named.Except(known).Except(["Portal__MasterKey", "Portal__PublicUrl"]));
    }

    private IEnumerable<SettingsSection> Sections() =>
        portal
            .Services.GetServices<SettingsSection>()
            .DistinctBy(section => section.Type)
            .OrderBy(section => section.Section is not "ConnectionStrings")
            .ThenBy(section => section.Section, StringComparer.Ordinal);

    // Only in code: what another class of settings fills in.
    private static IEnumerable<PropertyInfo> Properties(SettingsSection section) =>
        section
            .Type.GetProperties()
            .Where(setting =>
                setting.CanWrite && (section.Type, setting.Name) != (typeof(WebhookOptions), "PublicUrl")
            );

    private static string Variable(SettingsSection section, PropertyInfo setting) =>
        $"{section.Section.Replace(":", "__", StringComparison.Ordinal)}__{setting.Name}{(setting.PropertyType.IsArray ? "__0" : "")}";

    private IEnumerable<string> EverySetting()
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var section in Sections())
        {
            var documented = Setting()
                .Matches(SourceOf(section.Type))
                .ToDictionary(setting => setting.Groups["name"].Value, setting => Plain(setting.Groups["text"].Value));
            var options = Activator.CreateInstance(section.Type);
            foreach (var setting in Properties(section).Where(setting => seen.Add(Variable(section, setting))))
            {
                yield return $"| `{Variable(section, setting)}` | {Said(setting.GetValue(options))} | {Unit(setting)} | "
                    + $"{(setting.IsDefined(typeof(SecretAttribute)) ? "yes" : "")} | {documented[setting.Name]} |";
            }
        }
    }

    private static string SourceOf(Type type) =>
        Directory
            .EnumerateFiles(RepositoryPaths.Portal, "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal))
            .Select(File.ReadAllText)
            .Single(text => text.Contains($"public sealed class {type.Name}", StringComparison.Ordinal));

    private static string Unit(PropertyInfo setting)
    {
        var type = setting.PropertyType.IsArray ? setting.PropertyType.GetElementType()! : setting.PropertyType;
        type = Nullable.GetUnderlyingType(type) ?? type;
        return type switch
        {
            { IsEnum: true } => string.Join(", ", Enum.GetNames(type).Select(name => $"`{name}`")),
            _ when type == typeof(bool) => "`true`, `false`",
            _ when type == typeof(TimeSpan) => "h:m:s",
            _ when type == typeof(Uri) => "URL",
            _ when type == typeof(double) => "0 to 1",
            _ when type == typeof(int) => UnitOfNumber(setting.Name),
            _ => "text",
        };
    }

    private static string UnitOfNumber(string name) =>
        name switch
        {
            _ when name.EndsWith("Port", StringComparison.Ordinal)
                    || name.EndsWith("Ports", StringComparison.Ordinal) => "port",
            _ when name.Contains("Kilobytes", StringComparison.Ordinal) => "kB",
            _ when name.Contains("Bytes", StringComparison.Ordinal) => "bytes",
            _ when name.Contains("PerMinute", StringComparison.Ordinal) => "per minute",
            _ when name.Contains("PerHour", StringComparison.Ordinal) => "per hour",
            _ when name.Contains("PerDay", StringComparison.Ordinal) => "per day",
            _ when name.Contains("PerMonth", StringComparison.Ordinal) => "per month",
            _ when name.EndsWith("Days", StringComparison.Ordinal) => "days",
            _ => "number",
        };

    /// <summary>
    /// A limit that the table does not name, or names wrong, fails here: so does one that the code has forgotten.
    /// </summary>
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
            null or "" => "–",
            bool isOn => isOn ? "`true`" : "`false`",
            Array { Length: 0 } => "none",
            Array many => string.Join(
                ", ",
                many.Cast<object>().Select(one => string.Create(CultureInfo.InvariantCulture, $"`{one}`"))
            ),
            int number => number.ToString("N0", CultureInfo.InvariantCulture),
            _ => string.Create(CultureInfo.InvariantCulture, $"`{value}`"),
        };

    private static string Plain(string summary) =>
        Code().Replace(Reference().Replace(LineBreak().Replace(summary, " ").Trim(), "`$1`"), "`$1`");

    [GeneratedRegex(@"\s*\n\s*///\s*")]
    private static partial Regex LineBreak();

    [GeneratedRegex(
        """/// <summary>(?<text>(?:(?!</summary>)[\s\S])+)</summary>\n(?:\s*\[[^\n]+\]\n)*\s*public [^\n(]+ (?<name>\w+) \{ get; set; \}"""
    )]
    private static partial Regex Setting();

    [GeneratedRegex(@"`((?:ConnectionStrings|Portal)__\w+)`")]
    private static partial Regex Variables();

    [GeneratedRegex("<see cref=\"(\\w+)\"/>")]
    private static partial Regex Reference();

    [GeneratedRegex("<c>(.+?)</c>")]
    private static partial Regex Code();
}
