using System.Net;
using Microsoft.Playwright;
using Portal.Audit;
using Portal.Tests.Pages;

namespace Portal.Tests.Browser;

/// <summary>What a hostile website can do with the browser of somebody who is signed in: nothing.</summary>
[Trait("Speed", "slow")]
public sealed class OtherSitesTests(Chromium chromium, SharedPortal portal) : IClassFixture<SharedPortal.Running>
{
    private const string Evil = "http://evil.example/";
    private const string Field = "Input.Name";

    [Fact]
    public async Task A_form_on_another_website_is_sent_without_the_cookie()
    {
        var owner = await portal.NewOwnerAsync();
        await using var context = await SignedInAsync((await portal.SignedInAsync(owner)).Cookies);

        var answer = await PostFromAsync(context, Evil);

        Assert.Equal(
            (302, "/account/sign-in"),
            (answer.Status, new Uri(portal.Url, (await answer.AllHeadersAsync())["location"]).AbsolutePath)
        );
        Assert.DoesNotContain("cookie", await answer.Request.AllHeadersAsync());
        Assert.Equal(owner.DisplayName, (await portal.FindAsync(owner)).DisplayName);
    }

    // Another port of the same host is the same site to a browser: the cookie comes along, and the form's token is what
    // is missing.
    [Fact]
    public async Task A_form_on_the_same_site_without_the_portals_token_is_refused()
    {
        var owner = await portal.NewOwnerAsync();
        await using var context = await SignedInAsync((await portal.SignedInAsync(owner)).Cookies);

        var answer = await PostFromAsync(context, "http://localhost:1/");

        Assert.Equal(400, answer.Status);
        Assert.Contains("cookie", await answer.Request.AllHeadersAsync());
        Assert.Equal(owner.DisplayName, (await portal.FindAsync(owner)).DisplayName);

        // The same browser with the portal's own form, so that nothing but the token was wrong with the other.
        var page = await context.NewPageAsync();
        await page.GotoAsync($"{portal.Url}account");
        await page.Locator($"[name='{Field}']").FillAsync("Mallory");
        await page.RunAndWaitForResponseAsync(
            () => page.Locator($"form:has([name='{Field}']) button").ClickAsync(),
            response => response.Request.Method == "POST"
        );
        Assert.Equal("Mallory", (await portal.FindAsync(owner)).DisplayName);
    }

    private async Task<IResponse> PostFromAsync(IBrowserContext context, string site)
    {
        var page = await OpenAsync(
            context,
            site,
            $"<form method='post' action='{portal.Url}account'><input name='{Field}' value='Mallory'></form>"
        );
        return await page.RunAndWaitForResponseAsync(
            () => page.EvaluateAsync("document.forms[0].submit()"),
            response => response.Request.Method == "POST"
        );
    }

    [Fact]
    public async Task Another_website_cannot_hold_the_portal_in_a_frame()
    {
        await using var context = await SignedInAsync([]);
        var page = await OpenAsync(context, Evil, $"<iframe src='{portal.Url}account/sign-in'></iframe>");

        // What the browser shows in place of a page that may not be framed.
        await Timeouts.UntilAsync(() =>
            Task.FromResult(page.Frames.Any(frame => frame.Url.StartsWith("chrome-error:", StringComparison.Ordinal)))
        );
        Assert.DoesNotContain(page.Frames, frame => frame.Url.Contains("sign-in", StringComparison.Ordinal));
    }

    private async Task<IBrowserContext> SignedInAsync(CookieCollection cookies)
    {
        var context = await chromium.NewContextAsync();
        await context.AddCookiesAsync(
            cookies.Select(cookie => new Microsoft.Playwright.Cookie
            {
                Name = cookie.Name,
                Value = cookie.Value,
                Url = portal.Url.ToString(),
                HttpOnly = true,
                SameSite = SameSiteAttribute.Lax,
            })
        );
        return context;
    }

    private static async Task<IPage> OpenAsync(IBrowserContext context, string site, string body)
    {
        var page = await context.NewPageAsync();
        await page.RouteAsync($"{site}**", route =>
            route.FulfillAsync(new() { ContentType = "text/html", Body = $"<!doctype html><title>Evil</title>{body}" })
        );
        await page.GotoAsync(site);
        return page;
    }
}
