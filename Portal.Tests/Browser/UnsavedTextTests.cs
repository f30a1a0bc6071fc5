using Microsoft.Playwright;
using Portal.Audit;

namespace Portal.Tests.Browser;

/// <summary>
/// What was typed is asked about before it goes, and comes back after a session that ended elsewhere.
/// </summary>
[Trait("Speed", "slow")]
public sealed class UnsavedTextTests(Chromium chromium)
{
    [Fact]
    public async Task A_page_with_unsaved_text_asks_before_it_is_left()
    {
        await using var stage = await Stage.OpenAsync(chromium, new());
        await stage.SignInAsync();
        var page = stage.Page;
        await OpenStudioAsync(page);
        await page.Locator("#Swatch-own").CheckAsync();
        await page.Locator("#Color").FillAsync("red");
        await page.Locator("#Prompt").FillAsync("A long prompt that nobody wants to type again.");
        await Assertions
            .Expect(page.Locator("#draft-state"))
            .ToHaveClassAsync(new System.Text.RegularExpressions.Regex("unsaved"));
        var asked = AskedAsync(page);

        await page.GetByRole(AriaRole.Link, new() { Name = "Conversations" }).First.ClickAsync();

        Assert.Equal("beforeunload", await asked);
        await Assertions
            .Expect(page.Locator("#Prompt"))
            .ToHaveValueAsync("A long prompt that nobody wants to type again.");
    }

    [Fact]
    public async Task What_was_typed_when_the_session_ended_elsewhere_is_there_after_signing_in_again()
    {
        await using var stage = await Stage.OpenAsync(chromium, new());
        await stage.SignInAsync();
        var page = stage.Page;
        await OpenStudioAsync(page);
        await EndSessionsAsync(stage);

        await page.Locator("#Prompt").FillAsync("Typed while signed out elsewhere.");
        await page.WaitForURLAsync(
            url => url.Contains("sign-in", StringComparison.Ordinal),
            new() { Timeout = 120_000 }
        );
        await stage.SignInHereAsync();

        await Assertions
            .Expect(page.Locator("#Prompt"))
            .ToHaveValueAsync("Typed while signed out elsewhere.", new() { Timeout = 60_000 });
    }

    [Fact]
    public async Task A_plain_form_comes_back_too_and_a_second_click_sends_nothing()
    {
        await using var stage = await Stage.OpenAsync(chromium, new());
        await stage.SignInAsync();
        var page = stage.Page;
        await page.GotoAsync("/settings");
        await EndSessionsAsync(stage);
        await page.Locator("#Input_Company").FillAsync("Alder and Daughters");

        await page.Locator("#settings button").DblClickAsync();
        await page.WaitForURLAsync(url => url.Contains("sign-in", StringComparison.Ordinal));
        await stage.SignInHereAsync();

        await Assertions
            .Expect(page.Locator("#Input_Company"))
            .ToHaveValueAsync("Alder and Daughters", new() { Timeout = 60_000 });
        await page.Locator("#settings button").DblClickAsync();
        await Assertions.Expect(page.Locator(".toasts")).ToContainTextAsync("Saved.");
        await page.GotoAsync("/settings");
        await Assertions.Expect(page.Locator("#Input_Company")).ToHaveValueAsync("Alder and Daughters");
    }

    [Fact]
    public async Task A_form_that_is_on_its_way_rests_and_nothing_sends_it_again()
    {
        await using var stage = await Stage.OpenAsync(chromium, new());
        await stage.SignInAsync();
        var page = stage.Page;
        var (sent, goOn) = (0, new TaskCompletionSource());
        await page.RouteAsync(
            url => url.EndsWith("/settings", StringComparison.Ordinal),
            async route =>
            {
                if (route.Request.Method == "POST")
                {
                    Interlocked.Increment(ref sent);
                    await goOn.Task;
                }

                await route.ContinueAsync();
            }
        );
        await page.GotoAsync("/settings");
        var (company, button) = (page.Locator("#Input_Company"), page.Locator("#settings button"));
        await company.FillAsync("Alder and Sons");

        // In one go, because Playwright would wait for the page that the first click leads to.
        var rested = await page.EvaluateAsync<bool>(
            """
            async () => {
                const field = document.getElementById("Input_Company"), button = field.form.querySelector("button");
                button.click();
                field.value = "Somebody else";
                button.click();
                field.form.requestSubmit();
                await new Promise(resolve => setTimeout(resolve, 100));
                const { disabled } = button;
                field.form.requestSubmit();
                return disabled;
            }
            """
        );
        Assert.True(rested);
        goOn.SetResult();

        await Assertions.Expect(page.Locator(".toasts")).ToContainTextAsync("Saved.");
        await Assertions.Expect(company).ToHaveValueAsync("Alder and Sons");
        await Assertions.Expect(button).ToBeEnabledAsync();
        Assert.Equal(1, sent);
    }

    private static async Task OpenStudioAsync(IPage page)
    {
        await page.GotoAsync("/widgets");
        await page.Locator("#widgets a.cover").First.ClickAsync();
        await page.Locator("#Prompt").WaitForAsync();
    }

    private static Task<string> AskedAsync(IPage page)
    {
        var asked = new TaskCompletionSource<string>();
        page.Dialog += async (_, dialog) =>
        {
            asked.TrySetResult(dialog.Type);
            await dialog.DismissAsync();
        };
        return asked.Task.WaitAsync(TimeSpan.FromMinutes(1));
    }

    // From another browser, which ends all others.
    private async Task EndSessionsAsync(Stage stage)
    {
        await using var context = await chromium.NewContextAsync(
            new() { BaseURL = new Uri(stage.Page.Url).GetLeftPart(UriPartial.Authority) }
        );
        var page = await context.NewPageAsync();
        await page.GotoAsync("/account/sign-in");
        await stage.SignInHereAsync(page);
        await page.GotoAsync("/account/sessions");
        await page.Locator("form[action*='Others'] button").ClickAsync();
        await Assertions.Expect(page.Locator(".toasts")).Not.ToBeEmptyAsync();
    }
}
