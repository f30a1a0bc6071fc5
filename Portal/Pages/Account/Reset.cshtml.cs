using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Portal.Audit;
using Portal.Infrastructure;
using Portal.Model;

namespace Portal.Pages.Account;

/// <summary>Where a one-time link leads: choose a password, and be in.</summary>
[AllowAnonymous]
public sealed class ResetModel(PasswordLinks links, UserManager<User> users, SignInManager<User> signIn, AccountsDb db, AuditLog audit) : PageModel
{
    [BindProperty(Name = "u", SupportsGet = true)]
    public string? Id { get; set; }

    [BindProperty(Name = "t", SupportsGet = true)]
    public string? Token { get; set; }

    [BindProperty]
    public NewPassword Input { get; set; } = new();

    public User? Person { get; private set; }

    public override void OnPageHandlerExecuting(PageHandlerExecutingContext context) => Response.KeepAddressSecret();

    public async Task<IActionResult> OnGetAsync()
    {
        Person = (await links.OpenAsync(Id, Token))?.User;
        return Person is null ? Gone() : Page();
    }

    public async Task<IActionResult> OnPostAsync()
    {
        if (await links.OpenAsync(Id, Token) is not var (user, token))
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

        user.EmailConfirmed = true;
        audit.Add(db, user, Act.PasswordReset, user);
        await users.UpdateAsync(user);
        await signIn.SignInAsync(user, isPersistent: false);
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
