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

/// <summary>One client, as the agency manages it.</summary>
public sealed class ClientModel(PortalDb db, AccountsDb accounts, InvitationDesk desk, AuditLog audit, IOptions<LimitOptions> limits, TimeProvider clock) : PageModel
{
    public Client Client { get; private set; } = null!;

    // Not bound by property: each form is checked only when it is the one that was sent.
    public AgencyForm Input { get; private set; } = new();

    public OwnerForm Owner { get; private set; } = new();

    public IReadOnlyList<User> People { get; private set; } = [];
    public IReadOnlyList<Invitation> Invited { get; private set; } = [];
    public int Widgets { get; private set; }

    /// <summary>Messages since the first of the month, by the client's clock.</summary>
    public int UsedThisMonth { get; private set; }

    /// <summary>Messages a month for clients without a budget of their own; 0 is without limit.</summary>
    public int DefaultBudget => limits.Value.MessagesPerMonthAndClient;

    public bool CanMail => desk.CanMail;

    /// <summary>Shown once, after it was made.</summary>
    public Handover? Made { get; private set; }

    public string Lead => $"{(Widgets == 1 ? "One widget" : $"{Widgets} widgets")}, {(People.Count == 1 ? "one person" : $"{People.Count} people")}, since {Client.CreatedAt?.ToString("d MMMM yyyy", System.Globalization.CultureInfo.GetCultureInfo("en-GB"))}.";

    public async Task<IActionResult> OnGetAsync([FromRoute] Guid id, CancellationToken abort)
    {
        if (!await LoadAsync(id, abort))
        {
            return NotFound();
        }

        Input = AgencyForm.Of(Client);
        Made = this.TakeShown<Handover>();
        return Page();
    }

    public async Task<IActionResult> OnPostAsync([FromRoute] Guid id, [Bind(Prefix = "Input")] AgencyForm input, CancellationToken abort)
    {
        if (!await LoadAsync(id, abort))
        {
            return NotFound();
        }

        Input = input;
        Input.Check(ModelState);
        if (!ModelState.IsValid)
        {
            return this.Invalid();
        }

        // Read again under the lock: what somebody else has saved since the page was loaded.
        var isOutdated = false;
        var client = await ChangeAsync(id, client =>
        {
            isOutdated = this.IsOutdated(AgencyForm.Of(client).Shown(), Input.Shown());
            return isOutdated ? null : (Act.ClientEdited, Input.Apply(client, clock.GetUtcNow()));
        }, abort);
        if (isOutdated)
        {
            Client = client!;
            return this.Invalid();
        }

        this.Toast("Saved.");
        return RedirectToPage(new { id });
    }

    [SubmitOnce]
    public async Task<IActionResult> OnPostInviteAsync([FromRoute] Guid id, [Bind(Prefix = "Owner")] OwnerForm owner, CancellationToken abort)
    {
        if (!await LoadAsync(id, abort) || Client.IsLeaving)
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
            invitation = await desk.InviteAsync(id, owner.Email.Trim(), owner.Name.Trim(), UserRole.Owner, User.PersonId, User.DisplayName, abort);
        }
        catch (LimitExceededException exceeded)
        {
            return this.TooMany(exceeded.Wait, "Owner.Email");
        }

        if (invitation is null)
        {
            ModelState.AddModelError("Owner.Email", "They have already been invited. Use the button beside their name above.");
            return this.Invalid();
        }

