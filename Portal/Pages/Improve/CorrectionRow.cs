using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using Portal.Model;

namespace Portal.Pages.Improve;

/// <summary>A correction as lists show it.</summary>
/// <param name="Client">Whose it is; null on the client's own page.</param>
public sealed record CorrectionRow(Correction What, string Widget, string? Client, Guid? Session)
{
    private const int PageSize = 50;

    /// <summary>Open ones first, oldest first; then what was settled last.</summary>
    /// <param name="withClients">Whether each names its client.</param>
    public static async Task<CorrectionList> ListAsync(
        ClientDataDb db,
        CorrectionFilter by,
        TimeZoneInfo zone,
        bool withClients,
        CancellationToken cancellationToken
    )
    {
        var rows = await db
            .Corrections.Where(c => by.All || c.State == CorrectionState.Open)
            .OrderBy(c => c.ClosedAt != null)
            .ThenByDescending(c => c.ClosedAt)
            .ThenBy(c => c.CreatedAt)
            .ThenBy(c => c.Id)
            .Skip((by.Page - 1) * PageSize)
            .Take(PageSize + 1)
            .Select(c => new CorrectionRow(
                c,
                db.Widgets.Where(w => w.Id == c.WidgetId).Select(w => w.Name).FirstOrDefault() ?? "",
                withClients
                    ? db.Clients.Where(o => o.Id == c.ClientId).Select(o => o.CompanyName ?? o.Name).First()
                    : null,
                db.ChatLogs.Where(l => l.Id == c.ChatLogId).Select(l => l.SessionId).FirstOrDefault()
            ))
            .ToListAsync(cancellationToken);
        return new(rows[..Math.Min(rows.Count, PageSize)], rows.Count > PageSize, by, zone);
    }
}

/// <summary>Which corrections are listed. All of it is in the query string.</summary>
public sealed record CorrectionFilter
{
    /// <summary>The settled ones too.</summary>
    [FromQuery(Name = "all")]
    public bool All { get; init; }

    [FromQuery(Name = "p")]
    public int Number { get; init; } = 1;

    public int Page => Math.Clamp(Number, 1, 1000);

    public string Query(int page) =>
        new ListQuery(("all", All ? "true" : null), ("p", page > 1 ? $"{page}" : null)).Text;
}

/// <summary>What <c>_Corrections</c> shows.</summary>
public sealed record CorrectionList(
    IReadOnlyList<CorrectionRow> Rows,
    bool HasNext,
    CorrectionFilter By,
    TimeZoneInfo Zone
);
