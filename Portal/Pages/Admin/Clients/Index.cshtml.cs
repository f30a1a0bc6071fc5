using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Portal.Model;

namespace Portal.Pages.Admin.Clients;

/// <summary>Every client of the agency, with what tells a healthy one from a broken one and a busy one from a quiet one.</summary>
public sealed class IndexModel(AgencyDb db, AccountsDb accounts, TimeProvider clock) : PageModel
{
    public const int PageSize = 50;

    /// <summary>The columns that can be sorted by.</summary>
    public static readonly IReadOnlyList<string> Sorts = ["name", "chats", "failed", "last", "newest"];

    /// <summary>The filters of the list.</summary>
    public static readonly IReadOnlyList<(string Name, string Text)> States =
    [
        ("", "All clients"),
        ("incident", "Open incident"),
        ("budget", "Limit reached"),
        ("suspended", "Suspended"),
        ("quiet", "No traffic"),
        ("ok", "Operational"),
    ];

    public IReadOnlyList<Row> Rows { get; private set; } = [];

    public int Total { get; private set; }
    public int Matching { get; private set; }

    [BindProperty(SupportsGet = true)]
    public string? Search { get; set; }

    [BindProperty(SupportsGet = true)]
    public string? Sort { get; set; }

    [BindProperty(SupportsGet = true)]
    public string? State { get; set; }

    [BindProperty(SupportsGet = true, Name = "p")]
    public int Number { get; set; } = 1;

    public bool HasNext => Number * PageSize < Matching;

    public string Lead =>
        (Total, Matching) switch
        {
            (0, _) => "Businesses whose websites use your widgets.",
            (1, 1) => "1 client",
            var (total, matching) when matching < total => $"{matching:N0} of {total:N0} clients",
            var (total, _) => $"{total:N0} clients",
        };

    public string Link(string? sort = null, int page = 1)
    {
        var query = new QueryString();
        query = string.IsNullOrEmpty(Search) ? query : query.Add("search", Search);
        query = string.IsNullOrEmpty(State) ? query : query.Add("state", State);
        query = (sort ?? Sort) is { } by and not "name" ? query.Add("sort", by) : query;
        return "/admin/clients" + (page > 1 ? query.Add("p", $"{page}") : query);
    }

    public async Task OnGetAsync(CancellationToken cancellationToken)
    {
        ModelState.Clear();
        Search = Search?.Trim();
        Sort = Sorts.FirstOrDefault(known => known == Sort) ?? "name";
        State = States.Any(known => known.Name == State) ? State : "";
        Number = Math.Clamp(Number, 1, 10_000);
        await LoadAsync(cancellationToken);

        var shown = Rows.Select(row => row.Id).ToList();
        var people = await accounts
            .Users.Where(user => user.ClientId != null && shown.Contains(user.ClientId.Value))
            .GroupBy(user => user.ClientId!.Value)
            .Select(team => new { team.Key, Count = team.Count() })
            .ToDictionaryAsync(team => team.Key, team => team.Count, cancellationToken);
        Rows = [.. Rows.Select(row => row with { People = people.GetValueOrDefault(row.Id) })];
    }

    private async Task LoadAsync(CancellationToken cancellationToken)
    {
        IQueryable<Client> clients = db.Clients;
        Total = await clients.CountAsync(cancellationToken);
        Matching = Total;
        if (!string.IsNullOrEmpty(Search))
        {
            var pattern = $"%{Search.Replace("\\", "\\\\").Replace("%", "\\%").Replace("_", "\\_")}%";
            clients = clients.Where(client =>
                EF.Functions.ILike(client.Name, pattern, "\\")
                || EF.Functions.ILike(client.CompanyName!, pattern, "\\")
                || EF.Functions.ILike(client.ContactEmail!, pattern, "\\")
            );
            Matching = await clients.CountAsync(cancellationToken);
        }

        var since = DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime.AddDays(-6));
        var overBudget = (await db.UsedUpBudgetsAsync(cancellationToken))
            .Select(budget => budget.ClientId)
            .Distinct()
            .ToList();
        if (!string.IsNullOrEmpty(State))
        {
            clients = In(State, clients, overBudget, since);
            Matching = await clients.CountAsync(cancellationToken);
        }

