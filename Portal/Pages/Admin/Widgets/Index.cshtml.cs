using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Portal.Deletion;
using Portal.Model;

namespace Portal.Pages.Admin.Widgets;

/// <summary>The widgets of all clients, to find one and to delete several.</summary>
public sealed class IndexModel(AgencyDb db, TimeProvider clock) : PageModel
{
    public const int PageSize = 50;

    public static readonly IReadOnlyList<(string Name, string Text)> Kinds =
    [
        ("", "All widgets"),
        ("live", "Live widgets"),
        ("demo", "Demos"),
        ("expired", "Expired demos"),
    ];

    public IReadOnlyList<Row> Rows { get; private set; } = [];
    public int Total { get; private set; }
    public int Matching { get; private set; }
    public int Expired { get; private set; }

    [BindProperty(SupportsGet = true)]
    public string? Search { get; set; }

    [BindProperty(SupportsGet = true)]
    public string? Kind { get; set; }

    [BindProperty(SupportsGet = true, Name = "p")]
    public int Number { get; set; } = 1;

    public bool HasNext => Number * PageSize < Matching;

    public string Lead =>
        (Total, Matching) switch
        {
            (0, _) => "Widgets of all clients",
            var (total, matching) when matching < total => $"{matching:N0} of {total:N0} widgets",
            (1, _) => "1 widget",
            var (total, _) => $"{total:N0} widgets",
        };

    public string Link(int page)
    {
        var query = new QueryString();
        query = string.IsNullOrEmpty(Search) ? query : query.Add("search", Search);
        query = string.IsNullOrEmpty(Kind) ? query : query.Add("kind", Kind);
        return "/admin/widgets" + (page > 1 ? query.Add("p", $"{page}") : query);
    }

    public async Task OnGetAsync(CancellationToken cancellationToken)
    {
        ModelState.Clear();
        Search = Search?.Trim();
        Kind = Kinds.Any(kind => kind.Name == Kind) ? Kind : "";
        Number = Math.Clamp(Number, 1, 10_000);
        await LoadAsync(cancellationToken);
    }

    private async Task LoadAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        IQueryable<Widget> all = db.Widgets;
        var links = db.DemoLinks;
        Total = await all.CountAsync(cancellationToken);
        Expired = await WidgetChoice.Expired(now).Of(all).CountAsync(cancellationToken);

        var widgets = Kind switch
        {
            "live" => all.Where(widget => widget.IsDemo != true),
            "demo" => all.Where(widget => widget.IsDemo == true),
            "expired" => WidgetChoice.Expired(now).Of(all),
            _ => all,
        };
        var rows = widgets.Join(
            db.Clients,
            widget => widget.ClientId,
            client => client.Id,
            (widget, client) => new { Widget = widget, Client = client }
        );
        if (!string.IsNullOrEmpty(Search))
        {
            var pattern = LikePattern.Containing(Search);
            rows = rows.Where(row =>
                EF.Functions.ILike(row.Widget.Name, pattern, LikePattern.Escape)
                || EF.Functions.ILike(row.Client.Name, pattern, LikePattern.Escape)
                || EF.Functions.ILike(row.Client.CompanyName!, pattern, LikePattern.Escape)
            );
        }

        Matching = await rows.CountAsync(cancellationToken);
        Rows = await rows.OrderBy(row => row.Client.Name)
            .ThenBy(row => row.Widget.Name)
            .ThenBy(row => row.Widget.Id)
            .Skip((Number - 1) * PageSize)
            .Take(PageSize)
            .Select(row => new Row(
                row.Widget.Id,
                row.Client.Id,
                row.Widget.Name,
                string.IsNullOrEmpty(row.Client.CompanyName) ? row.Client.Name : row.Client.CompanyName,
                row.Widget.IsActive != false,
                row.Widget.IsDemo == true,
                row.Widget.ExpiresAt,
                links.Any(link => link.WidgetId == row.Widget.Id && link.RevokedAt != null),
                links.Any(link => link.WidgetId == row.Widget.Id && link.Messages >= link.MessageCap),
                now
            ))
            .ToListAsync(cancellationToken);
    }

    public sealed record Row(
        Guid Id,
        Guid Client,
        string Name,
        string Business,
        bool IsActive,
        bool IsDemo,
        DateTimeOffset? ExpiresAt,
        bool IsRevoked,
        bool IsUsedUp,
        DateTimeOffset Now
    )
    {
        public DemoState? Demo => IsDemo ? DemoStates.Of(ExpiresAt, IsActive, IsRevoked, IsUsedUp, Now) : null;
    }
}
