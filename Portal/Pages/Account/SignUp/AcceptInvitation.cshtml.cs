using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Portal.Accounts;
using Portal.Model;
using Portal.Web;

namespace Portal.Pages.Account.SignUp;

/// <summary>
/// Where an invitation or the confirmation of a sign-up leads: choose a password or create a passkey, and be signed in.
/// </summary>
[AllowAnonymous]
public sealed class AcceptInvitationModel(InvitationService desk, PortalSignIn signIn) : PageModel
{
    [BindProperty(Name = "t", SupportsGet = true)]
    public string? Token { get; set; }

    [BindProperty]
    public Form Input { get; set; } = new();

    public Invitation? Invitation { get; private set; }
    public string Business { get; private set; } = "";
    public bool IsTaken { get; private set; }
    private bool _isDead;

    public override void OnPageHandlerExecuting(PageHandlerExecutingContext context) => Response.KeepAddressSecret();

    public async Task<IActionResult> OnGetAsync(CancellationToken cancellationToken)
    {
        if (!await OpenAsync(cancellationToken))
        {
            return Gone();
        }

        ModelState.Clear();
        Input.Name = Invitation!.DisplayName;
        return Page();
    }

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        if (!await OpenAsync(cancellationToken))
        {
            return Gone();
        }

        if (IsTaken || !ModelState.IsValid)
        {
            return this.Invalid();
        }

        if (_isDead)
        {
            Invitation = null;
            return Gone();
        }

        if (
            await desk.AcceptAsync(Invitation!, Input.Name.Trim(), Input.Password, cancellationToken)
            is not var (result, user)
        )
        {
            Invitation = null;
            return Gone();
        }

        if (user is null)
        {
            return Refused(result);
        }

        // Whoever else was signed in in this browser is not any more.
        await signIn.SignOutAsync();
        await signIn.SignInAsync(user, isPersistent: false, [ProofMethod.Password]);
        return LocalRedirect("/");
    }

    private IActionResult Refused(IdentityResult result)
    {
        if (
            Invitation!.HandedOver
            && result.Errors.Any(error => error.Code.StartsWith("Duplicate", StringComparison.Ordinal))
        )
        {
            Invitation = null;
            return Gone();
        }

        foreach (var error in result.Errors)
        {
            ModelState.AddModelError("Input.Password", error.Description);
        }

        return this.Invalid();
    }

    /// <summary>The invitation's id becomes the person's, so that the passkey belongs to nobody else.</summary>
    public async Task<IActionResult> OnPostPasskeyOptionsAsync(CancellationToken cancellationToken) =>
        await OpenAsync(cancellationToken) && !IsTaken
            ? Content(
                await signIn.MakePasskeyCreationOptionsAsync(
                    new()
                    {
                        Id = $"{Invitation!.Id}",
                        Name = Invitation.Email,
                        DisplayName = Invitation.DisplayName,
                    }
                ),
                "application/json"
            )
            : NotFound();

    public async Task<IActionResult> OnPostPasskeyAsync(string? credential, CancellationToken cancellationToken)
    {
        if (!await OpenAsync(cancellationToken))
        {
            return Gone();
        }

        if (_isDead)
        {
            Invitation = null;
            return Gone();
        }

        ModelState.Clear();
        Input.Name = Invitation!.DisplayName;
        if (
            IsTaken
            || await signIn.AttestAsync(credential)
                is not { Succeeded: true, Passkey: { } passkey, UserEntity.Id: var id }
            || id != $"{Invitation.Id}"
        )
        {
            ModelState.AddModelError("", "Couldn’t create a passkey. Try again or use a password.");
            return this.Invalid();
        }

        passkey.Name = KnownDeviceCookie.NameOf(Request.Headers.UserAgent);
        if (await desk.AcceptAsync(Invitation, Invitation.DisplayName, passkey, cancellationToken) is not { } user)
        {
            Invitation = null;
            return Gone();
        }

        await signIn.SignOutAsync();
        await signIn.SignInAsync(user, isPersistent: true, [ProofMethod.Passkey]);
        return LocalRedirect("/");
    }

    private async Task<bool> OpenAsync(CancellationToken cancellationToken)
    {
        Invitation = await desk.OpenAsync(Token, cancellationToken);
        if (Invitation is null)
        {
            return false;
        }

        Business = await desk.BusinessAsync(Invitation, cancellationToken);

        // Only the owner of the mailbox may learn that it has an account. To anybody else the link just no longer
        // works.
        var hasAccount = await desk.IsTakenAsync(Invitation.Email);
        (IsTaken, _isDead) = Invitation.HandedOver ? (false, hasAccount) : (hasAccount, false);
        return true;
    }

    private PageResult Gone()
    {
        ModelState.Clear();
        Response.StatusCode = StatusCodes.Status410Gone;
        return Page();
    }

    public sealed class Form : NewPassword
    {
        [PersonName, Required(ErrorMessage = "Enter your name.")]
        public string Name { get; set; } = "";
    }
}
