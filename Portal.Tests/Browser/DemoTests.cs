using Microsoft.Playwright;
using Portal.Audit;
using static Microsoft.Playwright.Assertions;

namespace Portal.Tests.Browser;

/// <summary>A demo from its link to its end, as its maker, the prospect and an admin see it.</summary>
[Trait("Speed", "slow")]
public sealed class DemoTests(Chromium chromium)
{
    private const string Admin = "root@agency.example";
    private const string Password = "an admin of this test";

    [Fact]
    public async Task A_demo_goes_from_link_to_chat_to_expiry_to_clean_up()
    {
        await using var stage = await Stage.OpenAsync(
            chromium,
            new()
            {
                ViewportSize = new() { Width = 1280, Height = 900 },
                Locale = "en-GB",
            },
            ("Portal:Admin:Email", Admin),
            ("Portal:Admin:Password", Password),
            ("Portal:AdminsNeedSecondFactor", "false"),
            ("Portal:Demos:KeepDays", "0")
        );
        var maker = stage.Page;
        await stage.SignInAsync();
        await maker.GotoAsync("/demos");
        await maker.GetByLabel("Prospect").FillAsync("Northwind Dental");
        await maker.GetByLabel("Passcode (optional)").FillAsync("harbour");
        await maker.GetByRole(AriaRole.Button, new() { Name = "Create demo" }).ClickAsync();
        await Expect(maker.GetByAltText("QR code of the demo link")).ToBeVisibleAsync();
        var link = await maker.Locator("copy-field code").TextContentAsync();

        // The prospect, in a browser that nobody is signed in to.
        await using var context = await chromium.NewContextAsync(
            new()
            {
                ViewportSize = new() { Width = 1280, Height = 900 },
                Locale = "en-GB",
            }
        );
        var prospect = await context.NewPageAsync();
        await prospect.GotoAsync(link!.Trim());
        await prospect.GetByLabel("Passcode").FillAsync("harbour");
        await prospect.GetByRole(AriaRole.Button, new() { Name = "Open demo" }).ClickAsync();
        await Expect(prospect.GetByRole(AriaRole.Heading, new() { Name = "Meet your new assistant, Northwind Dental" }))
            .ToBeVisibleAsync();
        var chat = prospect.GetByRole(AriaRole.Dialog);
        await chat.GetByRole(AriaRole.Textbox).FillAsync("Can I return a sofa?");
        await prospect.Keyboard.PressAsync("Enter");
        await Expect(chat).ToContainTextAsync("30 days");
        await Expect(prospect.Locator("messages-left")).ToHaveTextAsync("199 messages left");
        await prospect
            .GetByRole(AriaRole.Main)
            .GetByRole(AriaRole.Button, new() { Name = "When will my order arrive?" })
            .ClickAsync();
        await Expect(chat).ToContainTextAsync("6 working days");
        await Expect(prospect.Locator("messages-left")).ToHaveTextAsync("198 messages left");
        await maker.ReloadAsync();
        await Expect(maker.Locator("main")).ToContainTextAsync("2 of 200");
        await Expect(maker.Locator("main")).ToContainTextAsync("1×");

        // Its days pass.
        await using var superuser = await stage.Database.AsSuperuserAsync();
        await using var pass = superuser.CreateCommand(
            "UPDATE widgets SET expires_at = now() - interval '1 minute' WHERE is_demo"
        );
        Assert.Equal(1, await pass.ExecuteNonQueryAsync());
        await prospect.ReloadAsync();
        await Expect(prospect.GetByRole(AriaRole.Heading, new() { Name = "This demo has expired" })).ToBeVisibleAsync();

        // An admin does not wait for the hour.
        await using var office = await chromium.NewContextAsync(
            new() { BaseURL = new Uri(maker.Url).GetLeftPart(UriPartial.Authority), Locale = "en-GB" }
        );
        var admin = await office.NewPageAsync();
        await Stage.SignInAsync(admin, Admin, Password);
        await admin.GotoAsync("/admin/jobs");
        await admin.Locator("tr", new() { HasText = "Expired demos" }).GetByRole(AriaRole.Button).ClickAsync();
        await Timeouts.UntilAsync(async () =>
        {
            await using var left = superuser.CreateCommand(
                "SELECT NOT EXISTS (SELECT FROM widgets WHERE is_demo) AND NOT EXISTS (SELECT FROM chat_logs WHERE message = 'Can I return a sofa?' AND widget_id NOT IN (SELECT id FROM widgets))"
            );
            return (bool)(await left.ExecuteScalarAsync())!;
        });
        await prospect.ReloadAsync();
        await Expect(prospect.GetByRole(AriaRole.Heading, new() { Name = "Demo not found" })).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_browser_that_prerenders_a_demo_has_viewed_it_once_it_shows_it()
    {
        await using var stage = await Stage.OpenAsync(chromium, new() { Locale = "en-GB" });
        var maker = stage.Page;
        await stage.SignInAsync();
        await maker.GotoAsync("/demos");
        await maker.GetByLabel("Prospect").FillAsync("Northwind Dental");
        await maker.GetByRole(AriaRole.Button, new() { Name = "Create demo" }).ClickAsync();
        var link = await maker.Locator("copy-field code").TextContentAsync();
        await using var context = await chromium.NewContextAsync(new() { Locale = "en-GB" });
        var prospect = await context.NewPageAsync();
        var views = 0;
        prospect.Request += (_, request) =>
            views += request.Url.Contains("handler=View", StringComparison.Ordinal) ? 1 : 0;
        // As the page's scripts see it: no browser can be told to prerender a page for a test.
        await prospect.AddInitScriptAsync(
            "Object.defineProperty(Document.prototype, 'prerendering', { value: true, configurable: true })"
        );

        await prospect.GotoAsync(link!.Trim());
        await prospect.EvaluateAsync("() => customElements.whenDefined('demo-view').then(() => true)");
        await Expect(prospect.Locator("demo-view")).ToHaveCountAsync(1);
        Assert.Equal(0, views);

        var viewed = prospect.WaitForResponseAsync(response =>
            response.Url.Contains("handler=View", StringComparison.Ordinal)
        );
        await prospect.EvaluateAsync(
            """
            () => {
                Object.defineProperty(Document.prototype, "prerendering", { value: false });
                document.dispatchEvent(new Event("prerenderingchange"));
                document.dispatchEvent(new Event("prerenderingchange"));
            }
            """
        );
        Assert.Equal(204, (await viewed).Status);
        Assert.Equal(1, views);
    }

    [Fact]
    public async Task What_was_asked_is_drawn_on_the_dashboard_and_in_the_analytics()
    {
        await using var stage = await Stage.OpenAsync(
            chromium,
            new()
            {
                ViewportSize = new() { Width = 1280, Height = 900 },
                Locale = "en-GB",
            }
        );
        await using var superuser = await stage.Database.AsSuperuserAsync();
        await using var seed = superuser.CreateCommand(
            """
            INSERT INTO chat_logs (widget_id, message, response, confidence, feedback, created_at)
            SELECT w.id, 'Do you deliver to Norway?', 'We do.', 0.8, CASE n % 3 WHEN 0 THEN 'up' END, now() - n * interval '7 hours' FROM widgets w, generate_series(0, 60) n
            """
        );
        await seed.ExecuteNonQueryAsync();
        var page = stage.Page;
        await stage.SignInAsync();

        foreach (var path in new[] { "/dashboard", "/analytics" })
        {
            await page.GotoAsync(path);
            var canvas = page.Locator("day-chart canvas").First;
            await Expect(canvas).ToBeVisibleAsync();
            await Timeouts.UntilAsync(() =>
                canvas.EvaluateAsync<bool>(
                    "it => it.width > 0 && it.getContext('2d').getImageData(0, 0, it.width, it.height).data.some((value, at) => at % 4 === 3 && value > 0)"
                )
            );
        }

        Assert.Empty(stage.Complaints);
    }
}
