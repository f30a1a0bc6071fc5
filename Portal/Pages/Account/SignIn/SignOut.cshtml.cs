using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Portal.Accounts;
using Portal.Audit;
using Portal.Model;
using Portal.Web;

namespace Portal.Pages.Account.SignIn;

public sealed class SignOutModel(SignInManager<User> signIn, AccountsDb db, Impersonation view, AuditLog audit)
    : PageModel
{
    // A link must never sign anybody out, so opening the address only redirects.
    public IActionResult OnGet() => LocalRedirect("/");

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        audit.Add(db, User.ClientId, AuditAction.SignedOut, Subject.None);
        await db.SaveChangesAsync(cancellationToken);
        await view.EndAsync(HttpContext);
        await signIn.SignOutAsync();
        return LocalRedirect(AccessPolicies.SignInPath);
    }
}
