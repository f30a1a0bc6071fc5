using Microsoft.Playwright;
using Portal.Audit;
using Portal.Tests.Api;
using Portal.Tests.Pages;
using Portal.Tests.Sweep;
using static Microsoft.Playwright.Assertions;

namespace Portal.Tests.Browser;

/// <summary>What a phone shows of tables, filters and bars: as much as a desk, and within reach.</summary>
[Trait("Speed", "slow")]
public sealed class PhoneTests(Chromium chromium, PortalApp portal) : IClassFixture<PortalApp>
{
    // Each cell's words and heading, and what of its words cannot be read: cut off to next to nothing, or broken to a
    // word or two a line.
    private const string Cells = """
        () => [...document.querySelectorAll("main table.folds > tbody > tr")].filter(row => row.checkVisibility()).flatMap(row => {
            const isFolded = getComputedStyle(row).display === "grid";
            return [...row.cells].map(cell => {
                const words = cell.innerText.replace(/\s+/g, " ").trim(), unread = [];
                const texts = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
                while (texts.nextNode()) {
                    const text = texts.currentNode, said = text.data.trim();
                    if (!said || !text.parentElement.checkVisibility({ contentVisibilityAuto: true }) || text.parentElement.closest(".visually-hidden")) continue;
                    const range = document.createRange();
                    range.selectNodeContents(text);
                    const box = range.getBoundingClientRect(), edges = [box.left, box.right];
                    for (let around = text.parentElement; around !== row; around = around.parentElement) {
                        if (getComputedStyle(around).overflowX !== "visible") {
                            const clip = around.getBoundingClientRect();
                            edges[0] = Math.max(edges[0], clip.left);
                            edges[1] = Math.min(edges[1], clip.right);
                        }
                    }

                    const lines = new Set([...range.getClientRects()].map(line => Math.round(line.top))).size;
                    if (edges[1] - edges[0] < Math.min(box.width, 64) - 1) unread.push(`"${said}" is cut off after ${Math.round(edges[1] - edges[0])} px`);
                    if (lines > 1 && said.length / lines < 12) unread.push(`"${said}" takes ${lines} lines`);
                }

                const label = cell.dataset.label ?? "", shown = getComputedStyle(cell, "::before").content;
                if (isFolded && words && label && !cell.classList.contains("fold-end") && shown !== JSON.stringify(label)) unread.push(`"${words}" lacks its heading ${label}: ${shown}`);
                if (isFolded && !words && label && !cell.querySelector("svg, img, input") && cell.checkVisibility()) unread.push(`${label} has a heading and nothing below it`);
                return { words, unread };
            });
        })
        """;

