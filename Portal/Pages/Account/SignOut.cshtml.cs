using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Portal.Accounts;
using Portal.Audit;
using Portal.Model;
using Portal.Web;

namespace Portal.Pages.Account;

public sealed class SignOutModel(SignInManager<User> signIn, AccountsDb db, ViewAs view, AuditLog audit) : PageModel
{
    // A link must never sign anybody out, so coming here by address leads back.
    public IActionResult OnGet() => LocalRedirect("/");

    public async Task<IActionResult> OnPostAsync(CancellationToken abort)
    {
        audit.Add(db, User.ClientId, Act.SignedOut, Subject.None);
        await db.SaveChangesAsync(abort);
        await view.EndAsync(HttpContext);
        await signIn.SignOutAsync();
        return LocalRedirect(AccessPolicies.SignInPath);
    }
}
