using System.Net;
using Microsoft.AspNetCore.Hosting;
using Portal.Audit;
using Portal.Tests.Pages;

namespace Portal.Tests.Web;

public sealed class SecurityHeadersTests(SharedPortal portal) : IClassFixture<SharedPortal.Running>
{
    [Theory]
    [InlineData("/account/sign-in", HttpStatusCode.OK)]
    [InlineData("/account/reset", HttpStatusCode.Gone)]
    [InlineData("/error", HttpStatusCode.NotFound)]
    [InlineData("/lib/portal.css", HttpStatusCode.OK)]
    [InlineData("/js/portal.js", HttpStatusCode.OK)]
    [InlineData("/lib/fonts/geist-latin-wght-normal.woff2", HttpStatusCode.OK)]
    [InlineData("/health/live", HttpStatusCode.OK)]
    [InlineData("/api/widgets/0198c0de-0000-7000-8000-00000000ffff/config", HttpStatusCode.NotFound)]
    public async Task Every_answer_tells_browsers_what_they_may_do_with_it(string path, HttpStatusCode status)
    {
        var visitor = portal.SignedOut();

        await visitor.OpenAsync(path);

        Assert.Equal(status, visitor.Status);
        AssertGuarded(visitor);
    }

    [Fact]
    public async Task Errors_carry_the_same_headers()
    {
        var owner = await portal.SignedInAsync(await portal.NewOwnerAsync());
        await owner.OpenAsync("/no/such/page");
        Assert.Equal(HttpStatusCode.NotFound, owner.Status);
        AssertGuarded(owner);

        await owner.OpenAsync("/admin/clients");
        Assert.Equal(HttpStatusCode.Forbidden, owner.Status);
        AssertGuarded(owner);

        await owner.PostAsync("/account/sign-out");
        Assert.Equal(HttpStatusCode.BadRequest, owner.Status);
        AssertGuarded(owner);
    }

    [Fact]
    public async Task A_fault_of_ours_is_a_page_with_the_headers_and_a_number_to_ask_for()
    {
        var gone = portal.SignedInAsAdmin();

        await gone.OpenAsync("/account");

        Assert.Equal(HttpStatusCode.InternalServerError, gone.Status);
        AssertGuarded(gone);
        Assert.NotEmpty(gone.Text(".request .mono"));
        Assert.DoesNotContain("Exception", gone.Page.DocumentElement.TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_signed_in_people_see_is_kept_nowhere()
    {
        var owner = await portal.SignedInAsync(await portal.NewOwnerAsync());

        foreach (var page in new[] { "/account", "/dashboard", "/widgets", "/conversations", "/no/such/page" })
        {
            await owner.OpenAsync(page);
            Assert.True(owner.Response.Headers.CacheControl?.NoStore, page);
        }
    }

    [Fact]
    public async Task Pages_hold_no_inline_script_or_style_that_the_policy_would_block()
    {
        var owner = await portal.SignedInAsync(await portal.NewOwnerAsync());

        foreach (
            var page in new[]
            {
                "/account",
                "/dashboard",
                "/widgets",
                "/widgets/new",
                "/conversations",
                "/no/such/page",
            }
        )
        {
            await owner.OpenAsync(page);
            Assert.Empty(
                owner.Page.QuerySelectorAll("style, [style], script:not([src]), [onclick], [onsubmit], [hx-on]")
            );
        }
    }

    [Fact]
    public async Task Behind_a_proxy_that_ends_tls_cookies_are_bound_to_the_host_and_https_is_demanded()
    {
        await using var behindProxy = portal.WithWebHostBuilder(web =>
            web.UseSetting("Portal:PublicUrl", "https://portal.example")
        );
        using var http = behindProxy.CreateClient();

        var page = await http.GetAsync("/account/sign-in");

        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        Assert.Equal("max-age=31536000", page.Headers.GetValues("Strict-Transport-Security").Single());
        var cookie = page.Headers.GetValues("Set-Cookie").Single();
        Assert.StartsWith("__Host-portal-forms=", cookie, StringComparison.Ordinal);
        Assert.Contains("; secure", cookie, StringComparison.Ordinal);
    }

    private static void AssertGuarded(Visitor visitor)
    {
        var headers = visitor.Response.Headers;
        var policy = headers.GetValues("Content-Security-Policy").Single();
        Assert.StartsWith("default-src 'none'; script-src 'self'; style-src 'self';", policy, StringComparison.Ordinal);
        Assert.EndsWith("frame-ancestors 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.Equal("nosniff", headers.GetValues("X-Content-Type-Options").Single());
        Assert.Equal("same-origin", headers.GetValues("Cross-Origin-Opener-Policy").Single());
        Assert.NotEmpty(headers.GetValues("Permissions-Policy").Single());
        Assert.NotEmpty(headers.GetValues("Referrer-Policy").Single());
    }
}
