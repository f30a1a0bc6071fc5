using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Portal.Accounts;
using Portal.Audit;
using Portal.Model;
using Portal.Web;

namespace Portal.Pages.Admin.Clients;

/// <summary>
/// Deletes a client with everything, once its name was typed. It is silent at once; a job does the rest.
/// </summary>
public sealed class DeleteModel(AgencyDb db, AccountsDb accounts, AuditLog audit, TimeProvider clock) : PageModel
{
    public Client Client { get; private set; } = null!;
    public int Widgets { get; private set; }
    public int Conversations { get; private set; }
    public int People { get; private set; }

    /// <summary>The text to type.</summary>
    public string Confirm => Names.ToConfirm(Client.Name);

    [BindProperty]
    public string? Typed { get; set; }

    public async Task<IActionResult> OnGetAsync([FromRoute] Guid id, CancellationToken cancellationToken) =>
        await LoadAsync(id, cancellationToken) ? Page() : NotFound();

    [RequireRecentProof]
    public async Task<IActionResult> OnPostAsync([FromRoute] Guid id, CancellationToken cancellationToken)
    {
        if (!await LoadAsync(id, cancellationToken))
        {
            return NotFound();
        }

        if (!Names.ReadAlike(Typed, Confirm))
        {
            ModelState.AddModelError(nameof(Typed), "The name doesn’t match.");
            return this.Invalid();
        }

        var client = await Clients.SingleAsync(client => client.Id == id, cancellationToken);
        client.Delete(clock.GetUtcNow());
        audit.Add(db, id, AuditAction.ClientDeletionRequested, client, AuditChange.Name(client.Name, null));
        await db.SaveChangesAsync(cancellationToken);
        this.Toast($"{Client.Business} is being deleted.");
        return RedirectToPage("Index");
    }

    private IQueryable<Client> Clients => db.Clients.Where(client => client.DeletionRequestedAt == null);

    private async Task<bool> LoadAsync(Guid id, CancellationToken cancellationToken)
    {
        var found = await Clients.AsNoTracking().SingleOrDefaultAsync(client => client.Id == id, cancellationToken);
        Widgets = await db.Widgets.CountAsync(widget => widget.ClientId == id, cancellationToken);
        Conversations = await db
            .VisitorSessions.WithMessages()
            .CountAsync(session => session.ClientId == id, cancellationToken);
        Client = found!;
        People = found is null ? 0 : await accounts.Users.CountAsync(user => user.ClientId == id, cancellationToken);
        return found is not null;
    }
}
