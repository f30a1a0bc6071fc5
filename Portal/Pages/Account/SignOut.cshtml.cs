using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Portal.Infrastructure;
using Portal.Model;

namespace Portal.Pages.Account;

public sealed class SignOutModel(SignInManager<User> signIn) : PageModel
{
    // A link must never sign anybody out, so coming here by address leads back.
    public IActionResult OnGet() => LocalRedirect("/");

    public async Task<IActionResult> OnPostAsync()
    {
        await signIn.SignOutAsync();
        return LocalRedirect(Accounts.SignInPath);
    }
}
