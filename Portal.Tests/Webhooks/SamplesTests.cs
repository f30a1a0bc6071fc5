using System.Globalization;
using System.Text;
using Portal.Audit;
using Portal.Model;
using Portal.Webhooks;

namespace Portal.Tests.Webhooks;

/// <summary>What n8n 2.41, and what stands in front of it, sends, played back byte for byte.</summary>
public sealed class SamplesTests
{
    private static readonly Dictionary<string, Sample> Samples = Sample.Load();

    [Theory]
    [InlineData("POST /webhook/immediate", "no_answer")]
    [InlineData("POST /webhook/lastobj", "hello **x**")]
    [InlineData("POST /webhook/lastall", "hello")]
    [InlineData("POST /webhook/lastprop", "plain string")]
    [InlineData("POST /webhook/lastnoitem", "no_answer")]
    [InlineData("POST /webhook/respjson", "hi")]
    [InlineData("POST /webhook/resparr", "a\n\nb")]
    [InlineData("POST /webhook/resptext", "just text")]
    [InlineData("POST /webhook/respnodata", "no_answer")]
    [InlineData("POST /webhook/respredirect", "redirect")]
    [InlineData("POST /webhook/respmissing", "workflow_error")]
    [InlineData("POST /webhook/respunused", "workflow_error")]
    [InlineData("POST /webhook/respunreached", "no_answer")]
    [InlineData("POST /webhook/errlast", "workflow_error")]
    [InlineData("POST /webhook/errresp", "workflow_error")]
    [InlineData("POST /webhook/onlyrun", "no_answer")]
    [InlineData("POST /webhook/nope", "not_found")]
    [InlineData("POST /webhook/stream", "line1\nline2 é")]
    [InlineData("POST /webhook/streamtext", "plain")]
    [InlineData("POST /webhook/streamall", "a\n\nb")]
    [InlineData("POST /webhook/streamnone", "no_answer")]
    [InlineData("POST /webhook/streamerr", "workflow_error")]
    [InlineData("POST /webhook/agentstream3", "Let me calculate. \n\nThe answer is **4**.\n- é ✓")]
    [InlineData("POST /webhook/agentlast3", "The answer is 4.")]
    [InlineData("POST /webhook/agenterr2", "workflow_error")]
    [InlineData("GET /webhook/lastobj (wrong method)", "wrong_method")]
    [InlineData("malformed JSON", "http")]
    [InlineData("17 MB JSON", "workflow_error")]
    [InlineData("Ignore bots, UA AcmeChat/1.0", "unauthorized")]
    [InlineData("IP allowlist", "unauthorized")]
    [InlineData("JWT none", "unauthorized")]
    [InlineData("JWT expired", "unauthorized")]
    [InlineData("JWT wrong alg", "unauthorized")]
    [InlineData("basic none", "unauthorized")]
    [InlineData("chat trigger lastNode", "bad_answer")]
    [InlineData("chat trigger multipart", "bad_answer")]
    [InlineData("chat trigger loadPreviousSession (off)", "bad_answer")]
    [InlineData("chat trigger not public", "not_found")]
    [InlineData("chat trigger streaming agent", "The answer is **4**.\n- é ✓")]
    [InlineData("streaming with a 33 s wait (keepalive)", "late")]
    [InlineData("starting: no webhooks yet", "starting")]
    [InlineData("starting: database", "starting")]
    [InlineData("starting: migrations", "starting")]
    [InlineData("last node without data", "no_answer")]
    [InlineData("chat trigger response nodes", "no_answer")]
    [InlineData("chat trigger n8n user auth", "unauthorized")]
    [InlineData("trigger could not start", "workflow_error")]
    [InlineData("credential unset", "workflow_error")]
    [InlineData("n8n Cloud after 100 s", "proxy")]
    [InlineData("nginx without n8n behind it", "proxy")]
    [InlineData("nginx without such a page", "proxy")]
    [InlineData("nginx asked in http on its https port", "proxy")]
    public async Task Each_recorded_reply_is_understood(string name, string expected)
    {
        var sample = Samples[name];
        await using var n8n = new Upstream(sample.PlayAsync);
        using var caller = new Caller(n8n);

        var streamed = new StringBuilder();
        var outcome = await caller.AskAsync(
            (delta, _) =>
            {
                streamed.Append(delta);
                return ValueTask.CompletedTask;
            }
        );

        Assert.Equal(expected, Caller.Result(outcome));
        Assert.Single(n8n.Requests);
        if (outcome is WebhookOutcome.Answered answered && streamed.Length > 0)
        {
            Assert.Equal(answered.Text, streamed.ToString().Trim());
        }
    }

