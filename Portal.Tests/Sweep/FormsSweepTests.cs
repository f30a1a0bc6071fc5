using System.Net;
using Portal.Audit;
using Portal.Tests.Pages;
using Portal.Web;

namespace Portal.Tests.Sweep;

/// <summary>
/// Forged forms, framing, invented hosts, open redirects and caching, for every address in the table of the sweep.
/// </summary>
[Trait("Speed", "slow")]
public sealed class FormsSweepTests(PortalApp portal) : IClassFixture<PortalApp>
{
    private const string Evil = "evil.example";

    public static TheoryData<string> Addresses =>
        new(
            "https://evil.example/",
            "//evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/\t/evil.example",
            "/%09/evil.example",
            "///evil.example",
            "http:evil.example",
            "https:/evil.example",
            "javascript:alert(1)",
            "data:text/html,x",
            "@evil.example",
            "/\r\nLocation: https://evil.example",
            "~//evil.example",
            ".evil.example",
            "%2F%2Fevil.example"
        );

    private static IEnumerable<Row> Pages =>
        Row.All.Where(row => row.Method == "GET" && !row.Path.StartsWith("/api/", StringComparison.Ordinal));

    // A mail program stops alerts with one click (RFC 8058), and has no form of ours: what its address carries is the
    // proof.
    private static IEnumerable<Row> Forms =>
        Row.All.Where(row =>
            row.Method == "POST"
            && !row.Path.StartsWith("/api/", StringComparison.Ordinal)
            && row.Path is not ("/error" or "/alerts/stop")
        );

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task No_form_is_taken_without_our_token_from_htmx_either(bool isHtmx)
    {
        foreach (var template in Forms)
        {
            var world = await World.NewAsync(portal, template.Things);
            var row = template.With(world.Things);
            var callers = new List<(string Name, Visitor Visitor)>();
            foreach (
                var caller in Row.Callers.Where(caller =>
                    caller != "other"
                    && (
                        template.Expect(caller) == "ok"
                        || (template.Expect(caller) == "sign-in" && caller != "signed out")
                    )
                )
            )
            {
                callers.Add((caller, await world.CallerAsync(caller)));
            }

            var before = await world.FingerprintAsync();
            foreach (var (caller, visitor) in callers)
            {
                _ = isHtmx ? visitor.WithHtmx() : visitor;
                using var request = new HttpRequestMessage(HttpMethod.Post, row.Path)
                {
                    Content = new FormUrlEncodedContent(
                        row.Fields.Select(field => KeyValuePair.Create(field.Name, field.Value))
                    ),
                };
                request.Headers.Add("Origin", $"https://{Evil}");
                await visitor.SendAsync(request);
                Assert.True(
                    visitor.Status == HttpStatusCode.BadRequest,
                    $"{row} took {caller}'s form without a token: {visitor.Status}"
                );
            }

            Assert.True(before == await world.FingerprintAsync(), $"{row} changed something without a token.");
        }
    }

    [Fact]
    public async Task A_token_of_somebody_else_opens_no_form()
    {
        var mine = portal.SignedIn((await portal.NewClientAsync()).Id);
        var theirs = portal.SignedIn((await portal.NewClientAsync()).Id);
        await theirs.OpenAsync("/widgets/new");
        var token = theirs.Attribute("input[name=__RequestVerificationToken]", "value")!;

        await mine.OpenAsync("/widgets/new");
        await mine.PostAsync("/widgets/new", ("__RequestVerificationToken", token));

        Assert.Equal(HttpStatusCode.BadRequest, mine.Status);
    }

