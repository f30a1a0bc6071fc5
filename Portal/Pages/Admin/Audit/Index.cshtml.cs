using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Portal.Audit;
using Portal.Model;

namespace Portal.Pages.Admin.Audit;

/// <summary>The audit log of all clients and of the platform.</summary>
public sealed class IndexModel(PortalDb db) : PageModel
{
    [BindProperty(SupportsGet = true)]
    public AuditFilter By { get; set; } = new();

    public AuditPage Log { get; private set; } = null!;

    public async Task OnGetAsync(CancellationToken cancellationToken)
    {
        ModelState.Clear();
        Log = await db.AsAgencyAsync(
            async () =>
            {
                var page = await AuditPage.ReadAsync(
                    db.ChangeLogs.IgnoreQueryFilters([PortalDb.TenantFilter]),
                    "/admin/audit",
                    By,
                    TimeZoneInfo.Utc,
                    cancellationToken
                );
                var shown = page.Rows.Select(log => log.ClientId).Append(By.Client).OfType<Guid>().ToHashSet();
                return page with { ClientNames = await NamesAsync(db, shown, cancellationToken) };
            },
            cancellationToken
        );
    }

    /// <summary>The names of these clients; for deleted ones, the last name.</summary>
    internal static async Task<Dictionary<Guid, string>> NamesAsync(
        PortalDb db,
        HashSet<Guid> clients,
        CancellationToken cancellationToken
    )
    {
        var names = await db
            .Clients.IgnoreQueryFilters([PortalDb.TenantFilter])
            .Where(client => clients.Contains(client.Id))
            .ToDictionaryAsync(client => client.Id, client => client.Business, cancellationToken);
        var gone = clients.Where(client => !names.ContainsKey(client)).ToList();
        if (gone.Count > 0)
        {
            var last = await db
                .ChangeLogs.IgnoreQueryFilters([PortalDb.TenantFilter])
                .Where(log =>
                    log.Action == AuditAction.ClientDeletionRequested.Name
                    && log.ClientId != null
                    && gone.Contains(log.ClientId.Value)
                )
                .Select(log => new { Id = log.ClientId!.Value, log.SubjectName })
                .ToListAsync(cancellationToken);
            foreach (var client in last)
            {
                names[client.Id] = $"{client.SubjectName} (deleted)";
            }
        }

        return names;
    }
}
