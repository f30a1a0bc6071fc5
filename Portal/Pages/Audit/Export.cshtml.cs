using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Portal.Audit;
using Portal.Limits;
using Portal.Model;
using Portal.Web;

namespace Portal.Pages.Audit;

/// <summary>The client's audit log as a CSV file. The export is logged, too.</summary>
public sealed class ExportModel(PortalDb db, AuditLog audit, ActionLimits limits, TimeProvider clock) : PageModel
{
    [BindProperty(SupportsGet = true)]
    public AuditFilter By { get; set; } = new();

    public async Task<IActionResult> OnGetAsync(CancellationToken cancellationToken)
    {
        ModelState.Clear();
        await limits.ExportAsync(User, cancellationToken);
        var client = await db.Clients.AsNoTracking().SingleAsync(cancellationToken);
        audit.Add(db, AuditAction.AuditExported, Subject.None);
        await db.SaveChangesAsync(cancellationToken);

        var zone = await db.ZoneAsync(cancellationToken);
        var rows = AuditPage.ExportAsync(
            page => page(db.ChangeLogs.AsNoTracking()).ToListAsync(cancellationToken),
            By with
            {
                Client = null,
            },
            zone,
            _ => client.Business,
            cancellationToken
        );
        return new CsvFile($"audit-{clock.GetUtcNow():yyyy-MM-dd}.csv", AuditPage.Columns, rows);
    }
}
