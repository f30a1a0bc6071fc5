using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Portal.Model;
using Portal.Web;

namespace Portal.Pages.Team;

/// <summary>Another person of the team: role and removal.</summary>
[Authorize(AccessPolicies.Owner)]
public sealed class PersonModel(Accounts.TeamService team, Tenant tenant) : PageModel
{
    private const string LastOwner = "A team needs at least one owner. Make someone else an owner first.";

    public User Person { get; private set; } = null!;

    public async Task<IActionResult> OnGetAsync([FromRoute] Guid user, CancellationToken cancellationToken) =>
        await FindAsync(user, cancellationToken) ? Page() : NotFound();

    public async Task<IActionResult> OnPostAsync(
        [FromRoute] Guid user,
        string? role,
        CancellationToken cancellationToken
    )
    {
        if (!await FindAsync(user, cancellationToken))
        {
            return NotFound();
        }

        if (role is not (nameof(UserRole.Owner) or nameof(UserRole.Member)))
        {
            ModelState.AddModelError("", "Choose owner or member.");
            return this.Invalid();
        }

        var isOutdated = false;
        var isDone = await team.ChangeRoleAsync(
            Person,
            Enum.Parse<UserRole>(role),
            () => isOutdated = this.IsOutdated(Shown(Person.Role), Shown(Enum.Parse<UserRole>(role))),
            cancellationToken
        );
        return isOutdated
            ? this.Invalid()
            : Ends(
                isDone,
                $"{Person.DisplayName} is now {(role == nameof(UserRole.Owner) ? "an owner" : "a member")}."
            );
    }

    public async Task<IActionResult> OnPostRemoveAsync([FromRoute] Guid user, CancellationToken cancellationToken) =>
        await FindAsync(user, cancellationToken)
            ? Ends(
                await team.RemoveAsync(Person, byThemselves: false, cancellationToken),
                $"{Person.DisplayName} was removed. Their alerts and the invitations they sent have ended."
            )
            : NotFound();

    private IActionResult Ends(bool isDone, string words)
    {
        if (!isDone)
        {
            ModelState.AddModelError("", LastOwner);
            return this.Invalid();
        }

        this.Toast(words);
        return RedirectToPage("Index");
    }

    public string EditVersion => ConcurrentEdits.VersionOf(Shown(Person.Role));

    private static EditField[] Shown(UserRole role) => [new("Role", $"{role}")];

    private async Task<bool> FindAsync(Guid user, CancellationToken cancellationToken)
    {
        var found =
            user == User.PersonId
                ? null
                : await team.Of(tenant.Id).SingleOrDefaultAsync(person => person.Id == user, cancellationToken);
        Person = found!;
        return found is not null;
    }
}
