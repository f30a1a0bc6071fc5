using Microsoft.Playwright;

namespace Portal.Tests.Browser;

/// <summary>
/// A browser before a portal that works on the very database of the test's own, so that people and things are made
/// without pages.
/// </summary>
internal sealed class Door(Chromium chromium, PlainPortal there, HeldPort shop, HeldPort bot) : IAsyncDisposable
{
    /// <summary>A name that few layouts expect.</summary>
    public const string Long = "Alderwood, Finchley & Daughters Upholstery and Timber Works";

    private readonly List<IBrowserContext> _contexts = [];

    /// <summary>What the browser's console said.</summary>
    public List<string> Complaints { get; } = [];

    // In Development, because only there are the styles served from the source tree.
    public static async Task<Door> OpenAsync(
        Chromium chromium,
        PortalApp portal,
        params IEnumerable<(string Key, string Value)> settings
    )
    {
        var (shop, bot) = (HeldPort.Take(), HeldPort.Take());
        return new(
            chromium,
            await PlainPortal.StartAsync(
                "Development",
                [
                    .. portal
                        .Settings.Where(setting => setting.Key != "Portal:PublicUrl")
                        .Select(setting => (setting.Key, setting.Value)),
                    ("Portal:Sample:SitePort", $"{shop}"),
                    ("Portal:Sample:BotPort", $"{bot}"),
                    .. settings,
                ]
            ),
            shop,
            bot
        );
    }

    /// <summary>A browser of somebody's own, with the cookies they hold.</summary>
    public async Task<IPage> EnterAsync(Visitor? person = null)
    {
        var address = there.Http.BaseAddress!.ToString();
        var context = await chromium.NewContextAsync(new() { BaseURL = address, ReducedMotion = ReducedMotion.Reduce });
        _contexts.Add(context);
        await context.AddCookiesAsync(
            person?.Cookies.Select(cookie => new Cookie
            {
                Name = cookie.Name,
                Value = cookie.Value,
                Url = address,
            }) ?? []
        );
        var page = await context.NewPageAsync();
        page.Console += (_, message) =>
        {
            // A page that says "this link is no longer valid" does so with a status that Chromium notes.
            if (
                message.Type is "error" or "warning"
                && !message.Location.StartsWith(page.Url, StringComparison.Ordinal)
            )
            {
                Complaints.Add($"{page.Url}: {message.Text}");
            }
        };
        return page;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var context in _contexts)
        {
            await context.DisposeAsync();
        }

        await there.DisposeAsync();
        shop.Dispose();
        bot.Dispose();
    }
}
