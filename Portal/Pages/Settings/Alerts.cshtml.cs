using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Portal.Alerts;
using Portal.Audit;
using Portal.Limits;
using Portal.Mail;
using Portal.Model;
using Portal.Web;

namespace Portal.Pages.Settings;

/// <summary>Who is told when a widget stops answering. Each address says yes before it is told anything.</summary>
[Authorize(Policy = AccessPolicies.Owner)]
public sealed class AlertsModel(PortalDb db, AuditLog audit, ActionLimits limits, IOptions<MailOptions> mail) : PageModel
{
    [BindProperty]
    public Form Input { get; set; } = new();

    public bool CanSend => mail.Value.IsConfigured;

    public IReadOnlyList<AlertRecipient> Recipients { get; private set; } = [];

    public Task OnGetAsync(CancellationToken abort) => LoadAsync(abort);

    [SubmitOnce]
    public async Task<IActionResult> OnPostAsync(CancellationToken abort)
    {
        var address = MailAddresses.Clean(Input.Email);

        // One after the other, or two could add the same address, or one too many.
        await using var edit = await db.BeginEditAsync(db.EnteredClient!.Value, abort);
        await LoadAsync(abort);
        if (ModelState.IsValid && !MailAddressAttribute.IsOne(address))
        {
            ModelState.AddModelError("Input.Email", "That is not an e-mail address.");
        }
        else if (Recipients.Any(r => string.Equals(r.Email, address, StringComparison.OrdinalIgnoreCase)))
        {
            ModelState.AddModelError("Input.Email", "This address is on the list already.");
        }
        else if (Recipients.Count >= AlertRecipient.Most)
        {
            ModelState.AddModelError("Input.Email", $"{AlertRecipient.Most} addresses are the most. A mailing list counts as one.");
        }

        if (!ModelState.IsValid)
        {
            return this.Invalid();
        }

        if ((await limits.MailAsync(User.PersonId, User.ClientId, address, abort)).Wait is { } wait)
        {
            return this.TooMany(wait, "Input.Email");
        }

        var recipient = new AlertRecipient(address);
        db.Add(recipient);
        Ask(recipient);
        audit.Add(db, Act.AlertsChanged, new Subject(recipient.Id, recipient.Email));
        await db.SaveChangesAsync(abort);
        await edit.CommitAsync(abort);
        this.Toast($"We ask {address} first.");
        return RedirectToPage();
    }

    [SubmitOnce]
    public async Task<IActionResult> OnPostAskAsync([FromForm(Name = "recipient")] Guid id, CancellationToken abort)
    {
        if (await db.AlertRecipients.SingleOrDefaultAsync(r => r.Id == id && r.ConfirmedAt == null, abort) is not { } recipient)
        {
            return NotFound();
        }

        (await limits.MailAsync(User.PersonId, User.ClientId, recipient.Email, abort)).OrThrow();
        Ask(recipient);
        await db.SaveChangesAsync(abort);
        this.Toast($"We ask {recipient.Email} again.");
        return RedirectToPage();
    }

    public async Task<IActionResult> OnPostRemoveAsync([FromForm(Name = "recipient")] Guid id, CancellationToken abort)
    {
        if (await db.AlertRecipients.SingleOrDefaultAsync(r => r.Id == id, abort) is not { } recipient)
        {
            return NotFound();
        }

        db.Remove(recipient);
        audit.Add(db, Act.AlertsChanged, new Subject(recipient.Id, recipient.Email));
        await db.SaveChangesAsync(abort);
        this.Toast($"{recipient.Email} is told nothing any more.");
        return RedirectToPage();
    }

    private void Ask(AlertRecipient recipient) => db.Add(new Email
    {
        ClientId = db.EnteredClient,
        Template = ConfirmLetter.Template,
        ToAddress = recipient.Email,
        About = recipient.Id,
    });

    private async Task LoadAsync(CancellationToken abort) => Recipients = await db.AlertRecipients.AsNoTracking().OrderBy(r => r.Email).ToListAsync(abort);

    public sealed class Form
    {
        [Required(ErrorMessage = "An address, please."), StringLength(254, ErrorMessage = "That is not an e-mail address.")]
        public string Email { get; set; } = "";
    }
}
