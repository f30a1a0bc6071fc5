using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Portal.Audit;
using Portal.Model;

namespace Portal.Pages.Audit;

/// <summary>The audit log of one client, for its owners.</summary>
public sealed class IndexModel(PortalDb db) : PageModel
{
    [BindProperty(SupportsGet = true)]
    public AuditFilter By { get; set; } = new();

    public AuditPage Log { get; private set; } = null!;

    public async Task OnGetAsync(CancellationToken cancellationToken)
    {
        ModelState.Clear();
        Log = await AuditPage.ReadAsync(
            db.ChangeLogs,
            "/audit",
            By with
            {
                Client = null,
            },
            await db.ZoneAsync(cancellationToken),
            cancellationToken
        );
    }
}