        return desk.CanMail ? Mailed(id, invitation) : await HandOverAsync(id, invitation, abort);
    }

    [SubmitOnce]
    public async Task<IActionResult> OnPostResendAsync([FromRoute] Guid id, Guid invitation, CancellationToken abort)
    {
        if (!desk.CanMail || await accounts.Invitations.Of(id).Pending().SingleOrDefaultAsync(i => i.Id == invitation, abort) is not { } found || !await LoadAsync(id, abort) || Client.IsLeaving)
        {
            return NotFound();
        }

        await desk.ResendAsync(found, User.PersonId, abort);
        return Mailed(id, found);
    }

    [SubmitOnce]
    public async Task<IActionResult> OnPostLinkAsync([FromRoute] Guid id, Guid invitation, CancellationToken abort)
    {
        var found = await accounts.Invitations.Of(id).Pending().SingleOrDefaultAsync(i => i.Id == invitation, abort);
        return desk.CanMail || found is null || !await LoadAsync(id, abort) || Client.IsLeaving ? NotFound() : await HandOverAsync(id, found, abort);
    }

    public Task<IActionResult> OnPostSuspendAsync([FromRoute] Guid id, CancellationToken abort) =>
        StandAsync(id, Act.ClientSuspended, client => client.Suspend(clock.GetUtcNow()), "is suspended. Its widgets are silent.", abort);

    public Task<IActionResult> OnPostResumeAsync([FromRoute] Guid id, CancellationToken abort) =>
        StandAsync(id, Act.ClientResumed, client => client.Resume(), "is back. Its widgets answer.", abort);

    private async Task<IActionResult> StandAsync(Guid id, Act act, Action<Client> change, string words, CancellationToken abort)
    {
        var client = await ChangeAsync(id, client =>
        {
            var before = client.IsSuspended;
            change(client);
            return before == client.IsSuspended ? null : (act, []);
        }, abort);
        if (client is null)
        {
            return NotFound();
        }

        this.Toast($"{client.Business} {words}");
        return RedirectToPage(new { id });
    }

    // In one transaction with what is written down about it. The database tells all replicas when it commits.
    private Task<Client?> ChangeAsync(Guid id, Func<Client, (Act Act, IReadOnlyList<Fact> Facts)?> change, CancellationToken abort) => db.AsAgencyAsync(
        async () =>
        {
            await db.LockEditAsync(id, abort);
            var client = await db.Clients.IgnoreQueryFilters([PortalDb.TenantFilter]).SingleOrDefaultAsync(client => client.Id == id, abort);
            if (client is not null && !client.IsLeaving && change(client) is var (act, facts) && (act != Act.ClientEdited || facts.Count > 0))
            {
                audit.Add(db, id, act, client, facts);
                await db.SaveChangesAsync(abort);
            }

            return client;
        },
        abort);

    private RedirectToPageResult Mailed(Guid id, Invitation invitation)
    {
        this.Toast($"A mail with the invitation is on its way to {invitation.Email}.");
        return RedirectToPage(new { id });
    }

    private async Task<IActionResult> HandOverAsync(Guid id, Invitation invitation, CancellationToken abort)
    {
        var link = await desk.LinkAsync(invitation, abort);
        this.ShowOnce(new Handover(invitation.DisplayName, invitation.Email, link.ToString()));
        return RedirectToPage(new { id });
    }

    private async Task<bool> LoadAsync(Guid id, CancellationToken abort)
    {
        var found = await db.AsAgencyAsync(
            async () =>
            {
                Widgets = await db.Widgets.IgnoreQueryFilters([PortalDb.TenantFilter]).CountAsync(widget => widget.ClientId == id, abort);
                var client = await db.Clients.IgnoreQueryFilters([PortalDb.TenantFilter]).AsNoTracking().SingleOrDefaultAsync(client => client.Id == id, abort);
                var today = ClientDay.Of(clock.GetUtcNow(), TimeZones.TryFind(client?.TimeZone, out var zone) ? zone : TimeZoneInfo.Utc).Date;
                UsedThisMonth = await db.MessageCounts.IgnoreQueryFilters([PortalDb.TenantFilter])
                    .Where(count => count.ClientId == id && count.Day >= new DateOnly(today.Year, today.Month, 1) && count.Day <= today).SumAsync(count => count.Messages, abort);
                return client;
            },
            abort);
        if (found is null)
        {
            return false;
        }

        Client = found;
        People = await accounts.Users.AsNoTracking().Where(user => user.ClientId == id).OrderBy(user => user.Role == UserRole.Owner ? 0 : 1).ThenBy(user => user.DisplayName).ToListAsync(abort);
        Invited = await accounts.Invitations.AsNoTracking().Of(id).Pending().OrderBy(i => i.CreatedAt).ToListAsync(abort);
        return true;
    }

    public sealed record Handover(string Name, string Email, string Link);

    public sealed class OwnerForm
    {
        public const string Taken = "Somebody signs in with this address already. One address belongs to one client.";

        [Name, Required(ErrorMessage = "Who is it?"), StringLength(100, ErrorMessage = "At most {1} characters.")]
        public string Name { get; set; } = "";

        [Required(ErrorMessage = "They sign in with it."), MailAddress, StringLength(256)]
        public string Email { get; set; } = "";
    }
}
