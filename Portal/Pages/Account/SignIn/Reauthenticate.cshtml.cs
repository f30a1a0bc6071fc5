using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Portal.Accounts;
using Portal.Model;
using Portal.Web;

namespace Portal.Pages.Account.SignIn;

/// <summary>
/// Asks a signed-in person to confirm their identity and returns to what they were about to do. A submitted form
/// arrives here with all its fields (<see cref="StepUp.Ask"/>), is kept in hidden fields, and is submitted by a
/// redirect that keeps its method.
/// </summary>
public sealed class ReauthenticateModel(
    UserManager<User> users,
    PortalSignIn signIn,
    AccountFactors factors,
    FactorCheck check
) : PageModel
{
    /// <summary>A prefix for this page's own fields, so that they do not collide with the pending form's.</summary>
    public const string Prefix = "Proof.";

    private const string TokenField = "__RequestVerificationToken";

    // From the query string alone: the pending form may have fields of these names.
    [FromQuery]
    public string? ReturnUrl { get; set; }

    [FromQuery]
    public bool Recovery { get; set; }

    public User Person { get; private set; } = null!;

    public FactorSet Factors { get; private set; } = null!;

    /// <summary>The pending form.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Waiting { get; private set; } = [];

    /// <summary>Whether a form is pending, even one without fields.</summary>
    public bool IsWaiting { get; private set; }

    // The key of the page's errors in ModelState.
    public string Code { get; private set; } = "";

    public string Password { get; private set; } = "";

    /// <summary>Where they came from, for those who cancel.</summary>
    public string Back => LocalTarget.Split('?')[0];

    private string LocalTarget => Url.IsLocalUrl(ReturnUrl) ? ReturnUrl : "/account";

    public Task OnGetAsync() => LoadAsync();

    /// <summary>Receives a form that needs a confirmation first.</summary>
    public async Task<IActionResult> OnPostAsync()
    {
        await LoadAsync();
        IsWaiting = true;
        ModelState.Clear();
        return Page();
    }

    /// <summary>Switches to the other method, while the form stays pending.</summary>
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

        // People with a factor confirm with it, not with what is stolen most easily.
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
