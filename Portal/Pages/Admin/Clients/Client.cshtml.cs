using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Portal.Accounts;
using Portal.Audit;
using Portal.Chat;
using Portal.Limits;
using Portal.Model;
using Portal.Web;

namespace Portal.Pages.Admin.Clients;

/// <summary>A client, for the agency.</summary>
public sealed class ClientModel(
    AgencyDb db,
    AccountsDb accounts,
    InvitationService desk,
    AuditLog audit,
    IOptions<LimitOptions> limits,
    TimeProvider clock
) : PageModel
{
    public Client Client { get; private set; } = null!;

    // Not bound by property: each form is validated only when it was submitted.
    public AgencyForm Input { get; private set; } = new();

    public OwnerForm Owner { get; private set; } = new();

    public IReadOnlyList<User> People { get; private set; } = [];
    public IReadOnlyList<Invitation> Invited { get; private set; } = [];
    public int Widgets { get; private set; }

    /// <summary>Messages since the first of the month, in the client's time zone.</summary>
    public int UsedThisMonth { get; private set; }

    /// <summary>The monthly limit of clients without a budget of their own; 0 is without limit.</summary>
    public int DefaultBudget => limits.Value.MessagesPerMonthAndClient;

    public bool CanMail => desk.CanMail;

    /// <summary>The new invitation link, shown once.</summary>
    public Handover? Made { get; private set; }

    public string Lead =>
        $"{(Widgets == 1 ? "1 widget" : $"{Widgets} widgets")} · {(People.Count == 1 ? "1 person" : $"{People.Count} people")} · since {Client.CreatedAt?.ToString("d MMMM yyyy", System.Globalization.CultureInfo.GetCultureInfo("en-GB"))}";

    public async Task<IActionResult> OnGetAsync([FromRoute] Guid id, CancellationToken cancellationToken)
    {
        if (!await LoadAsync(id, cancellationToken))
        {
            return NotFound();
        }

        Input = AgencyForm.Of(Client);
        Made = this.TakeShown<Handover>();
        return Page();
    }

    public async Task<IActionResult> OnPostAsync(
        [FromRoute] Guid id,
        [Bind(Prefix = "Input")] AgencyForm input,
        CancellationToken cancellationToken
    )
    {
        if (!await LoadAsync(id, cancellationToken))
        {
            return NotFound();
        }

        Input = input;
        Input.Check(ModelState);
        if (!ModelState.IsValid)
        {
            return this.Invalid();
        }

        // Read again under the lock: somebody may have saved changes since the page was loaded.
        var isOutdated = false;
        var client = await ChangeAsync(
            id,
            client =>
            {
                isOutdated = this.IsOutdated(AgencyForm.Of(client).Shown(), Input.Shown());
                return isOutdated ? null : (AuditAction.ClientEdited, Input.Apply(client, clock.GetUtcNow()));
            },
            cancellationToken
        );
        if (isOutdated)
        {
            Client = client!;
            return this.Invalid();
        }

        this.Toast("Saved.");
        return RedirectToPage(new { id });
    }

    [SubmitOnce]
    public async Task<IActionResult> OnPostInviteAsync(
        [FromRoute] Guid id,
        [Bind(Prefix = "Owner")] OwnerForm owner,
        CancellationToken cancellationToken
    )
    {
        if (!await LoadAsync(id, cancellationToken) || Client.IsLeaving)
        {
            return NotFound();
        }

        (Input, Owner) = (AgencyForm.Of(Client), owner);
        if (ModelState.IsValid && await desk.IsTakenAsync(owner.Email.Trim()))
        {
            ModelState.AddModelError("Owner.Email", OwnerForm.Taken);
        }

        if (!ModelState.IsValid)
        {
            return this.Invalid();
        }

        Invitation? invitation;
        try
        {
            invitation = await desk.InviteAsync(
                id,
                owner.Email.Trim(),
                owner.Name.Trim(),
                UserRole.Owner,
                User.PersonId,
                User.DisplayName,
                cancellationToken
            );
        }
        catch (LimitExceededException exceeded)
        {
            return this.TooMany(exceeded.Wait, "Owner.Email");
        }

        if (invitation is null)
        {
            ModelState.AddModelError("Owner.Email", "Already invited. Use the button next to their name above.");
            return this.Invalid();
        }

        return desk.CanMail ? Mailed(id, invitation) : await HandOverAsync(id, invitation, cancellationToken);
    }

    [SubmitOnce]
    public async Task<IActionResult> OnPostResendAsync(
        [FromRoute] Guid id,
        Guid invitation,
        CancellationToken cancellationToken
    )
    {
        if (
            !desk.CanMail
            || await accounts
                .Invitations.Of(id)
                .Pending()
                .SingleOrDefaultAsync(i => i.Id == invitation, cancellationToken)
                is not { } found
            || !await LoadAsync(id, cancellationToken)
            || Client.IsLeaving
        )
        {
            return NotFound();
        }

        await desk.ResendAsync(found, User.PersonId, cancellationToken);
        return Mailed(id, found);
    }

    [SubmitOnce]
    public async Task<IActionResult> OnPostLinkAsync(
        [FromRoute] Guid id,
        Guid invitation,
        CancellationToken cancellationToken
    )
    {
        var found = await accounts
            .Invitations.Of(id)
            .Pending()
            .SingleOrDefaultAsync(i => i.Id == invitation, cancellationToken);
        return desk.CanMail || found is null || !await LoadAsync(id, cancellationToken) || Client.IsLeaving
            ? NotFound()
            : await HandOverAsync(id, found, cancellationToken);
    }

    public Task<IActionResult> OnPostSuspendAsync([FromRoute] Guid id, CancellationToken cancellationToken) =>
        StandAsync(
            id,
            AuditAction.ClientSuspended,
            client => client.Suspend(clock.GetUtcNow()),
            "suspended.",
            cancellationToken
        );

    public Task<IActionResult> OnPostResumeAsync([FromRoute] Guid id, CancellationToken cancellationToken) =>
        StandAsync(id, AuditAction.ClientResumed, client => client.Resume(), "reactivated.", cancellationToken);

    private async Task<IActionResult> StandAsync(
        Guid id,
        AuditAction act,
        Action<Client> change,
        string words,
        CancellationToken cancellationToken
    )
    {
        var client = await ChangeAsync(
            id,
            client =>
            {
                var before = client.IsSuspended;
                change(client);
                return before == client.IsSuspended ? null : (act, []);
            },
            cancellationToken
        );
        if (client is null)
        {
            return NotFound();
        }

        this.Toast($"{client.Business} {words}");
        return RedirectToPage(new { id });
    }

    // In one transaction with its audit log entry. The database signals all replicas when it commits.
    private Task<Client?> ChangeAsync(
        Guid id,
        Func<Client, (AuditAction Act, IReadOnlyList<AuditChange> Facts)?> change,
        CancellationToken cancellationToken
    ) =>
        db.InTransactionAsync(
            async () =>
            {
                await db.LockEditAsync(id, cancellationToken);
                var client = await db.Clients.SingleOrDefaultAsync(client => client.Id == id, cancellationToken);
                if (
                    client is not null
                    && !client.IsLeaving
                    && change(client) is var (act, facts)
                    && (act != AuditAction.ClientEdited || facts.Count > 0)
                )
                {
                    audit.Add(db, id, act, client, facts);
                    await db.SaveChangesAsync(cancellationToken);
                }

                return client;
            },
            cancellationToken
        );

    private RedirectToPageResult Mailed(Guid id, Invitation invitation)
    {
        this.Toast($"Invitation sent to {invitation.Email}.");
        return RedirectToPage(new { id });
    }

    private async Task<IActionResult> HandOverAsync(Guid id, Invitation invitation, CancellationToken cancellationToken)
    {
        var link = await desk.LinkAsync(invitation, cancellationToken);
        this.ShowOnce(new Handover(invitation.DisplayName, invitation.Email, link.ToString()));
        return RedirectToPage(new { id });
    }

    private async Task<bool> LoadAsync(Guid id, CancellationToken cancellationToken)
    {
        if (
            await db.Clients.AsNoTracking().SingleOrDefaultAsync(client => client.Id == id, cancellationToken)
            is not { } found
        )
        {
            return false;
        }

        Client = found;
        Widgets = await db.Widgets.CountAsync(widget => widget.ClientId == id, cancellationToken);
        var today = ClientDay
            .Of(clock.GetUtcNow(), TimeZones.TryFind(found.TimeZone, out var zone) ? zone : TimeZoneInfo.Utc)
            .Date;
        var month = new DateOnly(today.Year, today.Month, 1);
        UsedThisMonth = await db
            .MessageCounts.Where(count => count.ClientId == id && count.Day >= month && count.Day <= today)
            .SumAsync(count => count.Messages, cancellationToken);
        People = await accounts
            .Users.AsNoTracking()
            .Where(user => user.ClientId == id)
            .OrderBy(user => user.Role == UserRole.Owner ? 0 : 1)
            .ThenBy(user => user.DisplayName)
            .ToListAsync(cancellationToken);
        Invited = await accounts
            .Invitations.AsNoTracking()
            .Of(id)
            .Pending()
            .OrderBy(i => i.CreatedAt)
            .ToListAsync(cancellationToken);
        return true;
    }

    public sealed record Handover(string Name, string Email, string Link);

    public sealed class OwnerForm
    {
        public const string Taken = "This email already has an account.";

        [PersonName, Required(ErrorMessage = "Enter a name.")]
        public string Name { get; set; } = "";

        [Required(ErrorMessage = "Enter an email address."), MailAddress]
        public string Email { get; set; } = "";
    }
}
