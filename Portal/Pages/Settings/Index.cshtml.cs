using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Portal.Audit;
using Portal.Model;
using Portal.Pages.Admin.Clients;
using Portal.Web;

namespace Portal.Pages.Settings;

/// <summary>A client's own name, contact and time zone, for its owners.</summary>
public sealed class IndexModel(PortalDb db, CurrentClient current, Tenant tenant, AuditLog audit, TimeProvider clock)
    : PageModel
{
    [BindProperty]
    public ClientForm Input { get; set; } = new();

    /// <summary>Addresses that get alerts.</summary>
    public int Recipients { get; private set; }

    public string EditVersion { get; private set; } = "";

    public async Task OnGetAsync(CancellationToken cancellationToken)
    {
        Input = ClientForm.Of(await current.GetAsync(cancellationToken));
        Recipients = await db.AlertRecipients.CountAsync(r => r.ConfirmedAt != null, cancellationToken);
        EditVersion = ConcurrentEdits.VersionOf(Input.Shown());
    }

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        Recipients = await db.AlertRecipients.CountAsync(r => r.ConfirmedAt != null, cancellationToken);
        Input.Check(ModelState);
        await using var edit = await db.BeginEditAsync(tenant.Id, cancellationToken);
        var client = await db.Clients.SingleAsync(cancellationToken);
        var saved = ClientForm.Of(client).Shown();
        EditVersion = ConcurrentEdits.VersionOf(saved);
        if (!ModelState.IsValid || this.IsOutdated(saved, Input.Shown()))
        {
            return this.Invalid();
        }

        var facts = Input.Apply(client, clock.GetUtcNow());
        if (facts.Count > 0)
        {
            audit.Add(db, AuditAction.ClientEdited, client, facts);
            await db.SaveChangesAsync(cancellationToken);
        }

        await edit.CommitAsync(cancellationToken);

        this.Toast("Saved.");
        return RedirectToPage();
    }
}
