using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Portal.Accounts;
using Portal.Audit;
using Portal.Model;
using Portal.Web;

namespace Portal.Pages.Admin.People;

/// <summary>A person's account, for admins: sign-in methods, sessions, and how to reset access.</summary>
public sealed class PersonModel(
    AccountsDb db,
    UserManager<User> users,
    SessionStore sessions,
    AccessRecovery recovery,
    InvitationService desk,
    AuditLog audit,
    TimeProvider clock
) : PageModel
{
    public User Person { get; private set; } = null!;
    public Client? Client { get; private set; }
    public int Passkeys { get; private set; }
    public int Sessions { get; private set; }
    public bool IsMe => Person.Id == User.PersonId;
    public bool CanMail => desk.CanMail;

    /// <summary>The reset link, shown once, where no email can be sent.</summary>
    public string? Link { get; private set; }

    public string Lead =>
        $"{Person.Email}, {(Client is null ? "platform admin" : $"{Person.Role.ToString().ToLowerInvariant()} of {Client.Business}")}";

    public async Task<IActionResult> OnGetAsync([FromRoute] Guid user, CancellationToken cancellationToken) =>
        await LoadAsync(user, cancellationToken) ? ShowPage() : NotFound();

    private PageResult ShowPage()
    {
        Link = this.TakeShown<WayBack>()?.Link;
        return Page();
    }

    [RequireRecentProof, SubmitOnce]
    public async Task<IActionResult> OnPostRecoverAsync([FromRoute] Guid user, CancellationToken cancellationToken)
    {
        // Admins cannot reset their own access; somebody else has to.
        if (!await LoadAsync(user, cancellationToken) || IsMe)
        {
            return NotFound();
        }

        if (await recovery.LetBackInAsync(Person, User.PersonId, cancellationToken) is { } link)
        {
            this.ShowOnce(new WayBack(link.ToString()));
        }
        else
        {
            this.Toast($"Reset link sent to {Person.Email}.");
        }

        return RedirectToPage(new { user });
    }

    public Task<IActionResult> OnPostDisableAsync([FromRoute] Guid user, CancellationToken cancellationToken) =>
        SwitchAsync(user, clock.GetUtcNow(), cancellationToken);

    public Task<IActionResult> OnPostEnableAsync([FromRoute] Guid user, CancellationToken cancellationToken) =>
        SwitchAsync(user, null, cancellationToken);

    public async Task<IActionResult> OnPostEndAsync([FromRoute] Guid user, CancellationToken cancellationToken)
    {
        if (!await LoadAsync(user, cancellationToken))
        {
            return NotFound();
        }

        await sessions.EndAllAsync(Person, cancellationToken);
        this.Toast($"{Person.DisplayName} was signed out everywhere.");
        return RedirectToPage(new { user });
    }

    private async Task<IActionResult> SwitchAsync(
        Guid user,
        DateTimeOffset? disabledAt,
        CancellationToken cancellationToken
    )
    {
        // Admins cannot disable themselves.
        if (!await LoadAsync(user, cancellationToken) || IsMe)
        {
            return NotFound();
        }

        if (Person.DisabledAt is null != disabledAt is null)
        {
            Person.DisabledAt = disabledAt;
            audit.Add(db, Person.ClientId, disabledAt is null ? AuditAction.Enabled : AuditAction.Disabled, Person);
            // A new stamp ends the sessions, and a signal notifies every replica.
            if (await users.UpdateSecurityStampAsync(Person) is { Succeeded: false } refused)
            {
                throw new InvalidOperationException($"{Person.Id} could not be switched: {refused}");
            }

            await sessions.EndAllAsync(Person, cancellationToken);
        }

        this.Toast(
            disabledAt is null
                ? $"{Person.DisplayName} can sign in again."
                : $"{Person.DisplayName} was signed out everywhere and can no longer sign in."
        );
        return RedirectToPage(new { user });
    }

    private async Task<bool> LoadAsync(Guid user, CancellationToken cancellationToken)
    {
        if (await users.FindByIdAsync($"{user}") is not { } found)
        {
            return false;
        }

        Person = found;
        Client = await db
            .Clients.AsNoTracking()
            .SingleOrDefaultAsync(client => client.Id == found.ClientId, cancellationToken);
        Passkeys = (await users.GetPasskeysAsync(found)).Count;
        Sessions = await sessions.Of(found).CountAsync(cancellationToken);
        return true;
    }

    public sealed record WayBack(string Link);
}
