using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Portal.Audit;
using Portal.Infrastructure;
using Portal.Model;
using Portal.Pages.Admin.Clients;

namespace Portal.Pages.Settings;

/// <summary>A client's own name, contact and time zone, for its owners.</summary>
public sealed class IndexModel(PortalDb db, AuditLog audit, TimeProvider clock) : PageModel
{
    [BindProperty]
    public ClientForm Input { get; set; } = new();

    /// <summary>Addresses that are told when a widget stops answering.</summary>
    public int Recipients { get; private set; }

    public async Task OnGetAsync(CancellationToken abort)
    {
        Input = ClientForm.Of(await db.Clients.AsNoTracking().SingleAsync(abort));
        Recipients = await db.AlertRecipients.CountAsync(r => r.ConfirmedAt != null, abort);
    }

    public async Task<IActionResult> OnPostAsync(CancellationToken abort)
    {
        Recipients = await db.AlertRecipients.CountAsync(r => r.ConfirmedAt != null, abort);
        Input.Check(ModelState);
        if (!ModelState.IsValid)
        {
            return this.Invalid();
        }

        var client = await db.Clients.SingleAsync(abort);
        var facts = Input.Apply(client, clock.GetUtcNow());
        if (facts.Count > 0)
        {
            audit.Add(db, Act.ClientEdited, client, facts);
            await db.SaveChangesAsync(abort);
        }

        this.Toast("Saved.");
        return RedirectToPage();
    }
}
