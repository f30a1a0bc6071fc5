using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Portal.Model;

namespace Portal.Pages.Admin.Clients;

/// <summary>Every client of the agency, with what tells a healthy one from a broken one and a busy one from a quiet one.</summary>
public sealed class IndexModel(PortalDb db, AccountsDb accounts, TimeProvider clock) : PageModel
{
    public const int PageSize = 50;

    /// <summary>What the columns can be sorted by.</summary>
    public static readonly IReadOnlyList<string> Sorts = ["name", "chats", "failed", "last", "newest"];

    public IReadOnlyList<Row> Rows { get; private set; } = [];

    public int Total { get; private set; }
    public int Matching { get; private set; }

    [BindProperty(SupportsGet = true)]
    public string? Search { get; set; }

    [BindProperty(SupportsGet = true)]
    public string? Sort { get; set; }

    [BindProperty(SupportsGet = true, Name = "p")]
    public int Number { get; set; } = 1;

    public bool HasNext => Number * PageSize < Matching;

    public string Lead => (Total, Matching) switch
    {
        (0, _) => "The businesses whose websites carry your widgets.",
        (1, 1) => "One client.",
        var (total, matching) when matching < total => $"{matching:N0} of {total:N0} clients.",
        var (total, _) => $"{total:N0} clients.",
    };

    public string Link(string? sort = null, int page = 1)
    {
        var query = new QueryString();
        query = string.IsNullOrEmpty(Search) ? query : query.Add("search", Search);
        query = (sort ?? Sort) is { } by and not "name" ? query.Add("sort", by) : query;
        return "/admin/clients" + (page > 1 ? query.Add("p", $"{page}") : query);
    }

    public async Task OnGetAsync(CancellationToken abort)
    {
        ModelState.Clear();
        Search = Search?.Trim();
        Sort = Sorts.FirstOrDefault(known => known == Sort) ?? "name";
        Number = Math.Clamp(Number, 1, 10_000);
        await db.AsAgencyAsync(() => LoadAsync(abort), abort);

        var shown = Rows.Select(row => row.Id).ToList();
        var people = await accounts.Users.Where(user => user.ClientId != null && shown.Contains(user.ClientId.Value)).GroupBy(user => user.ClientId!.Value)
            .Select(team => new { team.Key, Count = team.Count() }).ToDictionaryAsync(team => team.Key, team => team.Count, abort);
        Rows = [.. Rows.Select(row => row with { People = people.GetValueOrDefault(row.Id) })];
    }

    private async Task<int> LoadAsync(CancellationToken abort)
    {
        var clients = db.Clients.IgnoreQueryFilters([PortalDb.TenantFilter]);
        Total = await clients.CountAsync(abort);
        Matching = Total;
        if (!string.IsNullOrEmpty(Search))
        {
            var pattern = $"%{Search.Replace("\\", "\\\\").Replace("%", "\\%").Replace("_", "\\_")}%";
            clients = clients.Where(client => EF.Functions.ILike(client.Name, pattern, "\\")
                || EF.Functions.ILike(client.CompanyName!, pattern, "\\")
                || EF.Functions.ILike(client.ContactEmail!, pattern, "\\"));
            Matching = await clients.CountAsync(abort);
        }

        // The days' numbers are a row a widget and day, made again each minute: no chat is counted here.
        var since = DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime.AddDays(-6));
        var rows = clients.Select(client => new
        {
            Client = client,
            Widgets = db.Widgets.Count(widget => widget.ClientId == client.Id),
            Chats = db.Analytics.Where(day => day.ClientId == client.Id && day.Date >= since).Sum(day => (long?)day.NumChats) ?? 0,
            Failed = db.Analytics.Where(day => day.ClientId == client.Id && day.Date >= since).Sum(day => (long?)day.NumFailed) ?? 0,
            Last = db.VisitorSessions.Where(session => session.ClientId == client.Id).Max(session => session.LastMessageAt),
        });
        var sorted = Sort switch
        {
            "chats" => rows.OrderByDescending(row => row.Chats).ThenBy(row => row.Client.Name),
            "failed" => rows.OrderByDescending(row => row.Failed).ThenBy(row => row.Client.Name),
            "last" => rows.OrderBy(row => row.Last == null).ThenByDescending(row => row.Last),
            "newest" => rows.OrderByDescending(row => row.Client.CreatedAt),
            _ => rows.OrderBy(row => row.Client.Name),
        };
        Rows = await sorted.ThenBy(row => row.Client.Id).Skip((Number - 1) * PageSize).Take(PageSize)
            .Select(row => new Row(
                row.Client.Id, row.Client.Name, row.Client.CompanyName, row.Client.ContactEmail, row.Client.CreatedAt,
                row.Client.SuspendedAt != null, row.Client.DeletionRequestedAt != null, row.Widgets, row.Chats, row.Failed, row.Last, 0))
            .ToListAsync(abort);
        return Rows.Count;
    }

    public sealed record Row(
        Guid Id, string Name, string? Company, string? ContactEmail, DateTimeOffset? CreatedAt,
        bool IsSuspended, bool IsLeaving, int Widgets, long Chats, long Failed, DateTimeOffset? LastAt, int People)
    {
        public string Business => string.IsNullOrWhiteSpace(Company) ? Name : Company;

        public string Detail => Business == Name ? ContactEmail ?? "No contact" : Name;

        public (string? Tone, string Text) State => this switch
        {
            { IsLeaving: true } => ("bad", "Being deleted"),
            { IsSuspended: true } => ("warn", "Suspended"),
            { Widgets: 0 } => (null, "No widget"),
            { Chats: 0 } => (null, "Quiet"),
            _ when Failed * 2 >= Chats => ("bad", "Not answering"),
            _ when Failed * 20 >= Chats => ("warn", "Failing at times"),
            _ => ("ok", "Answering"),
        };
    }
}
