using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Portal.Accounts;
using Portal.Model;
using Portal.Web;

namespace Portal.Pages.Account.SignIn;

[AllowAnonymous]
public sealed class IndexModel(
    PasswordCheck passwords,
    SignInLimits limits,
    SignUpOptions signUp,
    PortalSignIn signIn,
    UserManager<User> users,
    AccountFactors factors,
    PendingSignIn pending
) : PageModel
{
    // One message for every refusal, so that it does not reveal whether the account exists.
    private const string Refusal = "Incorrect email or password.";

    [BindProperty]
    public Form Input { get; set; } = new();

    [BindProperty(SupportsGet = true)]
    public string? ReturnUrl { get; set; }

    public bool CanSignUp => signUp.IsOpen;

    public IActionResult OnGet() => User.Identity?.IsAuthenticated == true ? Onwards() : Page();

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        var (user, wait) = ModelState.IsValid
            ? await passwords.FindAsync(Input.Email.Trim(), Input.Password, cancellationToken)
            : default;
        if (wait is { } pause)
        {
            return this.TooMany(pause, then: ", or sign in with a passkey");
        }

        if (user is null)
        {
            ModelState.Clear();
            ModelState.AddModelError("", Refusal);
            return this.Invalid();
        }

        if (await factors.HasAnyAsync(user))
        {
            pending.Begin(HttpContext, user, Input.Stay);
            return RedirectToPage("/Account/SignIn/SecondStep", new { ReturnUrl });
        }

        await signIn.SignInAsync(user, Input.Stay, [ProofMethod.Password]);
        return Onwards();
    }

    /// <summary>The challenge for any passkey: the passkey says who it is.</summary>
    public async Task<IActionResult> OnPostPasskeyOptionsAsync() =>
        Content(await signIn.MakePasskeyRequestOptionsAsync(null), "application/json");

    public async Task<IActionResult> OnPostPasskeyAsync(string? credential, CancellationToken cancellationToken)
    {
        var tries = await limits.PasskeyAsync(HttpContext, cancellationToken);
        if (tries.Wait is { } wait)
        {
            return this.TooMany(wait);
        }

        var result = await signIn.AssertAsync(credential);
        if (result is not { Succeeded: true, User: { DisabledAt: null } user, Passkey: { } passkey })
        {
            ModelState.Clear();
            ModelState.AddModelError("", "We don’t recognize this passkey. Use another passkey or your password.");
            return this.Invalid();
        }

        await tries.GiveBackAsync();
        await users.AddOrUpdatePasskeyAsync(user, passkey);
        await signIn.SignInAsync(user, isPersistent: true, [ProofMethod.Passkey]);
        return Onwards();
    }

    private LocalRedirectResult Onwards() => LocalRedirect(Url.LocalOrHome(ReturnUrl));

    public sealed class Form
    {
        [Required, EmailAddress, StringLength(256)]
        public string Email { get; set; } = "";

        [Required, StringLength(Passwords.MaxLength)]
        public string Password { get; set; } = "";

        public bool Stay { get; set; }
    }
}
