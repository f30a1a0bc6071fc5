using System.Net;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Portal.Audit;
using Portal.Jobs;
using Portal.Tests.Api;

namespace Portal.Tests.Hosting;

/// <summary>What Prometheus reads, and that dashboard and alert rules ask for nothing else.</summary>
public sealed partial class MetricsTests(PortalApp portal) : IClassFixture<PortalApp>
{
    private const string Token = "a token of tests alone";
    private static readonly string s_folder = Path.Combine(RepositoryPaths.Root, "docs", "deploy", "monitoring");

    // Counted only when what they count has happened: refused requests, failed calls, dropped connections.
    private static readonly string[] s_rare = ["portal_journal_refused_total", "portal_email_attempts_total"];

    [Fact]
    public async Task Whoever_does_not_know_the_token_finds_no_metrics()
    {
        var scraped = await ScrapedAsync();

        Assert.Equal(HttpStatusCode.NotFound, (await scraped.Http.GetAsync("/metrics")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await AskAsync(scraped, "another token of the same length")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await AskAsync(portal, Token)).StatusCode);
    }

    [Fact]
    public async Task Prometheus_reads_what_became_of_messages_and_neither_words_nor_hosts_of_clients()
    {
        var text = await AfterAChatAsync();

        Assert.Matches("""portal_messages_total\{[^}]*outcome="answered"[^}]*\} [1-9]""", text);
        Assert.Matches("""portal_job_runs_total\{[^}]*outcome="done"[^}]*\} [1-9]""", text);
        Assert.Contains("db_client_", text, StringComparison.Ordinal);
        Assert.DoesNotContain("private matter", text, StringComparison.Ordinal);
        Assert.DoesNotMatch("""http_client_\w+\{[^}]*server_address""", text);
    }

    [Theory]
    [InlineData("alerts.yml")]
    [InlineData("dashboard.json")]
    public async Task Every_metric_that_is_asked_for_exists(string file)
    {
        var text = await AfterAChatAsync();
        // By their own names and by those of their labels.
        var exposed = Series()
            .Matches(text)
            .Concat(Labels().Matches(text))
            .Select(found => found.Groups[1].Value)
            .ToHashSet();

        var asked = Named()
            .Matches(await File.ReadAllTextAsync(Path.Combine(s_folder, file)))
            .Select(name => name.Value)
            .Distinct()
            .ToList();

        Assert.NotEmpty(asked);
        Assert.Empty(asked.Except(exposed).Except(s_rare));
    }

    private async Task<string> AfterAChatAsync()
    {
        var scraped = await ScrapedAsync();
        await using var n8n = await N8n.StartAsync();
        var shop = await portal.NewWidgetAsync(n8n.Url);
        await (await scraped.Guest(shop).OpenAsync()).AskAsync("A most private matter");
        // A connection that began while the meters were being watched: the one to n8n may be older.
        using var http = new HttpClient();
        using var visit = await http.GetAsync(n8n.Url);
        await Task.WhenAll(await scraped.Services.GetRequiredService<JobRunner>().StartDueAsync(default));

        string text = "";
        await Timeouts.UntilAsync(async () =>
        {
            using var answer = await AskAsync(scraped, Token);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            text = await answer.Content.ReadAsStringAsync();
            // A request is counted when it has ended, which its caller may know first.
            return text.Contains("outcome=\"answered\"", StringComparison.Ordinal)
                && text.Contains("portal_job_runs_total", StringComparison.Ordinal)
                && text.Contains("http_server_request_duration_seconds_count", StringComparison.Ordinal);
        });
        return text;
    }

    private Task<PortalApp> ScrapedAsync() => portal.OtherAsync(("Portal:Metrics:Token", Token));

    private static async Task<HttpResponseMessage> AskAsync(PortalApp of, string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return await of.Http.SendAsync(request);
    }

    [GeneratedRegex(@"^([a-z][a-z0-9_]+)(?:\{| )", RegexOptions.Multiline)]
    private static partial Regex Series();

    [GeneratedRegex(@"[{,]([a-z][a-z0-9_]+)=")]
    private static partial Regex Labels();

    [GeneratedRegex(@"\b(?:portal|db_client|http_server|http_client|kestrel|aspnetcore|dotnet|process)_[a-z0-9_]+")]
    private static partial Regex Named();
}
