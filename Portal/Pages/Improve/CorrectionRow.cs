using Microsoft.EntityFrameworkCore;
using Portal.Model;

namespace Portal.Pages.Improve;

/// <summary>A correction as lists show it.</summary>
/// <param name="Client">Whose it is; null on the client's own page.</param>
public sealed record CorrectionRow(Correction What, string Widget, string? Client, Guid? Session)
{
    public const int PageSize = 50;

    /// <summary>Open ones first, oldest first; then what was settled last.</summary>
    public static async Task<List<CorrectionRow>> ListAsync(
        ClientDataDb db,
        bool all,
        int page,
        bool named,
        CancellationToken cancellationToken
    )
    {
        var rows = db.Corrections.Where(c => all || c.State == CorrectionState.Open);
        return await rows.OrderBy(c => c.ClosedAt != null)
            .ThenByDescending(c => c.ClosedAt)
            .ThenBy(c => c.CreatedAt)
            .ThenBy(c => c.Id)
            .Skip((page - 1) * PageSize)
            .Take(PageSize + 1)
            .Select(c => new CorrectionRow(
                c,
                db.Widgets.Where(w => w.Id == c.WidgetId).Select(w => w.Name).FirstOrDefault() ?? "",
                named ? db.Clients.Where(o => o.Id == c.ClientId).Select(o => o.CompanyName ?? o.Name).First() : null,
                db.ChatLogs.Where(l => l.Id == c.ChatLogId).Select(l => l.SessionId).FirstOrDefault()
            ))
            .ToListAsync(cancellationToken);
    }
}

/// <summary>What <c>_Corrections</c> shows.</summary>
public sealed record CorrectionList(IReadOnlyList<CorrectionRow> Rows, bool All, TimeZoneInfo Zone);
