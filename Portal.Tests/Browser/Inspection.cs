using System.Text.Json;
using Deque.AxeCore.Commons;
using Microsoft.Playwright;

namespace Portal.Tests.Browser;

/// <summary>
/// What every page holds: axe-core finds nothing, nothing is wider than the window or its card, no page scrolls past
/// its content, cells with words have room for them, and icons of buttons stand out from what is behind them.
/// </summary>
internal static class Inspection
{
    // A page ends where its content ends, and what a card holds stays in it. Boxes that scroll by themselves may hold
    // more than they show.
    private const string LayoutFaults = """
        () => {
            const page = document.documentElement, faults = [];
            if (page.scrollWidth > page.clientWidth) {
                faults.push(`${page.scrollWidth - page.clientWidth} px too wide`);
            }

            const end = Math.max(page.clientHeight, ...[...document.body.children].filter(part => getComputedStyle(part).position !== "fixed").map(part => part.getBoundingClientRect().bottom + scrollY));
            if (page.scrollHeight > end + 1) {
                faults.push(`scrolls ${Math.round(page.scrollHeight - end)} px past its content`);
            }

            for (const card of document.querySelectorAll(".card")) {
                const edge = card.getBoundingClientRect();
                for (const part of card.querySelectorAll("*")) {
                    const box = part.getBoundingClientRect();
                    const isHidden = !box.width || !part.checkVisibility({ contentVisibilityAuto: true, visibilityProperty: true }) || part.closest(".visually-hidden, details:not([open]) > :not(summary), .sheet");
                    let scroller = part.parentElement;
                    while (scroller !== card && getComputedStyle(scroller).overflowX === "visible") {
                        scroller = scroller.parentElement;
                    }

                    if (!isHidden && scroller === card && (box.right > edge.right + 1 || box.left < edge.left - 1)) {
                        faults.push(`${part.tagName.toLowerCase()}.${part.className.baseVal ?? part.className} lies ${Math.round(Math.max(box.right - edge.right, edge.left - box.left))} px outside its card`);
                    }
                }
            }

            for (const cell of document.querySelectorAll("td")) {
                const box = cell.getBoundingClientRect();
                if (cell.textContent.trim() && cell.checkVisibility() && (box.width < 16 || box.height < 8)) {
                    faults.push(`the cell "${cell.textContent.trim().slice(0, 40)}" has no room`);
                }
            }

            for (const icon of document.querySelectorAll("button .i")) {
                const button = icon.closest("button"), contrast = contrastOf(icon);
                if (icon.checkVisibility() && !button.disabled && !button.querySelector("img") && contrast < 3) {
                    faults.push(`the icon of "${(button.getAttribute("aria-label") ?? button.textContent).trim().slice(0, 40)}" has a contrast of ${contrast.toFixed(1)} only`);
                }
            }

            return faults;

            // WCAG 1.4.11: what a control is known by stands out 3:1 from what is behind it.
            function contrastOf(part) {
                const lightness = color => color.slice(0, 3).map(c => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4).reduce((sum, c, n) => sum + c * [0.2126, 0.7152, 0.0722][n], 0);
                const over = (top, under) => top.slice(0, 3).map((c, n) => c * top[3] + under[n] * (1 - top[3]));
                const behind = [];
                for (let box = part.parentElement; box; box = box.parentElement) {
                    behind.unshift(rgba(getComputedStyle(box).backgroundColor));
                }

                const ground = behind.reduce((under, top) => over(top, under), [255, 255, 255]);
                const [a, b] = [lightness(over(rgba(getComputedStyle(part).color), ground)), lightness(ground)];
                return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
            }

            // However the browser writes the color, a pixel of it.
            function rgba(color) {
                const pen = (globalThis.pen ??= new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true }));
                pen.clearRect(0, 0, 1, 1);
                pen.fillStyle = color;
                pen.fillRect(0, 0, 1, 1);
                const [r, g, b, a] = pen.getImageData(0, 0, 1, 1).data;
                return [r, g, b, a / 255];
            }
        }
        """;

    private static readonly string Axe = new BundledAxeScriptProvider().GetScript();

    /// <summary>Wide in the light, and on a phone in the dark.</summary>
    public static async Task InspectAsync(this IPage page, string where)
    {
        foreach (var (width, scheme) in new[] { (1280, ColorScheme.Light), (390, ColorScheme.Dark) })
        {
            await page.WearAsync(width, scheme);
            var faults = await page.FaultsAsync($"{where} at {width} in the {scheme}");
            Assert.True(faults.Count == 0, string.Join('\n', faults));
        }
    }

    public static async Task WearAsync(this IPage page, int width, ColorScheme scheme)
    {
        await page.SetViewportSizeAsync(width, 900);
        await page.EmulateMediaAsync(new() { ColorScheme = scheme, ReducedMotion = ReducedMotion.Reduce });
    }

    /// <summary>What is wrong, in words.</summary>
    /// <remarks>With <c>PORTAL_TEST_PICTURES</c> a picture of each page goes to that folder.</remarks>
    public static async Task<IReadOnlyList<string>> FaultsAsync(this IPage page, string where)
    {
        // What is still on its way in has not the colors yet that it will have.
        await page.EvaluateAsync(
            """
            async () => {
                while (document.querySelector(".htmx-request, .htmx-swapping, .htmx-settling") || document.getAnimations().some(one => one.playState === "running")) {
                    await new Promise(requestAnimationFrame);
                }
            }
            """
        );
        var found = (await page.AskAxeAsync()).Concat(await page.EvaluateAsync<string[]>(LayoutFaults));
        if (Environment.GetEnvironmentVariable("PORTAL_TEST_PICTURES") is { Length: > 0 } folder)
        {
            await page.ScreenshotAsync(
                new()
                {
                    Path = Path.Combine(folder, $"{where.Trim('/').Replace('/', '-').Replace('?', '-')}.png"),
                    FullPage = true,
                }
            );
        }

        return [.. found.Select(fault => $"{where}: {fault}")];
    }

    // What the build left out of the kit's style sheet, since no page seemed to use it.
    private static readonly string[] LeftOut = JsonSerializer.Deserialize<string[]>(
        File.ReadAllText(Path.Combine(RepositoryPaths.Portal, "obj", "left-out.json"))
    )!;

    /// <summary>What on this page has lost a rule of the kit.</summary>
    public static async Task<IEnumerable<string>> UnstyledAsync(this IPage page, string where) =>
        (
            await page.EvaluateAsync<string[]>(
                "selectors => selectors.filter(selector => document.querySelector(selector))",
                LeftOut
            )
        ).Select(selector => $"{where}: portal.css lacks {selector}, which is on the page; see Portal/build.mjs");

    // Deque's own RunAxe takes three times as long: it opens a page to sum up in, and brings back all that is right as
    // well.
    private static async Task<string[]> AskAxeAsync(this IPage page)
    {
        foreach (var frame in page.Frames)
        {
            await frame.EvaluateAsync($"void (globalThis.axe || (() => {{ {Axe} }})())");
        }

        return await page.EvaluateAsync<string[]>(
            """
            async () => (await axe.run(document, { resultTypes: ["violations"], rules: { "target-size": { enabled: true }, "label-content-name-mismatch": { enabled: true } } })).violations
                .map(found => `${found.id} at ${found.nodes.map(node => node.target.flat().join(" ")).join(", ")}`)
            """
        );
    }
}
