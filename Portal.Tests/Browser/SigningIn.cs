using Microsoft.Playwright;

namespace Portal.Tests.Browser;

/// <summary>How somebody signs in and out without a password.</summary>
internal static class SigningIn
{
    /// <summary>A fingerprint reader that always says yes.</summary>
    public static async Task AddAuthenticatorAsync(this IPage page)
    {
        var devTools = await page.Context.NewCDPSessionAsync(page);
        await devTools.SendAsync("WebAuthn.enable");
        await devTools.SendAsync(
            "WebAuthn.addVirtualAuthenticator",
            new()
            {
                ["options"] = new Dictionary<string, object>
                {
                    ["protocol"] = "ctap2",
                    ["transport"] = "internal",
                    ["hasResidentKey"] = true,
                    ["hasUserVerification"] = true,
                    ["isUserVerified"] = true,
                    ["automaticPresenceSimulation"] = true,
                },
            }
        );
    }

    /// <summary>
    /// By the button: cookies that were only thrown away come back with an answer that is still on its way.
    /// </summary>
    public static async Task SignOutAsync(this IPage page)
    {
        await page.GotoAsync("/account");
        await page.GetByRole(AriaRole.Main).GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await page.WaitForURLAsync("**/account/sign-in**");
    }
}
