using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Portal.Model;
using Portal.Web;

namespace Portal.Pages.Admin.Incidents;

/// <summary>Every client's widgets that are down, and whether this admin gets alerts.</summary>
public sealed class IndexModel(PortalDb db, AccountsDb accounts) : PageModel
{
    public const int Most = 100;

    public IReadOnlyList<Row> Rows { get; private set; } = [];

    /// <summary>Only this client's; null for all.</summary>
    [BindProperty(SupportsGet = true, Name = "client")]
    public Guid? Client { get; set; }

    public bool IsTold { get; private set; }

    public async Task OnGetAsync(CancellationToken cancellationToken)
    {
        var me = User.PersonId;
        IsTold = await accounts.AdminAlerts.AnyAsync(a => a.UserId == me, cancellationToken);
        Rows = await db.AsAgencyAsync(
            () =>
                db
                    .Incidents.IgnoreQueryFilters([PortalDb.TenantFilter])
                    .Where(i => Client == null || i.ClientId == Client)
                    .OrderByDescending(i => i.EndedAt == null)
                    .ThenByDescending(i => i.OpenedAt)
                    .Take(Most)
                    .Select(i => new Row(
                        db.Clients.IgnoreQueryFilters(new[] { PortalDb.TenantFilter })
                            .Where(c => c.Id == i.ClientId)
                            .Select(c => c.CompanyName ?? c.Name)
                            .First(),
                        db.Widgets.IgnoreQueryFilters(new[] { PortalDb.TenantFilter })
                            .Where(w => w.Id == i.WidgetId)
                            .Select(w => w.Name)
                            .First(),
                        i
                    ))
                    .ToListAsync(cancellationToken),
            cancellationToken
        );
        await db.AsAgencyAsync(
            () =>
                Rows.Select(row => row.What)
                    .ToList()
                    .WithCausesAsync(
                        db.Incidents.IgnoreQueryFilters([PortalDb.TenantFilter]),
                        db.WebhookErrors.IgnoreQueryFilters([PortalDb.TenantFilter]),
                        cancellationToken
                    ),
            cancellationToken
        );
    }

    public async Task<IActionResult> OnPostAsync(bool told, CancellationToken cancellationToken)
    {
        var me = User.PersonId;
        await accounts.AdminAlerts.Where(a => a.UserId == me).ExecuteDeleteAsync(cancellationToken);
        if (told)
        {
            accounts.Add(new AdminAlert(me));
            await accounts.SaveChangesAsync(cancellationToken);
        }

        this.Toast(told ? "Alerts on for all clients." : "Alerts off.");
        return RedirectToPage();
    }

    public sealed record Row(string Client, string Widget, Incident What);
}
