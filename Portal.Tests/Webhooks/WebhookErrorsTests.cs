using System.Text.RegularExpressions;
using Portal.Audit;
using Portal.Model;
using Portal.Webhooks;

namespace Portal.Tests.Webhooks;

public sealed partial class WebhookErrorsTests
{
    [Fact]
    public void Each_error_has_a_name_that_is_read_back_and_advice()
    {
        Assert.All(Enum.GetValues<WebhookErrorType>(), type =>
        {
            Assert.Equal(SnakeCase().Replace(type.ToString(), "$1_$2").ToLowerInvariant(), type.Name);
            Assert.Equal(type, WebhookErrors.Parse(type.Name));
            Assert.NotEmpty(type.Advice.Title);
            Assert.EndsWith(".", type.Advice.Fix);
        });
        Assert.Null(WebhookErrors.Parse("of yesterday"));
    }

    [Fact]
    public void The_list_is_the_one_in_the_docs()
    {
        var table = DocRow()
            .Matches(File.ReadAllText(Path.Combine(RepositoryPaths.Root, "docs", "n8n", "README.md")))
            .Select(row => row.Groups[1].Value);

        Assert.Equal(
            Enum.GetValues<WebhookErrorType>().Select(type => type.Name).Order(),
            table.Where(name => WebhookErrors.Parse(name) is not null).Order()
        );
    }

    [Fact]
    public void The_docs_have_every_sentence_that_tells_replies_apart()
    {
        var docs = File.ReadAllText(Path.Combine(RepositoryPaths.Root, "docs", "n8n", "README.md"));

        Assert.All(
            WebhookDiagnosis.Rules.Where(rule =>
                rule.Error is not (WebhookErrorType.Timeout or WebhookErrorType.Http)
                && rule.Says != WebhookFindings.NoHandshake
            ),
            rule =>
            {
                Assert.Contains(rule.Advice.Title, docs, StringComparison.Ordinal);
                Assert.EndsWith(".", rule.Advice.Fix);
            }
        );
    }

    [GeneratedRegex("([a-z])([A-Z])")]
    private static partial Regex SnakeCase();

    [GeneratedRegex("^\\| `([a-z_]+)` \\|", RegexOptions.Multiline)]
    private static partial Regex DocRow();
}
