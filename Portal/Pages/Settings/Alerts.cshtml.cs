using System.ComponentModel.DataAnnotations;
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
public sealed class AlertsModel(PortalDb db, AuditLog audit, ActionLimits limits, IOptions<MailOptions> mail)
    : PageModel
{
    [BindProperty]
    public Form Input { get; set; } = new();

    public bool CanSend => mail.Value.IsConfigured;

    public IReadOnlyList<AlertRecipient> Recipients { get; private set; } = [];

    public Task OnGetAsync(CancellationToken cancellationToken) => LoadAsync(cancellationToken);

    [SubmitOnce]
    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        var address = EmailAddresses.Clean(Input.Email);

        // Serialized, because two requests could otherwise add the same address, or exceed the limit.
        await using var edit = await db.BeginEditAsync(db.EnteredClient!.Value, cancellationToken);
        await LoadAsync(cancellationToken);
        if (ModelState.IsValid && !EmailAddresses.IsOne(address))
        {
            ModelState.AddModelError("Input.Email", "Enter a valid email address.");
        }
        else if (Recipients.Any(r => string.Equals(r.Email, address, StringComparison.OrdinalIgnoreCase)))
        {
            ModelState.AddModelError("Input.Email", "This address is already on the list.");
        }
        else if (Recipients.Count >= AlertRecipient.Most)
        {
            ModelState.AddModelError(
                "Input.Email",
                $"You can add up to {AlertRecipient.Most} recipients. A mailing list counts as one."
            );
        }

        if (!ModelState.IsValid)
        {
            return this.Invalid();
        }

        if ((await limits.MailAsync(User.PersonId, User.ClientId, address, cancellationToken)).Wait is { } wait)
        {
            return this.TooMany(wait, "Input.Email");
        }

        var recipient = new AlertRecipient(address);
        db.Add(recipient);
        Ask(recipient);
        audit.Add(db, AuditAction.AlertsChanged, new Subject(recipient.Id, recipient.Email));
        await db.SaveChangesAsync(cancellationToken);
        await edit.CommitAsync(cancellationToken);
        this.Toast($"Confirmation sent to {address}.");
        return RedirectToPage();
    }

    [SubmitOnce]
    public async Task<IActionResult> OnPostAskAsync(
        [FromForm(Name = "recipient")] Guid id,
        CancellationToken cancellationToken
    )
    {
        if (
            await db.AlertRecipients.SingleOrDefaultAsync(r => r.Id == id && r.ConfirmedAt == null, cancellationToken)
            is not { } recipient
        )
        {
            return NotFound();
        }

        (await limits.MailAsync(User.PersonId, User.ClientId, recipient.Email, cancellationToken)).OrThrow();
        Ask(recipient);
        await db.SaveChangesAsync(cancellationToken);
        this.Toast($"Confirmation resent to {recipient.Email}.");
        return RedirectToPage();
    }

    public async Task<IActionResult> OnPostRemoveAsync(
        [FromForm(Name = "recipient")] Guid id,
        CancellationToken cancellationToken
    )
    {
        if (await db.AlertRecipients.SingleOrDefaultAsync(r => r.Id == id, cancellationToken) is not { } recipient)
        {
            return NotFound();
        }

        db.Remove(recipient);
        audit.Add(db, AuditAction.AlertsChanged, new Subject(recipient.Id, recipient.Email));
        await db.SaveChangesAsync(cancellationToken);
        this.Toast($"{recipient.Email} removed.");
        return RedirectToPage();
    }

    private void Ask(AlertRecipient recipient) =>
        db.Add(
            new Email
            {
                ClientId = db.EnteredClient,
                Template = AlertConfirmationEmail.Template,
                ToAddress = recipient.Email,
                About = recipient.Id,
            }
        );

    private async Task LoadAsync(CancellationToken cancellationToken) =>
        Recipients = await db.AlertRecipients.AsNoTracking().OrderBy(r => r.Email).ToListAsync(cancellationToken);

    public sealed class Form
    {
        [
            Required(ErrorMessage = "Enter an email address."),
            StringLength(254, ErrorMessage = "Enter a valid email address.")
        ]
        public string Email { get; set; } = "";
    }
}
