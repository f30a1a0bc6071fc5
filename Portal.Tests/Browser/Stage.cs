using Microsoft.Playwright;
using Portal.Tests.Data;

namespace Portal.Tests.Browser;

/// <summary>A portal with its sample shop and bot, and a browser before it.</summary>
internal sealed class Stage(
    TestDatabase database,
    TestFolder folder,
    PlainPortal portal,
    IBrowserContext context,
    IPage page,
    HeldPort shop,
    HeldPort bot
) : IAsyncDisposable
{
    public IPage Page => page;

    public TestDatabase Database => database;

    public string ShopUrl => shop.Url.ToString();

    public List<string> Complaints { get; } = [];

    public static async Task<Stage> OpenAsync(
        Chromium chromium,
        BrowserNewContextOptions options,
        params (string, string)[] settings
    )
    {
        var database = await TestDatabase.CreateAsync();
        var folder = TestFolder.Create();
        var (shop, bot) = (HeldPort.Take(), HeldPort.Take());
        var portal = await PlainPortal.StartAsync(
            "Development",
            [
                .. database.Settings.Select(setting => (setting.Key, setting.Value)),
                ("Portal:DataDirectory", folder.Path),
                ("Portal:MasterKey", Convert.ToBase64String(new byte[32])),
                ("Portal:Sample:SitePort", $"{shop}"),
                ("Portal:Sample:BotPort", $"{bot}"),
                .. settings,
            ]
        );
        options.BaseURL = portal.Http.BaseAddress!.ToString();
        var context = await chromium.NewContextAsync(options);
        var stage = new Stage(database, folder, portal, context, await context.NewPageAsync(), shop, bot);
        stage.Page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
            {
                stage.Complaints.Add(message.Text);
            }
        };
        return stage;
    }

    /// <summary>The sample's owner.</summary>
    public async Task SignInAsync() =>
        await SignInAsync(
            page,
            "maya@alderfinch.example",
            await File.ReadAllTextAsync(Path.Combine(folder.Path, "demo-owner-password"))
        );

    /// <summary>The same, on the sign-in page that somebody was led to.</summary>
    public async Task SignInHereAsync(IPage? there = null)
    {
        there ??= page;
        await there.GetByLabel("Email").FillAsync("maya@alderfinch.example");
        await there
            .GetByLabel("Password", new() { Exact = true })
            .FillAsync(await File.ReadAllTextAsync(Path.Combine(folder.Path, "demo-owner-password")));
        await there.Keyboard.PressAsync("Enter");
        await there.WaitForURLAsync(url => !url.Contains("sign-in", StringComparison.Ordinal));
    }

    public static async Task SignInAsync(IPage page, string email, string password)
    {
        await page.GotoAsync("/account/sign-in");
        await page.GetByLabel("Email").FillAsync(email);
        await page.GetByLabel("Password", new() { Exact = true }).FillAsync(password);
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForURLAsync(url => !url.Contains("sign-in", StringComparison.Ordinal));
    }

    public async ValueTask DisposeAsync()
    {
        await context.DisposeAsync();
        await portal.DisposeAsync();
        shop.Dispose();
        bot.Dispose();
        folder.Dispose();
        await database.DisposeAsync();
    }
}
