using System.Net;
using Microsoft.Playwright;
using Portal.Tests.Pages;

namespace Portal.Tests.Browser;

/// <summary>What a hostile website can do with the browser of somebody who is signed in: nothing.</summary>
[Collection(BrowserCollection.Name)]
public sealed class OtherSitesTests(Chromium chromium, PortalApp portal) : IClassFixture<PortalApp>
{
    private const string Evil = "http://evil.example/";

    [Fact]
    public async Task A_form_on_another_website_changes_nothing()
    {
        var owner = await portal.NewOwnerAsync();
        await using var context = await SignedInAsync((await portal.SignedInAsync(owner)).Cookies);
        var page = await OpenAsync(context, $"<form method='post' action='{portal.Url}account'><input name='Input.DisplayName' value='Mallory'></form>");

        var answer = await page.RunAndWaitForResponseAsync(() => page.EvaluateAsync("document.forms[0].submit()"), response => response.Request.Method == "POST");

        Assert.Contains(answer.Status, new[] { 302, 400 });
        Assert.Equal(owner.DisplayName, (await portal.FindAsync(owner)).DisplayName);

        // The same browser is signed in all the while.
        await page.GotoAsync($"{portal.Url}account");
        Assert.Equal("/account", new Uri(page.Url).AbsolutePath);
    }

    [Fact]
    public async Task Another_website_cannot_hold_the_portal_in_a_frame()
    {
        await using var context = await SignedInAsync([]);
        var page = await OpenAsync(context, $"<iframe src='{portal.Url}account/sign-in'></iframe>");

        // What the browser shows in place of a page that may not be framed.
        await Patience.UntilAsync(() => Task.FromResult(page.Frames.Any(frame => frame.Url.StartsWith("chrome-error:", StringComparison.Ordinal))));
        Assert.DoesNotContain(page.Frames, frame => frame.Url.Contains("sign-in", StringComparison.Ordinal));
    }

    private async Task<IBrowserContext> SignedInAsync(CookieCollection cookies)
    {
        var context = await chromium.Browser.NewContextAsync();
        await context.AddCookiesAsync(cookies.Select(cookie => new Microsoft.Playwright.Cookie
        {
            Name = cookie.Name,
            Value = cookie.Value,
            Url = portal.Url.ToString(),
            HttpOnly = true,
            SameSite = SameSiteAttribute.Lax,
        }));
        return context;
    }

    private static async Task<IPage> OpenAsync(IBrowserContext context, string body)
    {
        var page = await context.NewPageAsync();
        await page.RouteAsync($"{Evil}**", route => route.FulfillAsync(new() { ContentType = "text/html", Body = $"<!doctype html><title>Evil</title>{body}" }));
        await page.GotoAsync(Evil);
        return page;
    }
}
