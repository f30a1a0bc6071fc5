using System.Net.Http.Json;

namespace Portal.Tests.Sweep;

public static class Asking
{
    private const string TokenField = "__RequestVerificationToken";

    /// <summary>Does what a row says; posts a form with the token that this person's pages carry.</summary>
    public static async Task AskAsync(
        this Visitor visitor,
        Row row,
        params IEnumerable<(string Name, string Value)> extra
    )
    {
        if (row.Method == "GET")
        {
            await visitor.OpenAsync(row.Path);
        }
        else if (row.Path.StartsWith("/api/", StringComparison.Ordinal))
        {
            await visitor.SendAsync(
                new(new(row.Method), row.Path)
                {
                    Content = JsonContent.Create(
                        row.Fields.Concat(extra).ToDictionary(field => field.Name, field => field.Value)
                    ),
                }
            );
        }
        else
        {
            await visitor.OpenAsync("/account");
            var token = visitor.Attribute($"input[name={TokenField}]", "value")
                ?? throw new InvalidOperationException($"{visitor.Path} has no form.");
            await visitor.PostAsync(row.Path, [.. row.Fields.Concat(extra), (TokenField, token)]);
        }
    }
}
