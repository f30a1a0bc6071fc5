using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Portal.Model;

namespace Portal.Pages.Admin.Clients;

/// <summary>Every client of the agency, with what tells a busy one from a quiet one.</summary>
public sealed class IndexModel(PortalDb db, AccountsDb accounts, TimeProvider clock) : PageModel
{
    private const int Most = 200;

    public IReadOnlyList<Row> Rows { get; private set; } = [];

    public int Total { get; private set; }

    [BindProperty(SupportsGet = true)]
    public string? Search { get; set; }

    public string Lead => Total switch
    {
        0 => "The businesses whose websites carry your widgets.",
        1 => "One client.",
        _ when Rows.Count < Total => $"{Rows.Count} of {Total} clients.",
        _ => $"{Total} clients.",
    };

    public async Task OnGetAsync(CancellationToken abort)
    {
        Search = Search?.Trim();
        (Total, Rows) = await db.AsAgencyAsync(() => LoadAsync(abort), abort);
        var people = await accounts.Users.Where(user => user.ClientId != null).GroupBy(user => user.ClientId!.Value)
            .Select(team => new { team.Key, Count = team.Count() }).ToDictionaryAsync(team => team.Key, team => team.Count, abort);
        Rows = [.. Rows.Select(row => row with { People = people.GetValueOrDefault(row.Id) })];
    }

    private async Task<(int, IReadOnlyList<Row>)> LoadAsync(CancellationToken abort)
    {
        var since = clock.GetUtcNow().AddDays(-30);
        var clients = db.Clients.IgnoreQueryFilters([PortalDb.TenantFilter]);
        var total = await clients.CountAsync(abort);

        if (!string.IsNullOrEmpty(Search))
        {
            var pattern = $"%{Search.Replace("\\", "\\\\").Replace("%", "\\%").Replace("_", "\\_")}%";
            clients = clients.Where(client => EF.Functions.ILike(client.Name, pattern, "\\")
                || EF.Functions.ILike(client.CompanyName!, pattern, "\\")
                || EF.Functions.ILike(client.ContactEmail!, pattern, "\\"));
        }

        var rows = await clients.OrderBy(client => client.Name).ThenBy(client => client.Id).Take(Most)
            .Select(client => new Row(client.Id, client.Name, client.CompanyName, client.ContactEmail, client.CreatedAt, client.SuspendedAt != null,
                db.Widgets.Count(widget => widget.ClientId == client.Id),
                db.ChatLogs.Count(log => log.ClientId == client.Id && log.CreatedAt >= since)))
            .ToListAsync(abort);
        return (total, rows);
    }

    public sealed record Row(
        Guid Id, string Name, string? Company, string? ContactEmail, DateTimeOffset? CreatedAt, bool IsSuspended, int Widgets, int Chats, int People = 0)
    {
        public string Business => string.IsNullOrWhiteSpace(Company) ? Name : Company;

        public string Detail => Business == Name ? ContactEmail ?? "No contact" : Name;
    }
}
