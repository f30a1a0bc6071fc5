using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Portal.Audit;
using Portal.Tests.Api;
using Portal.Tests.Pages;
using static Microsoft.Playwright.Assertions;

namespace Portal.Tests.Browser;

/// <summary>
/// What the portal shows of an answer is what the widget showed of it: both are held to the same samples.
/// </summary>
[Trait("Speed", "slow")]
public sealed class AnswersTests(Chromium chromium, PortalApp portal) : IClassFixture<PortalApp>
{
    private const string Webhook = "https://n8n.shop.example/webhook/shop";

    // The elements of an answer and what their attributes mean, as the samples write them.
    private const string Written = """
        answers => answers.map(answer => {
            const text = value => value.replace(/[&<>]/g, char => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[char]);
            const all = node => [...node.childNodes].map(write).join("");
            const write = node => {
                if (node.nodeType === Node.TEXT_NODE) return text(node.data);
                const tag = node.localName;
                if (tag === "pre") return `<pre>${all(node.querySelector("code"))}</pre>`;
                if (/^[bh]r$/.test(tag)) return `<${tag}>`;
                const inner = /^(p|li|t[dhr]|h\d|div)$/.test(tag) ? all(node).replace(/ $/, "") : all(node);
                const attributes = ["href", "start", "align"].filter(name => node.hasAttribute(name)).map(name => ` ${name}="${node.getAttribute(name)}"`);
                return tag === "div" ? inner : `<${tag}${attributes.join("")}>${inner}</${tag}>`;
            };
            return all(answer.querySelector(".as-seen"));
        })
        """;

    [Fact]
    public async Task An_answer_is_shown_as_the_visitor_saw_it()
    {
        var samples = Samples();
        var shop = await portal.NewWidgetAsync(Webhook);
        var id = await portal.HadAsync(shop, new("First", DateTimeOffset.UtcNow.AddHours(-1)));
        await AnswerAsync(id, samples);
        await using var door = await Door.OpenAsync(chromium, portal);
        var page = await door.EnterAsync(portal.SignedIn(shop.ClientId));

        await page.GotoAsync($"/conversations/{id}");
        var answers = page.Locator("bot-answer:has(.as-seen)");
        await Expect(answers).ToHaveCountAsync(samples.Count + 1);

        var shown = await answers.EvaluateAllAsync<string[]>(Written);
        Assert.Equal(
            samples.Select(sample => (sample.Name, sample.Shown)),
            samples.Zip(shown.Skip(1), (sample, html) => (sample.Name, html))
        );
        Assert.Equal(0, await page.Locator("bot-answer :is(img, script, iframe, style)").CountAsync());
        Assert.All(await answers.Locator("a").EvaluateAllAsync<string[]>("links => links.map(link => link.rel)"), rel =>
            Assert.Contains("noopener", rel, StringComparison.Ordinal)
        );
        Assert.Empty(door.Complaints);
    }

    [Fact]
    public async Task What_the_bot_wrote_is_one_click_away()
    {
        const string Answer = "**Yes**, see [our guide](/returns).\n<b>Really</b>";
        var shop = await portal.NewWidgetAsync(Webhook);
        var id = await portal.HadAsync(shop, new("May I?", DateTimeOffset.UtcNow) { Answer = Answer });
        await using var door = await Door.OpenAsync(chromium, portal);
        var page = await door.EnterAsync(portal.SignedIn(shop.ClientId));

        await page.GotoAsync($"/conversations/{id}");
        await Expect(page.Locator("bot-answer strong")).ToHaveTextAsync("Yes");
        await Expect(page.Locator("bot-answer a")).ToHaveAttributeAsync("href", "https://www.shop.example/returns");
        await page.GetByRole(Microsoft.Playwright.AriaRole.Button, new() { Name = "View raw text" }).ClickAsync();
        Assert.Equal(Answer, await page.Locator("bot-answer .as-written").InnerTextAsync());
        await Expect(page.Locator("bot-answer strong")).ToBeHiddenAsync();
        await page.GetByRole(Microsoft.Playwright.AriaRole.Button, new() { Name = "View formatted" }).ClickAsync();
        await Expect(page.Locator("bot-answer strong")).ToBeVisibleAsync();
    }

    private static List<Sample> Samples() =>
        [
            .. JsonSerializer
                .Deserialize<List<Sample>>(
                    File.ReadAllText(Path.Combine(RepositoryPaths.Root, "Widget/test/markdown-samples.json")),
                    JsonSerializerOptions.Web
                )!
                .Where(sample => sample.Markdown.Trim().Length > 0),
        ];

    /// <summary>More turns of a conversation, all on the page that the samples' relative links are on.</summary>
    private async Task AnswerAsync(Guid session, List<Sample> samples)
    {
        await using var command = portal
            .Services.GetRequiredService<Portal.Data.Databases>()
            .Jobs.CreateCommand(
                """
                INSERT INTO chat_logs (client_id, widget_id, session_id, user_id, message, response, status, page_url, created_at, answered_at)
                SELECT l.client_id, l.widget_id, l.session_id, l.user_id, sample.name, sample.markdown, l.status, 'https://shop.example/page',
                    l.created_at + sample.n * interval '1 second', l.created_at + sample.n * interval '1 second'
                FROM chat_logs l, unnest($2, $3) WITH ORDINALITY AS sample(name, markdown, n) WHERE l.session_id = $1
                """
            );
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = session });
        command.Parameters.Add(
            new NpgsqlParameter<string[]> { TypedValue = [.. samples.Select(sample => sample.Name)] }
        );
        command.Parameters.Add(
            new NpgsqlParameter<string[]> { TypedValue = [.. samples.Select(sample => sample.Markdown)] }
        );
        await command.ExecuteNonQueryAsync();
    }

    private sealed record Sample(string Name, string Markdown, string Shown);
}
