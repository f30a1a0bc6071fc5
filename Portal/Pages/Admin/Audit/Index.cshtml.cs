using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Portal.Audit;
using Portal.Model;

namespace Portal.Pages.Admin.Audit;

/// <summary>What was done, over all clients and to the platform itself.</summary>
public sealed class IndexModel(AgencyDb db) : PageModel
{
    [BindProperty(SupportsGet = true)]
    public AuditFilter By { get; set; } = new();

    public AuditPage Log { get; private set; } = null!;

    public async Task OnGetAsync(CancellationToken cancellationToken)
    {
        ModelState.Clear();
        var page = await AuditPage.ReadAsync(db.ChangeLogs, "/admin/audit", By, TimeZoneInfo.Utc, cancellationToken);
        var shown = page.Rows.Select(log => log.ClientId).Append(By.Client).OfType<Guid>().ToHashSet();
        Log = page with { ClientNames = await NamesAsync(shown, cancellationToken) };
    }

    /// <summary>What these clients are called, or were when they were deleted.</summary>
    private async Task<Dictionary<Guid, string>> NamesAsync(HashSet<Guid> clients, CancellationToken cancellationToken)
    {
        var names = await db
            .Clients.Where(client => clients.Contains(client.Id))
            .ToDictionaryAsync(client => client.Id, client => client.Business, cancellationToken);
        var gone = clients.Where(client => !names.ContainsKey(client)).ToList();
        if (gone.Count > 0)
        {
            var last = await db
                .ChangeLogs.Where(log =>
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
