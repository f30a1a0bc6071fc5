using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Portal.Accounts;
using Portal.Chat;
using Portal.Limits;
using Portal.Model;
using Portal.Web;

namespace Portal.Pages.Team;

/// <summary>The client's team. Members see it, owners manage it.</summary>
public sealed class IndexModel(
    AccountsDb db,
    CurrentClient current,
    Tenant tenant,
    InvitationService desk,
    TimeProvider clock
) : PageModel
{
    [BindProperty]
    public Form Input { get; set; } = new();

    public IReadOnlyList<Row> People { get; private set; } = [];
    public IReadOnlyList<Pending> Invited { get; private set; } = [];
    public TimeZoneInfo Zone { get; private set; } = TimeZoneInfo.Utc;

    public bool CanMail => desk.CanMail;

    /// <summary>The new invitation link, shown once.</summary>
    public Handover? Made { get; private set; }

    public Task OnGetAsync(CancellationToken cancellationToken)
    {
        Made = this.TakeShown<Handover>();
        return LoadAsync(cancellationToken);
    }

    [SubmitOnce]
    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        if (ModelState.IsValid)
        {
            try
            {
                var invitation = await desk.InviteAsync(
                    tenant.Id,
                    Input.Email.Trim(),
                    Input.Name.Trim(),
                    Input.Role,
                    User.PersonId,
                    User.DisplayName,
                    cancellationToken
                );
                if (invitation is not null)
                {
                    return desk.CanMail ? Mailed(invitation) : await HandOverAsync(invitation, cancellationToken);
                }
            }
            catch (LimitExceededException exceeded)
            {
                await LoadAsync(cancellationToken);
                return this.TooMany(exceeded.Wait, "Input.Email");
            }

            ModelState.AddModelError("Input.Email", "Already a member or invited.");
        }

        await LoadAsync(cancellationToken);
        return this.Invalid();
    }

    /// <summary>Resends an invitation. Where a mail server is configured the link is only emailed.</summary>
    [SubmitOnce]
    public async Task<IActionResult> OnPostLinkAsync(Guid invitation, CancellationToken cancellationToken)
    {
        ModelState.Clear();
        var found = await db
            .Invitations.Of(tenant.Id)
            .Pending()
            .SingleOrDefaultAsync(i => i.Id == invitation, cancellationToken);
        return found is null || desk.CanMail ? NotFound() : await HandOverAsync(found, cancellationToken);
    }

    [SubmitOnce]
    public async Task<IActionResult> OnPostResendAsync(Guid invitation, CancellationToken cancellationToken)
    {
        ModelState.Clear();
        if (
            !desk.CanMail
            || await db
                .Invitations.Of(tenant.Id)
                .Pending()
                .SingleOrDefaultAsync(i => i.Id == invitation, cancellationToken)
                is not { } found
        )
        {
            return NotFound();
        }

        await desk.ResendAsync(found, User.PersonId, cancellationToken);
        return Mailed(found);
    }

    public async Task<IActionResult> OnPostRevokeAsync(Guid invitation, CancellationToken cancellationToken)
    {
        if (
            await db
                .Invitations.Of(tenant.Id)
                .Pending()
                .SingleOrDefaultAsync(i => i.Id == invitation, cancellationToken)
            is not { } found
        )
        {
            return NotFound();
        }

        await desk.RevokeAsync(found, cancellationToken);
        this.Toast("Invitation revoked.");
        return RedirectToPage();
    }

    private RedirectToPageResult Mailed(Invitation invitation)
    {
        this.Toast($"Invitation sent to {invitation.Email}.");
        return RedirectToPage();
    }

    private async Task<IActionResult> HandOverAsync(Invitation invitation, CancellationToken cancellationToken)
    {
        this.ShowOnce(
            new Handover(
                invitation.DisplayName,
                invitation.Email,
                (await desk.LinkAsync(invitation, cancellationToken)).ToString()
            )
        );
        return RedirectToPage();
    }

    private async Task LoadAsync(CancellationToken cancellationToken)
    {
        var (client, now) = (tenant.Id, clock.GetUtcNow());
        Zone = await current.ZoneAsync(cancellationToken);
        People = await db
            .Users.AsNoTracking()
            .Where(user => user.ClientId == client)
            .OrderBy(user => user.Role == UserRole.Owner ? 0 : 1)
            .ThenBy(user => user.DisplayName)
            .ThenBy(user => user.Id)
            .Select(user => new Row(user.Id, user.DisplayName, user.Email!, user.Role, user.LastSignInAt))
            .ToListAsync(cancellationToken);
        Invited = await db
            .Invitations.AsNoTracking()
            .Of(client)
            .Pending()
            .OrderByDescending(i => i.CreatedAt)
            .Select(i => new Pending(
                i.Id,
                i.DisplayName,
                i.Email,
                i.Role,
                i.InvitedByName,
                i.ExpiresAt,
                i.ExpiresAt <= now
            ))
            .ToListAsync(cancellationToken);
    }

    public sealed record Row(Guid Id, string Name, string Email, UserRole Role, DateTimeOffset? LastSignInAt);

    public sealed record Pending(
        Guid Id,
        string Name,
        string Email,
        UserRole Role,
        string By,
        DateTimeOffset ExpiresAt,
        bool IsExpired
    );

    public sealed record Handover(string Name, string Email, string Link);

    public sealed class Form
    {
        [PersonName, Required(ErrorMessage = "Enter a name.")]
        public string Name { get; set; } = "";

        [Required(ErrorMessage = "Enter an email address."), MailAddress]
        public string Email { get; set; } = "";

        [
            EnumDataType(typeof(UserRole)),
            AllowedValues(UserRole.Owner, UserRole.Member, ErrorMessage = "Choose owner or member.")
        ]
        public UserRole Role { get; set; } = UserRole.Member;
    }
}
