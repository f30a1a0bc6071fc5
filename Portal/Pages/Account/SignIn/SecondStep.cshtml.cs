using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Portal.Accounts;
using Portal.Model;
using Portal.Web;

namespace Portal.Pages.Account.SignIn;

/// <summary>After the correct password: a passkey, the authenticator app's code, or a recovery code.</summary>
[AllowAnonymous]
public sealed class SecondStepModel(
    PortalSignIn signIn,
    PendingSignIn pending,
    AccountFactors factors,
    FactorCheck check
) : PageModel
{
    private bool _stay;

    [BindProperty(SupportsGet = true)]
    public bool Recovery { get; set; }

    [BindProperty(SupportsGet = true)]
    public string? ReturnUrl { get; set; }

    public User Person { get; private set; } = null!;

    public FactorSet Factors { get; private set; } = null!;

    public string Code { get; private set; } = "";

    /// <summary>
    /// People with passkeys and recovery codes only are asked for the passkey, and may use a code instead.
    /// </summary>
    public bool AsksForCode => Recovery || Factors.HasApp;

    public async Task<IActionResult> OnGetAsync()
    {
        ModelState.Clear();
        return await LoadAsync() ? Page() : Restart();
    }

    public async Task<IActionResult> OnPostAsync(string? code, CancellationToken cancellationToken)
    {
        if (!await LoadAsync())
        {
            return Restart();
        }

        if (string.IsNullOrWhiteSpace(code))
        {
            return Refuse(nameof(Code), "Enter the code.");
        }

        return Recovery
            ? await GoOnAsync(
                await check.RecoveryAsync(Person, code, cancellationToken),
                nameof(Code),
                ProofWords.WrongRecoveryCode
            )
            : await GoOnAsync(
                await check.AuthenticatorAsync(Person, code, cancellationToken),
                nameof(Code),
                ProofWords.WrongCode
            );
    }

    /// <summary>The challenge for one of this person's passkeys.</summary>
    public async Task<IActionResult> OnPostPasskeyOptionsAsync() =>
        await LoadAsync()
            ? Content(await signIn.MakePasskeyRequestOptionsAsync(Person), "application/json")
            : NotFound();

    public async Task<IActionResult> OnPostPasskeyAsync(string? credential, CancellationToken cancellationToken) =>
        await LoadAsync()
            ? await GoOnAsync(
                await check.PasskeyAsync(Person, credential, cancellationToken),
                "",
                ProofWords.WrongPasskey
            )
            : Restart();

    private async Task<IActionResult> GoOnAsync(FactorCheck.Outcome outcome, string field, string refusal)
    {
        if (outcome.Wait is { } wait)
        {
            return this.TooMany(wait, field);
        }

        if (outcome.Method is not { } method)
        {
            return Refuse(field, refusal);
        }

        pending.End(HttpContext);
        await signIn.SignInAsync(Person, _stay, [ProofMethod.Password, method]);
        return LocalRedirect(Url.LocalOrHome(ReturnUrl));
    }

    private IActionResult Refuse(string field, string words)
    {
        ModelState.Clear();
        ModelState.AddModelError(field, words);
        return this.Invalid();
    }

    private RedirectToPageResult Restart() => RedirectToPage("/Account/SignIn/Index", new { ReturnUrl });

    private async Task<bool> LoadAsync()
    {
        if (await pending.FindAsync(HttpContext) is not var (user, stay))
        {
            return false;
        }

        (Person, _stay) = (user, stay);
        Factors = await factors.OfAsync(user);
        return true;
    }
}