    [Theory]
    [InlineData("POST /webhook/lastnoitem", "The last node returned no items", true)]
    [InlineData("last node without data", "The last node returned no items", true)]
    [InlineData("POST /webhook/respnodata", "The response was empty", true)]
    [InlineData("POST /webhook/respunreached", "The response was empty", true)]
    [InlineData("POST /webhook/streamnone", "The response was empty", true)]
    [InlineData("POST /webhook/immediate", "The workflow replies before it has an answer", false)]
    [InlineData("POST /webhook/onlyrun", "Only Run If kept the workflow from running", false)]
    [InlineData("chat trigger response nodes", "The Chat Trigger replies through its Response Nodes", false)]
    [InlineData("POST /webhook/respmissing", "The workflow has no Respond to Webhook node", false)]
    [InlineData("POST /webhook/respunused", "The Respond to Webhook node isn’t used", false)]
    [InlineData("POST /webhook/errlast", "Workflow error", false)]
    [InlineData("trigger could not start", "The workflow couldn’t start", false)]
    [InlineData("credential unset", "The Webhook node has no credential", false)]
    [InlineData("POST /webhook/nope", "Webhook not found", false)]
    [InlineData("chat trigger not public", "The chat isn’t public, or isn’t published", false)]
    [InlineData("starting: no webhooks yet", "n8n is starting, or this isn’t a webhook URL", false)]
    [InlineData("starting: database", "n8n is starting, or this isn’t a webhook URL", false)]
    [InlineData("chat trigger n8n user auth", "The Chat Trigger only lets in n8n users", false)]
    [InlineData("JWT none", "n8n expects signed requests", false)]
    [InlineData("JWT expired", "n8n’s clock is wrong", false)]
    [InlineData("JWT wrong alg", "Wrong algorithm in the JWT credential", false)]
    [InlineData("basic none", "n8n expects a user name and password", false)]
    [InlineData("IP allowlist", "n8n doesn’t allow the portal’s IP address", false)]
    [InlineData("chat trigger lastNode", "The workflow returned the question", false)]
    [InlineData("n8n Cloud after 100 s", "A proxy timed out", false)]
    [InlineData("nginx without n8n behind it", "n8n can’t be reached behind its proxy", false)]
    [InlineData("nginx without such a page", "No n8n at this address", false)]
    [InlineData("nginx asked in http on its https port", "This port expects HTTPS", false)]
    public async Task Each_reply_without_an_answer_has_a_sentence_of_its_own(
        string name,
        string title,
        bool isEmptyResult
    )
    {
        await using var n8n = new Upstream(Samples[name].PlayAsync);
        using var caller = new Caller(n8n);

        var failed = Assert.IsType<WebhookOutcome.Failed>(await caller.AskAsync());

        Assert.Equal(
            (title, isEmptyResult),
            (WebhookDiagnosis.Of(failed.Error, failed.StatusCode, failed.Detail).Title, failed.IsEmptyResult)
        );
    }

    [Fact]
    public async Task Empty_results_pause_nobodys_calls()
    {
        await using var n8n = new Upstream(Samples["POST /webhook/lastnoitem"].PlayAsync);
        using var caller = new Caller(n8n, settings => settings.BreakAtCalls = 2);

        for (var n = 0; n < 6; n++)
        {
            Assert.Equal("no_answer", await caller.ResultAsync());
        }

        Assert.Equal(6, n8n.Requests.Count);
    }

    [Fact]
    public void No_recording_is_left_out()
    {
        var played = typeof(SamplesTests)
            .GetMethod(nameof(Each_recorded_reply_is_understood))!
            .GetCustomAttributesData()
            .Where(data => data.AttributeType == typeof(InlineDataAttribute))
            .Select(data =>
                (string)
                    (
                        (IReadOnlyList<System.Reflection.CustomAttributeTypedArgument>)
                            data.ConstructorArguments[0].Value!
                    )[0].Value!
            );

        // Of this one only the headers were kept.
        Assert.Equal(Samples.Keys.Except(["JWT ES256 ok"]).Order(), played.Order());
    }

    private sealed record Sample(int Status, string[] Headers, string Body)
    {
        public static Dictionary<string, Sample> Load() =>
            File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Webhooks", "n8n-samples.txt"))
                .ReplaceLineEndings("\n")
                .Split("\n### ")
                .Skip(1)
                .Select(section => section.Split('\n', 2))
                .ToDictionary(section => section[0], section => Parse(section[1]));

        private static Sample Parse(string text)
        {
            if (!text.StartsWith("HTTP/", StringComparison.Ordinal))
            {
                return new Sample(200, ["Transfer-Encoding: chunked"], text.TrimEnd('\n') + "\n");
            }

            var parts = text.Split("\n\n", 2);
            var head = parts[0].Split('\n');
            return new Sample(
                int.Parse(head[0].Split(' ')[1], CultureInfo.InvariantCulture),
                head[1..],
                parts.ElementAtOrDefault(1)?.TrimEnd('\n') ?? ""
            );
        }

        public async Task PlayAsync(Visit visit)
        {
            // Who says that the connection stays, and where the reply ends, must keep it: else the next call goes out
            // on one that is just being closed.
            var stays =
                Headers.Contains("Connection: keep-alive")
                && Headers.Any(header =>
                    header.StartsWith("Content-Length:", StringComparison.Ordinal)
                    || header == "Transfer-Encoding: chunked"
                );
            while (await visit.ReadRequestAsync() is not null)
            {
                await ReplyAsync(visit);
                if (!stays)
                {
                    return;
                }
            }
        }

        private async Task ReplyAsync(Visit visit)
        {
            var isChunked = Headers.Contains("Transfer-Encoding: chunked");
            await visit.WriteAsync(
                $"HTTP/1.1 {Status} X\r\n{string.Concat(Headers.Select(header => header + "\r\n"))}\r\n"
            );
            if (!isChunked)
            {
                await visit.WriteAsync(Body);
                return;
            }

            // In odd pieces, so that lines and letters are cut in the middle.
            foreach (var piece in Encoding.UTF8.GetBytes(Body).Chunk(7))
            {
                await visit.ChunkAsync(piece);
            }

            await visit.EndChunksAsync();
        }
    }
}
