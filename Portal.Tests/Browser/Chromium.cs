using Microsoft.Playwright;

namespace Portal.Tests.Browser;

/// <summary>The machine's own Chromium, one for all browser tests; each test opens a context of its own.</summary>
public sealed class Chromium : IAsyncLifetime
{
    private static readonly string[] Places = ["/usr/bin/chromium-headless-shell", "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

    private IPlaywright? _playwright;

    private IBrowser _browser = null!;

    public async ValueTask InitializeAsync()
    {
        var place = Environment.GetEnvironmentVariable("PORTAL_TEST_CHROMIUM") ?? Places.FirstOrDefault(File.Exists)
            ?? throw new InvalidOperationException("No Chromium on this machine: ./test installs it.");
        // Each waits for as long as it takes, and no test asks how long that is.
        Assertions.SetDefaultExpectTimeout((float)Timeouts.Limit.TotalMilliseconds);
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = place,
            Args =
            [
                "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                "--disable-background-networking", "--disable-component-update", "--disable-sync",
            ],
        });
    }

    /// <summary>A browser of its own, with no cookies.</summary>
    public async Task<IBrowserContext> NewContextAsync(BrowserNewContextOptions? options = null)
    {
        var context = await _browser.NewContextAsync(options);
        context.SetDefaultTimeout((float)Timeouts.Limit.TotalMilliseconds);
        context.SetDefaultNavigationTimeout((float)Timeouts.Limit.TotalMilliseconds);
        return context;
    }

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright?.Dispose();
    }
}

[CollectionDefinition(Name)]
public sealed class BrowserCollection : ICollectionFixture<Chromium>
{
    public const string Name = "Browser";
}
