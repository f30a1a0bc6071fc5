using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Portal.Audit;
using Portal.Infrastructure;
using Portal.Model;

namespace Portal.Pages.Account;

[AllowAnonymous]
public sealed class SignInModel(PasswordCheck passwords, SignInManager<User> signIn, UserManager<User> users, AccountsDb db, AuditLog audit, TimeProvider clock) : PageModel
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

        user.LastSignInAt = clock.GetUtcNow();
        audit.Add(db, user, Act.SignedIn, Subject.None);
        await users.UpdateAsync(user);
        await signIn.SignInAsync(user, Input.Stay);
        return Onwards();
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
