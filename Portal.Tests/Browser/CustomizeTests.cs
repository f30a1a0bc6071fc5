using Microsoft.Playwright;
using Portal.Audit;
using static Microsoft.Playwright.Assertions;

namespace Portal.Tests.Browser;

/// <summary>
/// Editing a widget as a client does it, on the portal as ./run starts it: type, see it beside the form, publish, find
/// it on the website.
/// </summary>
[Trait("Speed", "slow")]
public sealed class CustomizeTests(Chromium chromium)
{
    private const string Widget = "/widgets/0198c0de-0000-7000-8000-000000000001";

    [Fact]
    public async Task What_is_typed_shows_in_the_preview_and_reaches_visitors_when_it_is_published()
    {
        await using var stage = await Stage.OpenAsync(
            chromium,
            new()
            {
                ViewportSize = new() { Width = 1440, Height = 900 },
                Locale = "en-GB",
            }
        );
        var (page, shop) = (stage.Page, await stage.Page.Context.NewPageAsync());

        await stage.SignInAsync();
        await page.GotoAsync(Widget);
        var preview = page.FrameLocator(".device iframe");
        await Expect(preview.GetByRole(AriaRole.Dialog)).ToContainTextAsync("Fern");

        // Typing changes the preview, and takes no caret out of the field.
        await page.GetByLabel("Title", new() { Exact = true }).FillAsync("Ivy");
        await Expect(preview.GetByRole(AriaRole.Dialog)).ToContainTextAsync("Ivy");
        await Expect(page.Locator("#draft-state")).ToContainTextAsync("Draft saved");
        await Expect(page.Locator("#draft-changes")).ToHaveTextAsync("Review 1 change");
        await Expect(page.GetByLabel("Title", new() { Exact = true })).ToBeFocusedAsync();
        await page.GetByLabel("Welcome message").FillAsync("Good evening!");
        await Expect(preview.GetByRole(AriaRole.Dialog)).ToContainTextAsync("Good evening!");

        // The bot answers in it.
        await preview.GetByRole(AriaRole.Textbox).FillAsync("Can I return a sofa?");
        await preview.GetByRole(AriaRole.Textbox).PressAsync("Enter");
        await Expect(preview.GetByRole(AriaRole.Dialog)).ToContainTextAsync("30 days");

        // Visitors have seen nothing of it yet.
        await shop.GotoAsync(stage.ShopUrl);
        await shop.GetByRole(AriaRole.Button, new() { Name = "Chat", Exact = true }).ClickAsync();
        await Expect(shop.GetByRole(AriaRole.Dialog)).ToContainTextAsync("Fern");

        await page.Locator(".pactions").GetByRole(AriaRole.Button, new() { Name = "Publish" }).ClickAsync();
        await Expect(page.Locator("#widget-state")).ToHaveTextAsync("Live · v2");
        await Expect(page.Locator("#draft-state")).ToContainTextAsync("No unpublished changes");
        await using var visitor = await chromium.NewContextAsync(new() { Locale = "en-GB" });
        var fresh = await visitor.NewPageAsync();
        await fresh.GotoAsync(stage.ShopUrl);
        await fresh.GetByRole(AriaRole.Button, new() { Name = "Chat", Exact = true }).ClickAsync();
        await Expect(fresh.GetByRole(AriaRole.Dialog)).ToContainTextAsync("Ivy");
        await Expect(fresh.GetByRole(AriaRole.Dialog)).ToContainTextAsync("Good evening!");
        Assert.Empty(stage.Complaints);
    }

    [Fact]
    public async Task A_mistake_is_told_beside_its_field_while_it_is_typed_and_goes_when_it_is_mended()
    {
        await using var stage = await Stage.OpenAsync(
            chromium,
            new()
            {
                ViewportSize = new() { Width = 1440, Height = 900 },
            }
        );
        var page = stage.Page;
        await stage.SignInAsync();
        await page.GotoAsync(Widget);

        await page.GetByLabel("Conversation history").FillAsync("99");
        await Expect(page.Locator("#Turns-error")).ToHaveTextAsync("Enter a whole number from 0 to 50.");
        await Expect(page.GetByLabel("Conversation history")).ToHaveAttributeAsync("aria-invalid", "true");
        await Expect(page.Locator("#draft-state")).ToContainTextAsync("Draft not saved");

        await page.GetByLabel("Conversation history").FillAsync("9");
        await Expect(page.Locator("#Turns-error")).ToHaveCountAsync(0);
        await Expect(page.Locator("#draft-state")).ToContainTextAsync("Draft saved");
    }

