using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Portal.Accounts;
using Portal.Audit;
using Portal.Model;

namespace Portal.Pages.Admin.Clients;

/// <summary>
/// Begins and ends looking through a client's eyes. Both are written down where the client's owners read it.
/// </summary>
public sealed class ViewModel(AgencyDb db, Impersonation view, AuditLog audit) : PageModel
{
    public IActionResult OnGet([FromRoute] Guid id) => RedirectToPage("Client", new { id });

    /// <param name="to">The page of the client that is wanted; the dashboard where none is.</param>
    public async Task<IActionResult> OnPostAsync([FromRoute] Guid id, string? to, CancellationToken cancellationToken)
    {
        if (!await RecordAsync(id, AuditAction.ViewStarted, cancellationToken))
        {
            return NotFound();
        }

        await view.StartAsync(HttpContext, id);
        return LocalRedirect(Url.IsLocalUrl(to) ? to : "/dashboard");
    }

    public async Task<IActionResult> OnPostEndAsync([FromRoute] Guid id, CancellationToken cancellationToken)
    {
        await view.EndAsync(HttpContext);
        if (User.ClientId == id)
        {
            await RecordAsync(id, AuditAction.ViewEnded, cancellationToken);
        }

        return RedirectToPage("Client", new { id });
    }

    private async Task<bool> RecordAsync(Guid id, AuditAction act, CancellationToken cancellationToken)
    {
        if (
            await db
                .Clients.AsNoTracking()
                .SingleOrDefaultAsync(
                    client => client.Id == id && client.DeletionRequestedAt == null,
                    cancellationToken
                )
            is not { } client
        )
        {
            return false;
        }

        audit.Add(db, id, act, client);
        await db.SaveChangesAsync(cancellationToken);
        return true;
    }
}
