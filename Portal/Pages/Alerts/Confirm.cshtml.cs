using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Portal.Alerts;
using Portal.Model;

namespace Portal.Pages.Alerts;

/// <summary>
/// Where an address confirms that it wants alerts. It has a button, because email scanners open every link.
/// </summary>
[AllowAnonymous]
public sealed class ConfirmModel(PortalDb db, Tenant tenant, AlertLinks links, TimeProvider clock) : PageModel
{
    [BindProperty(SupportsGet = true, Name = "t")]
    public string? Token { get; set; }

    public AlertRecipient? Recipient { get; private set; }

    public async Task<IActionResult> OnGetAsync(CancellationToken cancellationToken)
    {
        await FindAsync(cancellationToken);
        return Page();
    }

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        await FindAsync(cancellationToken);
        if (Recipient is null)
        {
            return Page();
        }

        Recipient.Confirm(clock.GetUtcNow());
        await db.SaveChangesAsync(cancellationToken);
        return RedirectToPage(new { t = Token });
    }

    private async Task FindAsync(CancellationToken cancellationToken)
    {
        if (links.ToConfirm(Token) is { } whom)
        {
            tenant.Enter(whom.Client);
            Recipient = await db.AlertRecipients.SingleOrDefaultAsync(r => r.Id == whom.Recipient, cancellationToken);
        }

        Response.StatusCode = Recipient is null ? StatusCodes.Status410Gone : StatusCodes.Status200OK;
    }
}