    [Fact]
    public async Task However_far_the_form_is_scrolled_its_state_and_Publish_and_its_sections_are_in_sight()
    {
        await using var stage = await Stage.OpenAsync(
            chromium,
            new()
            {
                ViewportSize = new() { Width = 1280, Height = 800 },
                ReducedMotion = ReducedMotion.Reduce,
            }
        );
        var page = stage.Page;
        await stage.SignInAsync();
        foreach (var width in new[] { 1280, 390 })
        {
            await page.SetViewportSizeAsync(width, 800);
            await page.GotoAsync(Widget);
            await page.EvaluateAsync("scrollTo(0, document.documentElement.scrollHeight)");

            await Expect(page.Locator("#draft-state")).ToBeInViewportAsync();
            await Expect(page.Locator(".pactions").GetByRole(AriaRole.Button, new() { Name = "Publish" }))
                .ToBeInViewportAsync();
            await Expect(page.Locator(".subnav a").First).ToBeInViewportAsync();
        }
    }

    [Fact]
    public async Task A_color_that_is_typed_is_the_one_that_counts_and_a_mistake_stands_below_its_field_and_unit()
    {
        await using var stage = await Stage.OpenAsync(
            chromium,
            new()
            {
                ViewportSize = new() { Width = 1440, Height = 900 },
            }
        );
        var page = stage.Page;
        await stage.SignInAsync();
        await page.GotoAsync(Widget);

        await page.Locator("input.hex").FillAsync("#7a1f63");
        await Expect(page.Locator("#Swatch-own")).ToBeCheckedAsync();
        await Expect(page.Locator("#draft-state")).ToContainTextAsync("Draft saved");
        await Expect(page.Locator("#draft-changes")).ToHaveTextAsync("Review 1 change");
        await page.ReloadAsync();
        await Expect(page.Locator("input.hex")).ToHaveValueAsync("#7A1F63");

        await page.Locator("#Turns").FillAsync("99");
        await Expect(page.Locator("#Turns-error")).ToBeVisibleAsync();
        // Read at one moment: the notice of what could not be saved moves the form while it appears.
        var boxes = await page.EvaluateAsync<double[][]>(
            """
            ["#Turns", "#Turns ~ span", "#Turns-error"]
                .map(selector => document.querySelector(selector).getBoundingClientRect())
                .map(box => [box.left, box.right, box.top, box.bottom])
            """
        );
        var (field, unit, error) = (boxes[0], boxes[1], boxes[2]);
        Assert.True(unit[0] >= field[1] && unit[0] < field[1] + 40, "The unit stands beside its field.");
        Assert.True(error[2] >= Math.Max(field[3], unit[3]) - 1, "The mistake stands below both.");
    }

    [Fact]
    public async Task The_pages_of_a_widget_fit_and_read_well()
    {
        await using var stage = await Stage.OpenAsync(chromium, new() { ReducedMotion = ReducedMotion.Reduce });
        var page = stage.Page;
        await stage.SignInAsync();
        await page.GotoAsync($"{Widget}/settings");
        await page.GetByLabel("Name").FillAsync(Door.Long);
        await page.Locator("#name button").ClickAsync();
        await Expect(page.Locator("#widget-name")).ToHaveTextAsync(Door.Long);
        await page.InspectAsync("settings");

        await page.GotoAsync(Widget);
        await page.GetByLabel("Title", new() { Exact = true })
            .FillAsync("Ivy of the long corridor beside the old timber yard");
        await page.GetByLabel("System prompt")
            .FillAsync(
                "You are Ivy. Answer from the documents of the shop only, in two sentences, and name the page where it stands."
            );
        await Expect(page.Locator("#draft-changes")).ToHaveTextAsync("Review 2 changes");
        await page.InspectAsync("customize");

        // A phone has room for the form or for the preview.
        await page.GetByRole(AriaRole.Button, new() { Name = "Preview", Exact = true }).ClickAsync();
        await Expect(page.FrameLocator(".device iframe").GetByRole(AriaRole.Dialog)).ToBeVisibleAsync();
        Assert.Empty(await page.FaultsAsync("the preview on a phone"));

        await page.GotoAsync($"{Widget}/connection");
        await page.GetByLabel("Signed").CheckAsync();
        await page.Locator(".pactions").GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Expect(page.Locator("#public-key")).ToContainTextAsync("BEGIN PUBLIC KEY");
        await page.Locator("#make-key button").ClickAsync();
        await Expect(page.Locator("#next-key")).ToContainTextAsync("BEGIN PUBLIC KEY");
        await page.Locator("#try button").ClickAsync();
        await Expect(page.Locator("#tried")).ToContainTextAsync("Success");
        await page.InspectAsync("connection");
        Assert.Empty(stage.Complaints);
    }
}