    [Fact]
    public async Task Each_table_says_on_a_phone_what_it_says_on_a_desk()
    {
        var (world, shop) = await FurnishedAsync();
        await using var door = await Door.OpenAsync(chromium, portal);
        var faults = new List<string>();
        foreach (
            var (caller, paths) in new (string, string[])[]
            {
                ("owner", ["/errors", "/widgets", "/dashboard", "/team", "/demos"]),
                (
                    "admin",
                    [
                        "/admin/incidents",
                        $"/admin/incidents?client={shop.ClientId}",
                        "/admin/clients",
                        "/admin/widgets",
                        "/admin/jobs",
                    ]
                ),
            }
        )
        {
            var page = await door.EnterAsync(await world.CallerAsync(caller));
            foreach (var path in paths)
            {
                await page.WearAsync(1280, ColorScheme.Light);
                await page.GotoAsync(path);
                var wide = await page.EvaluateAsync<Cell[]>(Cells);
                faults.AddRange(await page.FaultsAsync($"{path} at 1280"));
                await page.WearAsync(390, ColorScheme.Light);
                var narrow = await page.EvaluateAsync<Cell[]>(Cells);
                faults.AddRange(await page.FaultsAsync($"{path} at 390"));

                Assert.NotEmpty(wide);
                faults.AddRange(wide.SelectMany(cell => cell.Unread).Select(what => $"{path} at 1280: {what}"));
                faults.AddRange(narrow.SelectMany(cell => cell.Unread).Select(what => $"{path} at 390: {what}"));
                faults.AddRange(
                    wide.Select(cell => cell.Words)
                        .Zip(narrow.Select(cell => cell.Words))
                        .Where(both => both.First != both.Second)
                        .Select(both => $"{path}: “{both.First}” on a desk, “{both.Second}” on a phone")
                );
                Assert.Equal(wide.Length, narrow.Length);
            }
        }

        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    [Fact]
    public async Task What_a_button_opens_is_within_the_screen()
    {
        var (world, _) = await FurnishedAsync();
        await using var door = await Door.OpenAsync(chromium, portal);
        var (page, opened) = (await door.EnterAsync(await world.CallerAsync("owner")), 0);
        await page.WearAsync(390, ColorScheme.Light);
        foreach (var path in new[] { "/conversations", "/analytics", "/audit" })
        {
            await page.GotoAsync(path);
            var menus = page.Locator("main details.menu-x > summary").Locator("visible=true");
            for (var i = 0; i < await menus.CountAsync(); i++, opened++)
            {
                await menus.Nth(i).ClickAsync();
                var sheet = page.Locator("main details.menu-x[open] > .sheet");
                await Expect(sheet).ToBeVisibleAsync();
                var outside = await sheet.EvaluateAsync<string[]>(
                    """
                    sheet => [sheet, ...sheet.querySelectorAll("*")].map(part => [part, part.getBoundingClientRect()])
                        .filter(([part, box]) => box.width && part.checkVisibility() && !part.closest(".visually-hidden") && (box.left < 0 || box.right > innerWidth))
                        .map(([part, box]) => `${part.tagName} from ${Math.round(box.left)} to ${Math.round(box.right)} px`)
                    """
                );
                Assert.True(outside.Length == 0, $"{path}, sheet {i}: {string.Join(", ", outside)}");
                Assert.Empty(await page.FaultsAsync($"{path} with sheet {i}"));
                await page.Keyboard.PressAsync("Escape");
                await Expect(sheet).ToHaveCountAsync(0);
            }
        }

        Assert.True(opened >= 4, $"Only {opened} were there to be opened.");
    }

    [Fact]
    public async Task The_bottom_bar_has_five_items_the_tabs_are_on_the_screen_and_the_chat_covers_neither()
    {
        var (world, shop) = await FurnishedAsync();
        await using var door = await Door.OpenAsync(chromium, portal);
        foreach (var (caller, home) in new[] { ("admin", "/admin/clients"), ("owner", $"/widgets/{shop.Id}/test") })
        {
            var page = await door.EnterAsync(await world.CallerAsync(caller));
            await page.WearAsync(390, ColorScheme.Light);
            await page.GotoAsync(home);

            var items = page.Locator(".tabbar a");
            await Expect(items).ToHaveCountAsync(5);
            await Expect(items.Last).ToHaveTextAsync("More");
            for (var i = 0; i < 5; i++)
            {
                await Expect(items.Nth(i)).ToBeInViewportAsync(new() { Ratio = 1 });
            }

            if (caller == "owner")
            {
                var tabs = await page.Locator(".tabs a").AllAsync();
                Assert.True(tabs.Count > 4);
                foreach (var tab in tabs)
                {
                    await Expect(tab).ToBeInViewportAsync(new() { Ratio = 1 });
                }

                var launcher = page.Locator("chat-portal-widget .launch").First;
                await Expect(launcher).ToBeVisibleAsync();
                await Timeouts.UntilAsync(async () =>
                    await launcher.BoundingBoxAsync() is { } box
                    && box.Y + box.Height <= (await page.Locator(".tabbar").BoundingBoxAsync())!.Y
                );
            }
        }
    }

    // A client with long names whose widgets are down, and were.
    private async Task<(World World, Shop Shop)> FurnishedAsync()
    {
        var world = await World.NewAsync(portal, ["client", "widget", "user", "demo"]);
        var shop = world.Shop;
        await portal.ExecuteAsync($"UPDATE widgets SET name = '{Door.Long}' WHERE id = '{shop.Id}'");
        await portal.ExecuteAsync($"UPDATE clients SET name = '{Door.Long}' WHERE id = '{shop.ClientId}'");
        await portal.ExecuteAsync(
            $"""
            INSERT INTO incidents (client_id, widget_id, error_type, opened_at, last_failure_at, failures, visitors, ended_at, outcome, settled_at) VALUES
                ('{shop.ClientId}', '{shop.Id}', 'timeout', now() - interval '1 hour', now(), 12, 3, NULL, NULL, NULL),
                ('{shop.ClientId}', '{shop.Id}', 'workflow_error', now() - interval '2 days', now() - interval '47 hours', 1234, 56, now() - interval '46 hours', 'answered', now()),
                ('{shop.ClientId}', '{shop.Id}', 'starting', now() - interval '3 days', now() - interval '71 hours', 1, 1, now() - interval '70 hours', 'quiet', now())
            """
        );
        await portal.HadAsync(
            shop,
            new("Is anybody there?", DateTimeOffset.UtcNow.AddMinutes(-5))
            {
                Status = "failed",
                ErrorType = "timeout",
                Confidence = null,
                Answer = "Sorry, that did not work.",
            }
        );
        return (world, shop);
    }

    private sealed record Cell(string Words, string[] Unread)
    {
        public Cell()
            : this("", []) { }
    }
}
