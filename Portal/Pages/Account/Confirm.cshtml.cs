using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Portal.Accounts;
using Portal.Model;
using Portal.Web;

namespace Portal.Pages.Account;

/// <summary>
/// Asks somebody signed in for a proof, and goes back to what they were about to do. A form that was sent comes here with all its fields
/// (<see cref="StepUp.Ask"/>), waits in hidden ones, and is sent on by a redirect that keeps its method.
/// </summary>
public sealed class ConfirmModel(
    UserManager<User> users,
    PortalSignIn signIn,
    AccountFactors factors,
    FactorCheck check
) : PageModel
{
    /// <summary>Before the names of this page's own fields, so that they meet no field of the form that waits.</summary>
    public const string Prefix = "Proof.";

    private const string TokenField = "__RequestVerificationToken";

    // Of the address alone: the form that waits may have fields of these names.
    [FromQuery]
    public string? ReturnUrl { get; set; }

    [FromQuery]
    public bool Recovery { get; set; }

    public User Person { get; private set; } = null!;

    public FactorSet Factors { get; private set; } = null!;

    /// <summary>The form that waits.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Waiting { get; private set; } = [];

    /// <summary>Whether a form waits, even one without fields.</summary>
    public bool IsWaiting { get; private set; }

    // Where the errors stand.
    public string Code { get; private set; } = "";

    public string Password { get; private set; } = "";

    /// <summary>Where one was, for those who would rather not.</summary>
    public string Back => LocalTarget.Split('?')[0];

    private string LocalTarget => Url.IsLocalUrl(ReturnUrl) ? ReturnUrl : "/account";

    public Task OnGetAsync() => LoadAsync();

    /// <summary>A form that needs a proof first.</summary>
    public async Task<IActionResult> OnPostAsync()
    {
        await LoadAsync();
        IsWaiting = true;
        ModelState.Clear();
        return Page();
    }

    /// <summary>The other way to prove oneself, while the form goes on waiting.</summary>
    public async Task<IActionResult> OnPostSwitchAsync()
    {
        await LoadAsync();
        ModelState.Clear();
        return Page();
    }

    public async Task<IActionResult> OnPostPasswordAsync(
        [FromForm(Name = Prefix + nameof(Password))] string? password,
        CancellationToken cancellationToken
    )
    {
        await LoadAsync();

        // Who has a factor proves that, not what is stolen most easily.
        return Factors.HasFactor
            ? Page()
            : await GoOnAsync(
                await check.PasswordAsync(Person, password, cancellationToken),
                nameof(Password),
                ProofWords.WrongPassword
            );
    }

    public async Task<IActionResult> OnPostCodeAsync(
        [FromForm(Name = Prefix + nameof(Code))] string? code,
        CancellationToken cancellationToken
    )
    {
        await LoadAsync();
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

    public async Task<IActionResult> OnPostPasskeyOptionsAsync()
    {
        await LoadAsync();
        return Content(await signIn.MakePasskeyRequestOptionsAsync(Person), "application/json");
    }

    public async Task<IActionResult> OnPostPasskeyAsync(
        [FromForm(Name = Prefix + "Credential")] string? credential,
        CancellationToken cancellationToken
    )
    {
        await LoadAsync();
        return await GoOnAsync(
            await check.PasskeyAsync(Person, credential, cancellationToken),
            "",
            ProofWords.WrongPasskey
        );
    }

    private async Task<IActionResult> GoOnAsync(FactorCheck.Outcome outcome, string field, string refusal)
    {
        if (outcome.Wait is { } wait)
        {
            return this.TooMany(wait, field);
        }

        if (outcome.Method is not { } method)
        {
            ModelState.Clear();
            ModelState.AddModelError(field, refusal);
            return this.Invalid();
        }

        await signIn.ProveAsync(Person, method);
        return IsWaiting ? LocalRedirectPreserveMethod(LocalTarget) : LocalRedirect(LocalTarget);
    }

    private async Task LoadAsync()
    {
        Person = await users.GetUserAsync(User)
            ?? throw new InvalidOperationException("The signed-in person no longer exists.");
        Factors = await factors.OfAsync(Person);
        if (Request.HasFormContentType)
        {
            IsWaiting = Request.Form.ContainsKey(Prefix + nameof(Waiting));
            Waiting =
            [
                .. Request
                    .Form.Where(field =>
                        field.Key != TokenField && !field.Key.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase)
                    )
                    .SelectMany(field => field.Value.Select(value => KeyValuePair.Create(field.Key, value ?? ""))),
            ];
        }
    }
}
