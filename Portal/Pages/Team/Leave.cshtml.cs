using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Portal.Model;
using Portal.Web;

namespace Portal.Pages.Team;

/// <summary>Leaves the team and deletes the account.</summary>
public sealed class LeaveModel(Accounts.TeamService team, Tenant tenant, SignInManager<User> signIn) : PageModel
{
    public void OnGet() { }

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        // An admin who views as the client is not a member of its team.
        var id = User.PersonId;
        if (await team.Of(tenant.Id).SingleOrDefaultAsync(person => person.Id == id, cancellationToken) is not { } me)
        {
            return NotFound();
        }

        if (!await team.RemoveAsync(me, byThemselves: true, cancellationToken))
        {
            ModelState.AddModelError("", "A team needs at least one owner. Make someone else an owner first.");
            return this.Invalid();
        }

        await signIn.SignOutAsync();
        return LocalRedirect(AccessPolicies.SignInPath);
    }
}
