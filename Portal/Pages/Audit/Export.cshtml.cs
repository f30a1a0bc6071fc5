using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Portal.Audit;
using Portal.Limits;
using Portal.Model;
using Portal.Web;

namespace Portal.Pages.Audit;

/// <summary>The client's log as a CSV file; that somebody took it is written down too.</summary>
public sealed class ExportModel(
    PortalDb db,
    CurrentClient client,
    AuditLog audit,
    ActionLimits limits,
    TimeProvider clock
) : PageModel
{
    [BindProperty(SupportsGet = true)]
    public AuditFilter By { get; set; } = new();

    public async Task<IActionResult> OnGetAsync(CancellationToken cancellationToken)
    {
        ModelState.Clear();
        await limits.ExportAsync(User, cancellationToken);
        var business = (await client.GetAsync(cancellationToken)).Business;
        audit.Add(db, AuditAction.AuditExported, Subject.None);
        await db.SaveChangesAsync(cancellationToken);

        var zone = await client.ZoneAsync(cancellationToken);
        var rows = AuditPage.ExportAsync(
            page => page(db.ChangeLogs.AsNoTracking()).ToListAsync(cancellationToken),
            By with
            {
                Client = null,
            },
            zone,
            _ => business,
            cancellationToken
        );
        return new CsvFile($"audit-{clock.GetUtcNow():yyyy-MM-dd}.csv", AuditPage.Columns, rows);
    }
}
