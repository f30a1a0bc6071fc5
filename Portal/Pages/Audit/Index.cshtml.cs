using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Portal.Audit;
using Portal.Model;

namespace Portal.Pages.Audit;

/// <summary>What was done in one client's portal, for its owners.</summary>
public sealed class IndexModel(PortalDb db, CurrentClient client) : PageModel
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
            await client.ZoneAsync(cancellationToken),
            cancellationToken
        );
    }
}
