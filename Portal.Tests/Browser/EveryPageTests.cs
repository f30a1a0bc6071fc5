using Microsoft.EntityFrameworkCore;
using Microsoft.Playwright;
using Portal.Audit;
using Portal.Model;
using Portal.Tests.Api;
using Portal.Tests.Pages;
using Portal.Tests.Sweep;
using Portal.Webhooks;

namespace Portal.Tests.Browser;

/// <summary>
/// Every page in the table of the sweep, so a new one too, in a real browser: with data and long names, and before
/// there is anything.
/// </summary>
[Trait("Speed", "slow")]
public sealed class EveryPageTests(Chromium chromium, PortalApp portal) : IClassFixture<PortalApp>
{
    // Answers that are no pages: files, what a frame holds, and doors that lead elsewhere or stand closed.
    private static readonly string[] NoPages =
    [
        "/api/",
        "/health/",
        "/openapi/",
        "/error",
        "/export",
        "/picture",
        "/preview",
        "handler=",
        "/account/sign-up",
        "/account/setup",
        "/demo/",
        "/account/theme",
        "/account/sign-out",
        "/templates/",
        "/test?test=",
    ];

    [Fact]
    public async Task Every_page_fits_reads_well_and_stays_within_the_content_policy()
    {
        var rows = Row
            .All.Where(row =>
                row.Method == "GET" && !NoPages.Any(part => row.Path.Contains(part, StringComparison.Ordinal))
            )
            .ToList();
        var world = await World.NewAsync(portal, rows.SelectMany(row => row.Things).Distinct());
        await FurnishAsync(world.Shop);
        await using var door = await Door.OpenAsync(chromium, portal);
        var (seen, faults) = (new HashSet<string>(), new List<string>());
        foreach (var caller in new[] { "signed out", "owner", "admin" })
        {
            var page = await door.EnterAsync(await world.CallerAsync(caller));
            var here = rows.Where(row => row.Expect(caller) == "ok")
                .Select(row => row.With(world.Things).Path)
                .Where(path => !seen.Contains(path))
                .ToList();
            foreach (var (width, scheme) in new[] { (1280, ColorScheme.Light), (390, ColorScheme.Dark) })
            {
                await page.WearAsync(width, scheme);
                foreach (var path in here)
                {
                    await page.GotoAsync(path);

                    // What leads elsewhere is seen there.
                    if (seen.Add($"{new Uri(page.Url).PathAndQuery} {scheme}"))
                    {
                        faults.AddRange(await page.FaultsAsync($"{path} for {caller} at {width} in the {scheme}"));
                        faults.AddRange(await page.UnstyledAsync(path));
                    }
                }
            }

            seen.UnionWith(here);
        }

        faults.AddRange(door.Complaints);
        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    [Fact]
    public async Task Pages_without_anything_to_show_say_so_and_read_well()
    {
        var owner = await portal.NewOwnerAsync();
        await using var door = await Door.OpenAsync(chromium, portal);
        var page = await door.EnterAsync(await portal.SignedInAsync(owner));
        await page.WearAsync(390, ColorScheme.Light);
        foreach (
            var path in new[]
            {
                "/dashboard",
                "/widgets",
                "/conversations",
                "/analytics",
                "/errors",
                "/demos",
                "/audit",
            }
        )
        {
            await page.GotoAsync(path);
            Assert.Empty(await page.FaultsAsync($"{path} without anything"));
        }

        Assert.Empty(door.Complaints);
    }

    private async Task FurnishAsync(Shop shop)
    {
        await portal.As(shop.ClientId, async db =>
        {
            await db
                .Widgets.Where(widget => widget.Id == shop.Id)
                .ExecuteUpdateAsync(set => set.SetProperty(widget => widget.Name, Door.Long));
            return await db.Clients.ExecuteUpdateAsync(set => set.SetProperty(client => client.Name, Door.Long));
        });
        await portal.With(
            (AccountsDb db) =>
            {
                db.Add(
                    new Email
                    {
                        Template = "test",
                        ToAddress =
                            $"{new string('a', 64)}@{string.Join('.', Enumerable.Repeat(new string('b', 40), 4))}.example",
                        ToName = Door.Long,
                    }
                );
                return db.SaveChangesAsync();
            }
        );
        var now = DateTimeOffset.UtcNow;
        await portal.HadAsync(
            shop,
            new("Do you take back a sofa that does not fit through the door?", now.AddMinutes(-5))
            {
                Feedback = "up",
                Sources =
                    """[{"title":"Returns and refunds of made-to-order furniture","url":"https://www.shop.example/returns"}]""",
            }
        );
        await portal.HadAsync(
            shop,
            new(string.Concat(Enumerable.Repeat("Upholsterysampleswithoutablank", 6)), now.AddDays(-1))
            {
                Feedback = "down",
                Comment = "That was not what I asked.",
                Confidence = 0.2,
            }
        );
        // More than a screen of them, so that the list scrolls.
        foreach (var number in Enumerable.Range(1, 25))
        {
            await portal.HadAsync(shop, new($"Question {number} of somebody who asks a lot", now.AddHours(-number)));
        }

        await portal.HadAsync(
            shop,
            new("Is anybody there?", now.AddDays(-2))
            {
                Status = "failed",
                ErrorType = "timeout",
                Confidence = null,
                Answer = "Sorry, that did not work.",
            }
        );
    }
}