    [Fact]
    public async Task Htmx_of_an_expired_session_is_sent_to_sign_in_as_a_whole()
    {
        foreach (
            var row in Pages
                .Concat(Forms)
                .Where(row =>
                    row.Expect("signed out") == "sign-in"
                    && row.Expect("owner") != "sign-in"
                    && row.Route
                        is not ("/account/sign-in" or "/account/second-step" or "/account/sign-out" or "/account/theme")
                )
        )
        {
            var world = await World.NewAsync(portal, row.Things);
            var visitor = portal.SignedOut().WithHtmx();
            using var request = new HttpRequestMessage(new(row.Method), row.With(world.Things).Path);
            await visitor.SendAsync(request);

            Assert.True(visitor.Status == HttpStatusCode.Unauthorized, $"{row}: {visitor.Status}");
            var to = visitor.Response.Headers.GetValues("HX-Redirect").Single();
            Assert.StartsWith($"{AccessPolicies.SignInPath}?returnUrl=%2F", to, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Every_page_is_kept_nowhere_framed_by_nobody_else_and_runs_nothing_but_our_files()
    {
        foreach (var row in Pages.Where(row => !row.Path.StartsWith("/health", StringComparison.Ordinal)))
        {
            var world = await World.NewAsync(portal, row.Things);
            foreach (var caller in new[] { "signed out", "owner", "admin" })
            {
                var visitor = await world.CallerAsync(caller);
                await visitor.OpenAsync(row.With(world.Things).Path);
                var (headers, what) = (visitor.Response.Headers, $"{row} for {caller}");
                var policy = headers.GetValues("Content-Security-Policy").Single();
                Assert.True(
                    policy.StartsWith(
                        "default-src 'none'; script-src 'self'; style-src 'self';",
                        StringComparison.Ordinal
                    ) && !policy.Contains("unsafe", StringComparison.Ordinal),
                    $"{what}: {policy}"
                );
                Assert.True(
                    policy.EndsWith("frame-ancestors 'none'", StringComparison.Ordinal)
                        || policy.EndsWith("frame-ancestors 'self'", StringComparison.Ordinal),
                    $"{what}: {policy}"
                );
                Assert.True(
                    headers.GetValues("X-Content-Type-Options").Single() == "nosniff"
                        && headers.Contains("Referrer-Policy")
                        && headers.Contains("Permissions-Policy")
                        && headers.Contains("Cross-Origin-Opener-Policy"),
                    what
                );
                Assert.True(
                    caller == "signed out" || headers.CacheControl?.NoStore == true,
                    $"{what}: {headers.CacheControl}"
                );
                Assert.False(headers.Contains("Server") || headers.Contains("X-Powered-By"), what);
                Assert.True(
                    !visitor.Page.QuerySelectorAll("a[href='']").Any(),
                    $"{what} has a link that leads nowhere."
                );
                Assert.True(
                    !visitor
                        .Page.QuerySelectorAll(
                            "style, [style], script:not([src]), [onclick], [onsubmit], [onload], [onerror], [hx-on]"
                        )
                        .Any(),
                    $"{what} has something inline."
                );
            }
        }
    }

    [Fact]
    public async Task A_made_up_host_appears_in_no_answer_and_no_redirect()
    {
        foreach (var row in Pages)
        {
            var world = await World.NewAsync(portal, row.Things);
            foreach (var caller in new[] { "signed out", "owner", "admin" })
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, row.With(world.Things).Path);
                foreach (
                    var header in new[]
                    {
                        "X-Forwarded-Host",
                        "X-Original-Host",
                        "X-Host",
                        "Forwarded",
                        "X-Forwarded-Server",
                        "X-Forwarded-Prefix",
                    }
                )
                {
                    request.Headers.TryAddWithoutValidation(header, header == "Forwarded" ? $"host={Evil}" : Evil);
                }

                var visitor = await world.CallerAsync(caller);
                await visitor.SendAsync(request);
                Assert.True(
                    visitor.Address.Host == portal.Url.Host
                        && !visitor.Body.Contains(Evil, StringComparison.OrdinalIgnoreCase),
                    $"{row} for {caller} believes X-Forwarded-Host."
                );
            }
        }
    }

    [Theory]
    [MemberData(nameof(Addresses))]
    public async Task Signing_in_leads_to_no_other_site(string address)
    {
        var user = await portal.NewOwnerAsync();
        var visitor = await portal.SigningInAsync(
            user.Email!,
            People.Password,
            $"?returnUrl={Uri.EscapeDataString(address)}"
        );
        Assert.Equal(portal.Url.Authority, visitor.Address.Authority);

        var signedIn = await portal.SignedInAsync(user);
        await signedIn.OpenAsync($"/account/sign-in?returnUrl={Uri.EscapeDataString(address)}");
        Assert.Equal(portal.Url.Authority, signedIn.Address.Authority);

        await signedIn.OpenAsync("/account");
        await signedIn.PostAsync(
            "/account/theme",
            ("theme", "dark"),
            ("returnUrl", address),
            ("__RequestVerificationToken", signedIn.Attribute("input[name=__RequestVerificationToken]", "value")!)
        );
        Assert.Equal(portal.Url.Authority, signedIn.Address.Authority);
    }

    [Fact]
    public async Task A_page_with_a_files_name_behind_it_is_no_file()
    {
        foreach (var template in Pages.Where(row => row.Expect("signed out") == "sign-in"))
        {
            var world = await World.NewAsync(portal, template.Things);
            var path = template.With(world.Things).Path.Split('?')[0].TrimEnd('/');
            foreach (
                var tail in new[]
                {
                    "/x.css",
                    "/x.js",
                    "%2Fx.css",
                    ";x.css",
                    "%00.css",
                    ".css",
                    "/%2e%2e/x.css",
                    "%0ax.css",
                    "%3Fx.css",
                }
            )
            {
                var visitor = await world.CallerAsync("owner");
                await visitor.OpenAsync($"{path}{tail}");

                // What the server refuses before the portal sees it has no content to keep.
                Assert.True(
                    visitor.Response.Headers.CacheControl is { NoStore: true }
                        || visitor.Status == HttpStatusCode.BadRequest && visitor.Body.Length == 0,
                    $"{path}{tail} may be kept: {visitor.Status} {visitor.Response.Headers.CacheControl}"
                );
            }
        }
    }
}
