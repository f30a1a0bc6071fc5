using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Portal.Infrastructure;
using Portal.Model;

namespace Portal.Pages.Account;

[AllowAnonymous]
public sealed class SignInModel(PasswordCheck passwords, SignInManager<User> signIn, UserManager<User> users) : PageModel
{
    // One sentence for every refusal: it tells of the lock-out, and not whether the address is known.
    private const string Refusal = "That e-mail and password don’t match. After five wrong tries we wait five minutes before the next.";

    [BindProperty]
    public Form Input { get; set; } = new();

    [BindProperty(SupportsGet = true)]
    public string? ReturnUrl { get; set; }

    public IActionResult OnGet() => User.Identity?.IsAuthenticated == true ? Onwards() : Page();

    public async Task<IActionResult> OnPostAsync()
    {
        var user = ModelState.IsValid ? await passwords.FindAsync(Input.Email.Trim(), Input.Password) : null;
        if (user is null)
        {
            ModelState.Clear();
            ModelState.AddModelError("", Refusal);
            return this.Invalid();
        }

        if (user.TwoFactorEnabled)
        {
            await HttpContext.BeginSecondStepAsync(user);
            return RedirectToPage("SecondStep", new { Input.Stay, ReturnUrl });
        }

        await signIn.SignInAsync(user, Input.Stay);
        return Onwards();
    }

    /// <summary>What the browser asks the authenticator for. Nobody is named: the passkey says who it is.</summary>
    public async Task<IActionResult> OnPostPasskeyOptionsAsync() => Content(await signIn.MakePasskeyRequestOptionsAsync(null), "application/json");

    public async Task<IActionResult> OnPostPasskeyAsync(string? credential)
    {
        var result = await AssertAsync(credential);
        if (result is not { Succeeded: true, User: { } user, Passkey: { } passkey } || await users.IsLockedOutAsync(user))
        {
            ModelState.Clear();
            ModelState.AddModelError("", "That passkey is not known here. Sign in with your password, or with another passkey.");
            return this.Invalid();
        }

        await users.AddOrUpdatePasskeyAsync(user, passkey);
        await signIn.SignInAsync(user, isPersistent: true);
        return Onwards();
    }

    private async Task<PasskeyAssertionResult<User>?> AssertAsync(string? credential)
    {
        try
        {
            return string.IsNullOrEmpty(credential) ? null : await signIn.PerformPasskeyAssertionAsync(credential);
        }
        catch (InvalidOperationException)
        {
            // Nobody asked for it, or too long ago.
            return null;
        }
    }

    private LocalRedirectResult Onwards() => LocalRedirect(Url.IsLocalUrl(ReturnUrl) ? ReturnUrl : "/");

    public sealed class Form
    {
        [Required, EmailAddress, StringLength(256)]
        public string Email { get; set; } = "";

        [Required, StringLength(Passwords.MaxLength)]
        public string Password { get; set; } = "";

        public bool Stay { get; set; }
    }
}
