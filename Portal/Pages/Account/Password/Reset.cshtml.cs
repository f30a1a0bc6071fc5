using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Portal.Accounts;
using Portal.Audit;
using Portal.Model;
using Portal.Web;

namespace Portal.Pages.Account.Password;

/// <summary>
/// Where a reset link leads: set a new password, and nothing more. People with a factor are asked for it as at any
/// sign-in, and see all their factors, because one that a stranger added would survive the new password.
/// </summary>
[AllowAnonymous]
public sealed class ResetModel(
    PasswordLinks links,
    UserManager<User> users,
    PortalSignIn signIn,
    PendingSignIn pending,
    AccountFactors factors,
    AccountsDb db,
    AuditLog audit
) : PageModel
{
    [BindProperty(Name = "u", SupportsGet = true)]
    public string? Id { get; set; }

    [BindProperty(Name = "t", SupportsGet = true)]
    public string? Token { get; set; }

    [BindProperty]
    public NewPassword Input { get; set; } = new();

    public User? Person { get; private set; }

    /// <summary>Set once the password has changed, for people who have to confirm with one of them next.</summary>
    public FactorSet? Factors { get; private set; }

    public override void OnPageHandlerExecuting(PageHandlerExecutingContext context) => Response.KeepAddressSecret();

    /// <param name="changed">Back from the form, whose link has done its work.</param>
    public async Task<IActionResult> OnGetAsync(bool changed)
    {
        if (changed && await pending.FindAsync(HttpContext) is var (user, _))
        {
            (Person, Factors) = (user, await factors.OfAsync(user));
            return Page();
        }

        Person = (await links.OpenAsync(Id, Token))?.User;
        return Person is null ? Gone() : Page();
    }

    public async Task<IActionResult> OnPostAsync()
    {
        if (await links.OpenAsync(Id, Token) is not var (user, token, wasMailed))
        {
            return Gone();
        }

        Person = user;
        if (!ModelState.IsValid)
        {
            return this.Invalid();
        }

        var result = await users.ResetPasswordAsync(user, token, Input.Password);
        if (!result.Succeeded)
        {
            return Refuse(result);
        }

        // Opening a link that was handed over does not confirm the email address.
        user.EmailConfirmed |= wasMailed;
        audit.Add(db, user, AuditAction.PasswordReset, user);
        await users.UpdateAsync(user);

        if (await factors.HasAnyAsync(user))
        {
            pending.Begin(HttpContext, user, stay: false);
            return RedirectToPage(new { changed = true });
        }

        await signIn.SignInAsync(user, isPersistent: false, [ProofMethod.Password]);
        return LocalRedirect("/");
    }

    private PageResult Gone()
    {
        ModelState.Clear();
        Response.StatusCode = StatusCodes.Status410Gone;
        return Page();
    }

    private IActionResult Refuse(IdentityResult result)
    {
        foreach (var error in result.Errors)
        {
            ModelState.AddModelError("Input.Password", error.Description);
        }

        return this.Invalid();
    }
}