        // Daily analytics are a row per widget and day, refreshed every minute: no message is counted here, and no demo.
        var live = db.Analytics.Where(day =>
            day.Date >= since && !db.Widgets.Any(widget => widget.Id == day.WidgetId && widget.IsDemo == true)
        );
        var rows = clients.Select(client => new
        {
            Client = client,
            Widgets = db.Widgets.Count(widget => widget.ClientId == client.Id),
            Chats = live.Where(day => day.ClientId == client.Id).Sum(day => (long?)day.NumChats) ?? 0,
            Failed = live.Where(day => day.ClientId == client.Id).Sum(day => (long?)day.NumFailed) ?? 0,
            Last = db
                .VisitorSessions.Where(session => session.ClientId == client.Id)
                .Max(session => session.LastMessageAt),
        });
        var sorted = Sort switch
        {
            "chats" => rows.OrderByDescending(row => row.Chats).ThenBy(row => row.Client.Name),
            "failed" => rows.OrderByDescending(row => row.Failed).ThenBy(row => row.Client.Name),
            "last" => rows.OrderBy(row => row.Last == null).ThenByDescending(row => row.Last),
            "newest" => rows.OrderByDescending(row => row.Client.CreatedAt),
            _ => rows.OrderBy(row => row.Client.Name),
        };
        Rows = await sorted
            .ThenBy(row => row.Client.Id)
            .Skip((Number - 1) * PageSize)
            .Take(PageSize)
            .Select(row => new Row(
                row.Client.Id,
                row.Client.Name,
                row.Client.CompanyName,
                row.Client.ContactEmail,
                row.Client.CreatedAt,
                row.Client.SuspendedAt != null,
                row.Client.DeletionRequestedAt != null,
                row.Widgets,
                row.Chats,
                row.Failed,
                row.Last,
                0
            ))
            .ToListAsync(cancellationToken);
        var shown = Rows.Select(row => row.Id).ToList();
        var open = await db
            .Incidents.Where(incident => incident.EndedAt == null && shown.Contains(incident.ClientId))
            .Join(
                db.Widgets,
                incident => incident.WidgetId,
                widget => widget.Id,
                (incident, widget) => new OpenIncident(incident.ClientId, widget.Id, widget.Name, incident.OpenedAt)
            )
            .ToListAsync(cancellationToken);
        Rows =
        [
            .. Rows.Select(row =>
                row with
                {
                    Open =
                    [
                        .. open.Where(incident => incident.Client == row.Id).OrderBy(incident => incident.OpenedAt),
                    ],
                    IsOverBudget = overBudget.Contains(row.Id),
                }
            ),
        ];
    }

    // In order of precedence: a client has one status only.
    private IQueryable<Client> In(string state, IQueryable<Client> clients, List<Guid> overBudget, DateOnly since)
    {
        var incidents = db.Incidents.Where(incident => incident.EndedAt == null);
        var days = db.Analytics.Where(day => day.Date >= since && day.NumChats > 0);
        if (state == "suspended")
        {
            return clients.Where(client => client.SuspendedAt != null);
        }

        var running = clients.Where(client => client.SuspendedAt == null);
        if (state == "incident")
        {
            return running.Where(client => incidents.Any(incident => incident.ClientId == client.Id));
        }

        running = running.Where(client => !incidents.Any(incident => incident.ClientId == client.Id));
        if (state == "budget")
        {
            return running.Where(client => overBudget.Contains(client.Id));
        }

        running = running.Where(client => !overBudget.Contains(client.Id));
        return state == "quiet"
            ? running.Where(client => !days.Any(day => day.ClientId == client.Id))
            : running.Where(client => days.Any(day => day.ClientId == client.Id));
    }

    /// <summary>A client's widget that is down.</summary>
    public sealed record OpenIncident(Guid Client, Guid Widget, string Name, DateTimeOffset OpenedAt);

    public sealed record Row(
        Guid Id,
        string Name,
        string? Company,
        string? ContactEmail,
        DateTimeOffset? CreatedAt,
        bool IsSuspended,
        bool IsLeaving,
        int Widgets,
        long Chats,
        long Failed,
        DateTimeOffset? LastAt,
        int People
    )
    {
        public string Business => string.IsNullOrWhiteSpace(Company) ? Name : Company;

        public string Detail => Business == Name ? ContactEmail ?? "–" : Name;

        /// <summary>Its open incidents, the oldest first.</summary>
        public IReadOnlyList<OpenIncident> Open { get; init; } = [];

        public bool IsOverBudget { get; init; }

        /// <summary>The current status; failures of the last days are in their own column.</summary>
        public (string? Tone, string Text) State =>
            this switch
            {
                { IsLeaving: true } => ("bad", "Deleting…"),
                { IsSuspended: true } => ("warn", "Suspended"),
                { Open.Count: 1 } => ("bad", "Down"),
                { Open.Count: > 1 } => ("bad", $"{Open.Count} down"),
                { IsOverBudget: true } => ("warn", "Limit reached"),
                { Widgets: 0 } => (null, "No widgets"),
                { Chats: 0 } => (null, "No traffic"),
                _ => ("ok", "Operational"),
            };
    }
}
