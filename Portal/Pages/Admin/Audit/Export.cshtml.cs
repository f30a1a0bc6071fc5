using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Portal.Audit;
using Portal.Limits;
using Portal.Model;
using Portal.Web;

namespace Portal.Pages.Admin.Audit;

/// <summary>The platform's log as a CSV file; that somebody took it is written down too.</summary>
public sealed class ExportModel(AgencyDb db, AuditLog audit, ActionLimits limits, TimeProvider clock) : PageModel
{
    [BindProperty(SupportsGet = true)]
    public AuditFilter By { get; set; } = new();

    public async Task<IActionResult> OnGetAsync(CancellationToken cancellationToken)
    {
        ModelState.Clear();
        await limits.ExportAsync(User, cancellationToken);
        audit.Add(db, By.Client, AuditAction.AuditExported, Subject.None);
        await db.SaveChangesAsync(cancellationToken);
        var names = await db
            .Clients.Select(client => new
            {
                client.Id,
                client.Name,
                client.CompanyName,
            })
            .ToDictionaryAsync(
                client => client.Id,
                client => string.IsNullOrWhiteSpace(client.CompanyName) ? client.Name : client.CompanyName,
                cancellationToken
            );

        var rows = AuditPage.ExportAsync(
            page => page(db.ChangeLogs.AsNoTracking()).ToListAsync(cancellationToken),
            By,
            TimeZoneInfo.Utc,
            id => names.GetValueOrDefault(id, "Deleted client"),
            cancellationToken
        );
        return new CsvFile($"audit-{clock.GetUtcNow():yyyy-MM-dd}.csv", AuditPage.Columns, rows);
    }
}
