using System.IO.Compression;
using System.Net;
using System.Text.Json;
using Microsoft.Playwright;
using Portal.Audit;
using Portal.Model;
using Portal.Tests.Api;
using Portal.Tests.Webhooks;
using static Microsoft.Playwright.Assertions;

namespace Portal.Tests.Browser;

/// <summary>What the documented deployment really sends, byte by byte.</summary>
[Trait("Speed", "slow")]
public sealed class WireTests(Chromium chromium, PublishedPortal portal) : IClassFixture<PublishedPortal>
{
    private const int BeforeClick = 5_000;
    private const int Opened = 20_000;
    private const int StyleSheet = 25_000;

    private static readonly HttpClient s_plain = new(
        new SocketsHttpHandler { AutomaticDecompression = DecompressionMethods.None }
    );

    private static readonly WidgetConfig s_usual = new()
    {
        Texts = new()
        {
            Title = "Fern",
            Subtitle = "Usually answers in seconds",
            FirstMessage = "Hello! What are you looking for?",
            Suggestions = ["When will my order arrive?", "Can I return a sofa?", "Which oil for the oak table?"],
        },
    };

    [Fact]
    public async Task A_page_pays_five_kilobytes_before_a_click_and_twenty_for_an_open_chat()
    {
        var shop = await portal.Beside.NewWidgetAsync("https://n8n.shop.example/webhook/shop", s_usual);
        await using var website = Upstream.Saying(
            $"""<!doctype html><title>Shop</title><link rel="icon" href="data:,"><script src="{portal.Url}widget.js" data-widget="{shop.Id}" data-color="#1F5D4C" async></script>""",
            type: "text/html"
        );
        await using var context = await chromium.NewContextAsync(new() { Locale = "en-GB" });
        var page = await context.NewPageAsync();
        var wire = await Wire.TapAsync(page, portal.Url);
        await page.GotoAsync(website.Url);

        // A busy browser may ask for nothing for a while before it has asked for all.
        await Timeouts.UntilAsync(() => Task.FromResult(wire.Answers.Count >= 2));
        await page.WaitForLoadStateAsync(LoadState.NetworkIdle);
        Assert.Equal(2, wire.Answers.Count);
        // For docs/performance.md.
        TestContext.Current.TestOutputHelper!.WriteLine($"{wire} before a click");
        Assert.True(wire.Bytes <= BeforeClick, $"{wire} before a click; at most {BeforeClick}");

        await page.GetByRole(AriaRole.Button, new() { Name = "Chat", Exact = true }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Textbox)).ToBeFocusedAsync();
        await Timeouts.UntilAsync(() => Task.FromResult(wire.Answers.Count >= 4));
        await page.WaitForLoadStateAsync(LoadState.NetworkIdle);
        Assert.True(wire.Answers.Count >= 4, $"{wire}");
        TestContext.Current.TestOutputHelper!.WriteLine($"{wire} with the chat open");
        Assert.True(wire.Bytes <= Opened, $"{wire} with the chat open; at most {Opened}");
    }

    [Theory]
    [InlineData("gzip, deflate, br, zstd", "br")]
    [InlineData("gzip", "gzip")]
    [InlineData("br;q=0.5, gzip", "gzip")]
    [InlineData("br;q=0, gzip;q=0", null)]
    [InlineData("*", "br")]
    [InlineData("identity", null)]
    [InlineData(null, null)]
    public async Task A_file_of_the_widget_comes_in_the_coding_that_the_caller_likes_most(
        string? accepts,
        string? coding
    )
    {
        foreach (
            var (path, cached) in new[]
            {
                ("widget.js", "public, max-age=300"),
                (Manifest("panel"), "public, max-age=31536000, immutable"),
                (Manifest("immutable"), "public, max-age=31536000, immutable"),
            }
        )
        {
            using var response = await AskAsync(path, accepts);

            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal(coding, response.Content.Headers.ContentEncoding.SingleOrDefault());
            Assert.Equal("text/javascript; charset=utf-8", response.Content.Headers.ContentType!.ToString());
            Assert.Contains("Accept-Encoding", response.Headers.Vary);
            Assert.Equal(cached, response.Headers.CacheControl!.ToString());
            Assert.Equal("*", response.Headers.GetValues("Access-Control-Allow-Origin").Single());
            Assert.Equal(
                await File.ReadAllBytesAsync(Path.Combine(portal.Folder, "wwwroot-widget", path)),
                await UnpackAsync(response)
            );

            using var again = await AskAsync(path, accepts, ("If-None-Match", response.Headers.ETag!.ToString()));
            Assert.Equal(HttpStatusCode.NotModified, again.StatusCode);
            Assert.Contains("Accept-Encoding", again.Headers.Vary);

            using var part = await AskAsync(path, accepts, ("Range", "bytes=10-19"));
            Assert.Equal(HttpStatusCode.PartialContent, part.StatusCode);
            Assert.Equal(
                (await response.Content.ReadAsByteArrayAsync())[10..20],
                await part.Content.ReadAsByteArrayAsync()
            );
        }
    }

    [Fact]
    public async Task Each_coding_of_a_file_has_a_tag_of_its_own_and_no_address_of_its_own()
    {
        var tags = new HashSet<string>();
        foreach (var accepts in new[] { "br", "gzip", "identity" })
        {
            using var response = await AskAsync("widget.js", accepts);
            Assert.True(tags.Add(response.Headers.ETag!.ToString()));
        }

        foreach (var ending in new[] { "br", "gz" })
        {
            using var twin = await AskAsync($"widget.js.{ending}", "br");
            Assert.Equal(HttpStatusCode.NotFound, twin.StatusCode);
        }
    }

    [Fact]
    public async Task Config_history_and_a_whole_answer_are_compressed_and_a_stream_is_not()
    {
        await using var n8n = await N8n.StartAsync();
        n8n.Workflow = (context, _) =>
            N8n.SayAsync(context, new { output = string.Concat(Enumerable.Repeat("We deliver in six days. ", 60)) });
        var shop = await portal.Beside.NewWidgetAsync(n8n.Url, s_usual);
        using var http = new HttpClient(new SocketsHttpHandler { AutomaticDecompression = DecompressionMethods.None })
        {
            BaseAddress = portal.Url,
        };
        http.DefaultRequestHeaders.AcceptEncoding.ParseAdd("gzip, br");
        var guest = await new Guest(http, shop.Id).OpenAsync();

        using var config = await guest.SendAsync(HttpMethod.Get, "config");
        using var answer = await guest.TryAskAsync("When do you deliver?");
        using var history = await guest.SendAsync(HttpMethod.Get, "messages");
        foreach (var response in new[] { config, answer, history })
        {
            Assert.Equal("br", response.Content.Headers.ContentEncoding.Single());
            Assert.Contains("Accept-Encoding", response.Headers.Vary);
            Assert.Equal(JsonValueKind.Object, JsonDocument.Parse(await UnpackAsync(response)).RootElement.ValueKind);
        }

        await using var stream = await guest.HearAsync("And on Saturdays?");
        Assert.Equal("identity", stream.Response.Content.Headers.ContentEncoding.Single());

        using var again = await AskAsync(
            $"api/widgets/{shop.Id}/config",
            null,
            ("If-None-Match", config.Headers.ETag!.ToString())
        );
        Assert.Equal(HttpStatusCode.NotModified, again.StatusCode);
    }

    [Fact]
    public async Task Pages_with_secrets_are_never_compressed()
    {
        foreach (var path in new[] { "account/sign-in", "no-such-page" })
        {
            using var response = await AskAsync(path, "gzip, br");
            Assert.Empty(response.Content.Headers.ContentEncoding);
            Assert.Equal("text/html", response.Content.Headers.ContentType!.MediaType);
        }
    }

    [Fact]
    public async Task The_style_sheet_is_small_and_nothing_is_published_that_no_page_uses()
    {
        var page = await portal.Http.GetStringAsync("account/sign-in");
        var sheet = page.Split('"')
            .Single(part =>
                part.StartsWith("/lib/portal", StringComparison.Ordinal)
                && part.EndsWith(".css", StringComparison.Ordinal)
            );
        using var response = await AskAsync(sheet[1..], "br");
        Assert.Equal("br", response.Content.Headers.ContentEncoding.Single());
        Assert.True((await response.Content.ReadAsByteArrayAsync()).Length <= StyleSheet);

        var published = Directory
            .EnumerateFiles(Path.Combine(portal.Folder, "wwwroot"), "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(portal.Folder, file))
            .ToList();
        Assert.DoesNotContain(published, file =>
            file.Contains("_framework", StringComparison.Ordinal)
            || file.Contains("blazor", StringComparison.OrdinalIgnoreCase)
        );
        using var blazor = await AskAsync("_framework/blazor.web.js", "br");
        Assert.NotEqual("text/javascript", blazor.Content.Headers.ContentType?.MediaType);
    }

    [Theory]
    [InlineData("js/portal.js")]
    [InlineData("lib/portal.css")]
    public async Task In_development_a_file_that_has_changed_since_the_build_goes_out_no_larger_than_it_is(string path)
    {
        var file = Path.Combine(RepositoryPaths.Portal, "wwwroot", path);
        File.SetLastWriteTimeUtc(file, DateTime.UtcNow);
        using var site = HeldPort.Take();
        using var bot = HeldPort.Take();
        await using var development = await PlainPortal.StartAsync(
            "Development",
            [
                .. portal
                    .Beside.Settings.Where(setting => setting.Key != "Portal:PublicUrl")
                    .Select(setting => (setting.Key, setting.Value)),
                ("Portal:Sample:SitePort", $"{site}"),
                ("Portal:Sample:BotPort", $"{bot}"),
            ]
        );
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(development.Http.BaseAddress!, path));
        request.Headers.TryAddWithoutValidation("Accept-Encoding", "gzip, br");

        using var response = await s_plain.SendAsync(request);

        Assert.InRange((await response.Content.ReadAsByteArrayAsync()).Length, 1, new FileInfo(file).Length);
        Assert.Equal(await File.ReadAllBytesAsync(file), await UnpackAsync(response));
    }

    private string Manifest(string name)
    {
        using var manifest = JsonDocument.Parse(
            File.ReadAllBytes(Path.Combine(portal.Folder, "wwwroot-widget", "manifest.json"))
        );
        return manifest.RootElement.GetProperty(name).GetString()!;
    }

    private async Task<HttpResponseMessage> AskAsync(
        string path,
        string? accepts,
        params (string Name, string Value)[] headers
    )
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(portal.Url, path));
        foreach (var (name, value) in accepts is null ? headers : [.. headers, ("Accept-Encoding", accepts)])
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await s_plain.SendAsync(request);
    }

    private static async Task<byte[]> UnpackAsync(HttpResponseMessage response)
    {
        var packed = new MemoryStream(await response.Content.ReadAsByteArrayAsync());
        Stream unpacked = response.Content.Headers.ContentEncoding.SingleOrDefault() switch
        {
            "br" => new BrotliStream(packed, CompressionMode.Decompress),
            "gzip" => new GZipStream(packed, CompressionMode.Decompress),
            _ => packed,
        };
        using var content = new MemoryStream();
        await unpacked.CopyToAsync(content);
        return content.ToArray();
    }

    /// <summary>Counts what a page gets from one origin, as it came over the wire: bodies, without headers.</summary>
    private sealed class Wire(Uri origin)
    {
        private readonly Dictionary<string, string> _asked = [];
        private readonly Dictionary<string, double> _headers = [];

        public List<(string Path, double Bytes)> Answers { get; } = [];

        public double Bytes => Answers.Sum(answer => answer.Bytes);

        public static async Task<Wire> TapAsync(IPage page, Uri origin)
        {
            var wire = new Wire(origin);
            var protocol = await page.Context.NewCDPSessionAsync(page);
            protocol.Event("Network.requestWillBeSent").OnEvent += (_, told) =>
                wire._asked[told!.Value.GetProperty("requestId").GetString()!] = told
                    .Value.GetProperty("request")
                    .GetProperty("url")
                    .GetString()!;
            protocol.Event("Network.responseReceived").OnEvent += (_, told) =>
                wire._headers[told!.Value.GetProperty("requestId").GetString()!] = told
                    .Value.GetProperty("response")
                    .GetProperty("encodedDataLength")
                    .GetDouble();
            protocol.Event("Network.loadingFinished").OnEvent += (_, told) => wire.Add(told!.Value);
            await protocol.SendAsync("Network.enable");
            return wire;
        }

        private void Add(JsonElement finished)
        {
            var id = finished.GetProperty("requestId").GetString()!;
            if (_asked.TryGetValue(id, out var url) && url.StartsWith(origin.ToString(), StringComparison.Ordinal))
            {
                Answers.Add(
                    (
                        new Uri(url).AbsolutePath,
                        finished.GetProperty("encodedDataLength").GetDouble() - _headers.GetValueOrDefault(id)
                    )
                );
            }
        }

        public override string ToString() =>
            $"{Bytes} bytes ({string.Join(", ", Answers.Select(answer => $"{answer.Path} {answer.Bytes}"))})";
    }
}
