using System.Net;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace Portal.Tests.Sweep;

/// <summary>One line of <c>rows.txt</c>.</summary>
public sealed partial record Row(
    string Method,
    string Path,
    IReadOnlyList<(string Name, string Value)> Fields,
    string[] Expected
)
{
    public static readonly string[] Callers = ["signed out", "other", "member", "owner", "admin"];

    public static IReadOnlyList<Row> All { get; } =
    [
        .. File.ReadLines(File_())
            .Select(line => line.Trim())
            .Where(line => line.Length > 0 && line[0] != '#')
            .Select(Parse),
    ];

    /// <summary>
    /// The address without its query, each thing in it as <c>{}</c>: as the endpoint's pattern looks.
    /// </summary>
    public string Route => Thing().Replace(Path.Split('?')[0], "{}");

    public string Handler => Query.FirstOrDefault(pair => pair.Name == "handler").Value ?? "";

    public IEnumerable<(string Name, string Value)> Query =>
        Path.Split('?') is [_, var query] ? query.Split('&').Select(Pair) : [];

    /// <summary>The things it names, such as <c>widget</c>.</summary>
    public IReadOnlyList<string> Things =>
        [.. Thing().Matches(ToString()).Select(match => match.Groups[1].Value).Distinct()];

    public bool Names(string field) =>
        Fields.Concat(Query).Any(pair => pair.Name.Equals(field, StringComparison.OrdinalIgnoreCase));

    public string Expect(string caller) => Expected[Array.IndexOf(Callers, caller)];

    /// <summary>The row with its things filled in.</summary>
    public Row With(IReadOnlyDictionary<string, string> things) =>
        this with
        {
            Path = Fill(Path, things),
            Fields = [.. Fields.Select(field => (field.Name, Fill(field.Value, things)))],
        };

    /// <summary>What came of a call, in the words of the table.</summary>
    public static string Outcome(Visitor visitor) =>
        visitor switch
        {
            { Path: Portal.Web.AccessPolicies.SignInPath } => "sign-in",
            {
                Status: >= HttpStatusCode.OK
                    and < HttpStatusCode.MultipleChoices
                    or HttpStatusCode.Conflict
                    or HttpStatusCode.Gone
                    or HttpStatusCode.UnprocessableEntity
            } => "ok",
            _ => $"{(int)visitor.Status}",
        };

    public override string ToString() =>
        string.Join(' ', Fields.Select(field => $"{field.Name}={field.Value}").Prepend($"{Method} {Path}"));

    private static string Fill(string text, IReadOnlyDictionary<string, string> things) =>
        Thing().Replace(text, match => things[match.Groups[1].Value]);

    private static Row Parse(string line)
    {
        var words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        Assert.True(words.Length >= 2 + Callers.Length, $"rows.txt: {line}");
        return new(words[0], words[1], [.. words[2..^Callers.Length].Select(Pair)], words[^Callers.Length..]);
    }

    private static (string Name, string Value) Pair(string pair) =>
        pair.Split('=', 2) is [var name, var value] ? (name, Uri.UnescapeDataString(value)) : (pair, "");

    private static string File_([CallerFilePath] string here = "") =>
        System.IO.Path.Combine(System.IO.Path.GetDirectoryName(here)!, "rows.txt");

    [GeneratedRegex(@"\{([a-z-]+)\}")]
    private static partial Regex Thing();
}
