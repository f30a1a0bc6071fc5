using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Portal.Infrastructure;
using Portal.Model;
using Portal.SignIn;

namespace Portal.Pages.Account;

/// <summary>After the right password: the code of the authenticator app, or one of the recovery codes.</summary>
[AllowAnonymous]
public sealed class SecondStepModel(SignInManager<User> signIn, SignInLimits limits) : PageModel
{
    [BindProperty(SupportsGet = true)]
    public bool Recovery { get; set; }

    [BindProperty(SupportsGet = true)]
    public bool Stay { get; set; }

    [BindProperty(SupportsGet = true)]
    public string? ReturnUrl { get; set; }

    [BindProperty, Required(ErrorMessage = "The code, please."), StringLength(20)]
    public string Code { get; set; } = "";

    public async Task<IActionResult> OnGetAsync()
    {
        ModelState.Clear();
        return await signIn.GetTwoFactorAuthenticationUserAsync() is null ? RedirectToPage("SignIn", new { ReturnUrl }) : Page();
    }

    public async Task<IActionResult> OnPostAsync(CancellationToken abort)
    {
        if (await signIn.GetTwoFactorAuthenticationUserAsync() is not { } user)
        {
            return RedirectToPage("SignIn", new { ReturnUrl });
        }

        if (!ModelState.IsValid)
        {
            return this.Invalid();
        }

        var tries = await limits.CodeAsync(user, abort);
        if (tries.Wait is { } wait)
        {
            return this.TooMany(wait, nameof(Code));
        }

        var code = Code.Replace(" ", "", StringComparison.Ordinal);
        var result = Recovery
            ? await signIn.TwoFactorRecoveryCodeSignInAsync(code)
            : await signIn.TwoFactorAuthenticatorSignInAsync(code, Stay, rememberClient: false);
        if (!result.Succeeded)
        {
            ModelState.AddModelError(nameof(Code), Recovery ? "That is none of your unused codes." : "That code does not fit. It changes every 30 seconds; does your device’s clock run right?");
            return this.Invalid();
        }

        await tries.GiveBackAsync();
        return LocalRedirect(Url.LocalOrHome(ReturnUrl));
    }
}
