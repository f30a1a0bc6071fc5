using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Portal.Model;

namespace Portal.Pages.Admin.Clients;

/// <summary>
/// Every client of the agency, with what tells a healthy one from a broken one and a busy one from a quiet one.
/// </summary>
public sealed class IndexModel(AgencyDb db, AccountsDb accounts, TimeProvider clock) : PageModel
{
    public const int PageSize = 50;

    /// <summary>What can be sorted by; by default, clients with an open incident come first.</summary>
    public static readonly IReadOnlyList<string> Sorts = ["status", "name", "chats", "failed", "last", "newest"];

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
        query = (sort ?? Sort) is { } by and not "status" ? query.Add("sort", by) : query;
        return "/admin/clients" + (page > 1 ? query.Add("p", $"{page}") : query);
    }

    public async Task OnGetAsync(CancellationToken cancellationToken)
    {
        ModelState.Clear();
        Search = Search?.Trim();
        Sort = Sorts.FirstOrDefault(known => known == Sort) ?? "status";
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
        var since = DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime.AddDays(-6));
        var overBudget = (await db.UsedUpBudgetsAsync(cancellationToken))
            .Select(budget => budget.ClientId)
            .Distinct()
            .ToList();
        clients = string.IsNullOrEmpty(Search) ? clients : Named(Search, clients);
        clients = string.IsNullOrEmpty(State) ? clients : In(State, clients, overBudget, since);
        Matching = await clients.CountAsync(cancellationToken);
        var rows = await Sorted(Counted(clients, since))
            .ThenBy(row => row.Client.Id)
            .Skip((Number - 1) * PageSize)
            .Take(PageSize)
            .ToListAsync(cancellationToken);
        var open = await OpenIncidentsAsync(rows.ConvertAll(row => row.Client.Id), cancellationToken);
        Rows = rows.ConvertAll(row => new Row(row, [.. open[row.Client.Id]], overBudget.Contains(row.Client.Id)));
    }

    private static IQueryable<Client> Named(string search, IQueryable<Client> clients)
    {
        var pattern = LikePattern.Containing(search);
        return clients.Where(client =>
            EF.Functions.ILike(client.Name, pattern, LikePattern.Escape)
            || EF.Functions.ILike(client.CompanyName!, pattern, LikePattern.Escape)
            || EF.Functions.ILike(client.ContactEmail!, pattern, LikePattern.Escape)
        );
    }

    // Daily analytics are a row per widget and day, refreshed every minute: no message is counted here, and no demo.
    private IQueryable<Counts> Counted(IQueryable<Client> clients, DateOnly since)
    {
        var live = db.Analytics.Where(day =>
            day.Date >= since && !db.Widgets.Any(widget => widget.Id == day.WidgetId && widget.IsDemo == true)
        );
        return clients.Select(client => new Counts
        {
            Client = client,
            Widgets = db.Widgets.Count(widget => widget.ClientId == client.Id),
            Chats = live.Where(day => day.ClientId == client.Id).Sum(day => (long?)day.NumChats) ?? 0,
            Failed = live.Where(day => day.ClientId == client.Id).Sum(day => (long?)day.NumFailed) ?? 0,
            Last = db
                .VisitorSessions.Where(session => session.ClientId == client.Id)
                .Max(session => session.LastMessageAt),
        });
    }

    private IOrderedQueryable<Counts> Sorted(IQueryable<Counts> rows) =>
        Sort switch
        {
            "chats" => rows.OrderByDescending(row => row.Chats).ThenBy(row => row.Client.Name),
            "failed" => rows.OrderByDescending(row => row.Failed).ThenBy(row => row.Client.Name),
            "last" => rows.OrderBy(row => row.Last == null).ThenByDescending(row => row.Last),
            "newest" => rows.OrderByDescending(row => row.Client.CreatedAt),
            "name" => rows.OrderBy(row => row.Client.Name),
            // A suspended client's widgets are off, so nobody waits for them.
            _ => rows.OrderByDescending(row =>
                    row.Client.SuspendedAt == null
                    && db.Incidents.Any(incident => incident.EndedAt == null && incident.ClientId == row.Client.Id)
                )
                .ThenBy(row => row.Client.Name),
        };

    private async Task<ILookup<Guid, OpenIncident>> OpenIncidentsAsync(
        List<Guid> clients,
        CancellationToken cancellationToken
    )
    {
        var open = await db
            .Incidents.Where(incident => incident.EndedAt == null && clients.Contains(incident.ClientId))
            .Join(
                db.Widgets,
                incident => incident.WidgetId,
                widget => widget.Id,
                (incident, widget) => new OpenIncident(incident.ClientId, widget.Id, widget.Name, incident.OpenedAt)
            )
            .ToListAsync(cancellationToken);
        return open.OrderBy(incident => incident.OpenedAt).ToLookup(incident => incident.Client);
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

    /// <summary>What the database counts for one client.</summary>
    public sealed class Counts
    {
        public required Client Client { get; init; }
        public int Widgets { get; init; }
        public long Chats { get; init; }
        public long Failed { get; init; }
        public DateTimeOffset? Last { get; init; }
    }

    /// <param name="Open">Its open incidents, the oldest first.</param>
    public sealed record Row(Counts Of, IReadOnlyList<OpenIncident> Open, bool IsOverBudget)
    {
        public Guid Id => Of.Client.Id;

        public string Name => Of.Client.Name;

        public DateTimeOffset? CreatedAt => Of.Client.CreatedAt;

        public int Widgets => Of.Widgets;

        public long Chats => Of.Chats;

        public long Failed => Of.Failed;

        public DateTimeOffset? LastAt => Of.Last;

        public int People { get; init; }

        public string Business => Of.Client.Business;

        public string Detail => Business == Name ? Of.Client.ContactEmail ?? "–" : Name;

        /// <summary>The current status; failures of the last days are in their own column.</summary>
        public (string? Tone, string Text) State =>
            this switch
            {
                { Of.Client.IsLeaving: true } => ("bad", "Deleting…"),
                { Of.Client.IsSuspended: true } => ("warn", "Suspended"),
                { Open.Count: 1 } => ("bad", "Down"),
                { Open.Count: > 1 } => ("bad", $"{Open.Count} down"),
                { IsOverBudget: true } => ("warn", "Limit reached"),
                { Widgets: 0 } => (null, "No widgets"),
                { Chats: 0 } => (null, "No traffic"),
                _ => ("ok", "Operational"),
            };
    }
}
