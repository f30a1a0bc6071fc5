using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Portal.Audit;
using Portal.Limits;
using Portal.Model;
using Portal.Web;

namespace Portal.Pages.Admin.Audit;

/// <summary>The platform's audit log as a CSV file. The export is logged, too.</summary>
public sealed class ExportModel(PortalDb db, AuditLog audit, ActionLimits limits, TimeProvider clock) : PageModel
{
    [BindProperty(SupportsGet = true)]
    public AuditFilter By { get; set; } = new();

    public async Task<IActionResult> OnGetAsync(CancellationToken cancellationToken)
    {
        ModelState.Clear();
        await limits.ExportAsync(User, cancellationToken);
        var names = await db.AsAgencyAsync(
            async () =>
            {
                audit.Add(db, By.Client, AuditAction.AuditExported, Subject.None);
                await db.SaveChangesAsync(cancellationToken);
                return await db
                    .Clients.IgnoreQueryFilters([PortalDb.TenantFilter])
                    .Select(client => new
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
            },
            cancellationToken
        );

        var rows = AuditPage.ExportAsync(
            page =>
                db.AsAgencyAsync(
                    () =>
                        page(db.ChangeLogs.IgnoreQueryFilters([PortalDb.TenantFilter]).AsNoTracking())
                            .ToListAsync(cancellationToken),
                    cancellationToken
                ),
            By,
            TimeZoneInfo.Utc,
            id => names.GetValueOrDefault(id, "Deleted client"),
            cancellationToken
        );
        return new CsvFile($"audit-{clock.GetUtcNow():yyyy-MM-dd}.csv", AuditPage.Columns, rows);
    }
}
