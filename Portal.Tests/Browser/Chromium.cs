using Microsoft.Playwright;

[assembly: AssemblyFixture(typeof(Portal.Tests.Browser.Chromium))]

namespace Portal.Tests.Browser;

/// <summary>
/// The machine's own Chromium, one for all browser tests, started by the first of them; each opens a context of its
/// own.
/// </summary>
public sealed class Chromium : IAsyncDisposable
{
    private static readonly string[] Places =
    [
        "/usr/bin/chromium-headless-shell",
        "/usr/bin/chromium",
        "/usr/bin/chromium-browser",
        "/usr/bin/google-chrome",
    ];

    private readonly Lazy<Task<(IPlaywright, IBrowser)>> _running = new(StartAsync);

    /// <summary>A browser of its own, with no cookies.</summary>
    public async Task<IBrowserContext> NewContextAsync(BrowserNewContextOptions? options = null)
    {
        var (_, browser) = await _running.Value;
        var context = await browser.NewContextAsync(options);
        context.SetDefaultTimeout((float)Timeouts.Limit.TotalMilliseconds);
        context.SetDefaultNavigationTimeout((float)Timeouts.Limit.TotalMilliseconds);
        return context;
    }

    private static async Task<(IPlaywright, IBrowser)> StartAsync()
    {
        var place = Environment.GetEnvironmentVariable("PORTAL_TEST_CHROMIUM")
            ?? Places.FirstOrDefault(File.Exists)
            ?? throw new InvalidOperationException("No Chromium on this machine: ./test installs it.");
        // Each waits for as long as it takes, and no test asks how long that is.
        Assertions.SetDefaultExpectTimeout((float)Timeouts.Limit.TotalMilliseconds);
        var playwright = await Playwright.CreateAsync();
        return (
            playwright,
            await playwright.Chromium.LaunchAsync(
                new()
                {
                    ExecutablePath = place,
                    Args =
                    [
                        "--no-sandbox",
                        "--disable-gpu",
                        "--disable-quic",
                        "--no-first-run",
                        "--disable-background-networking",
                        "--disable-component-update",
                        "--disable-sync",
                    ],
                }
            )
        );
    }

    public async ValueTask DisposeAsync()
    {
        if (_running is { IsValueCreated: true, Value.IsCompletedSuccessfully: true })
        {
            var (playwright, browser) = await _running.Value;
            await browser.DisposeAsync();
            playwright.Dispose();
        }
    }
}
