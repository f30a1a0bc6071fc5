using System.Globalization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Portal.Model;

namespace Portal.Pages.Conversations;

/// <summary>What visitors asked: the list, and beside it one conversation. On a phone they are two pages.</summary>
public sealed class IndexModel(PortalDb db, CurrentClient client) : PageModel
{
    public const int PageSize = 30;
    private const int CountedTo = 1000;

    // For a common word it is enough, and quick, to find this page and the next.
    private const int FoundAtFirst = 2 * PageSize;

    /// <summary>The conversation that the address names; null on the list alone.</summary>
    [BindProperty(SupportsGet = true)]
    public Guid? Id { get; set; }

    [BindProperty(SupportsGet = true)]
    public Filter By { get; set; } = new();

    public TimeZoneInfo Zone { get; private set; } = TimeZoneInfo.Utc;
    public IReadOnlyList<Row> Rows { get; private set; } = [];
    public IReadOnlyList<WidgetName> Widgets { get; private set; } = [];
    public Transcript? Open { get; private set; }
    public string Count { get; private set; } = "0";
    public bool HasOlder { get; private set; }
    public bool HasNewer { get; private set; }

    public async Task<IActionResult> OnGetAsync(CancellationToken cancellationToken)
    {
        ModelState.Clear();
        Zone = await client.ZoneAsync(cancellationToken);
        Widgets = await db
            .Widgets.OrderBy(w => w.Name)
            .Select(w => new WidgetName(w.Id, w.Name))
            .ToListAsync(cancellationToken);
        await ListAsync(cancellationToken);

        if ((Id ?? Rows.FirstOrDefault()?.Id) is { } id)
        {
            Open = await Transcript.FindAsync(db, id, cancellationToken);
        }

        return Id is not null && Open is null ? NotFound() : Page();
    }

    private async Task ListAsync(CancellationToken cancellationToken)
    {
        var mostFound = By.IsWordsAlone ? FoundAtFirst : CountedTo;
        var matching = await By.ApplyAsync(db, Zone, mostFound, cancellationToken);
        var counted = await matching.Take(CountedTo + 1).CountAsync(cancellationToken);
        var shown = string.Create(CultureInfo.InvariantCulture, $"{Math.Min(counted, CountedTo):N0}");
        Count = counted > CountedTo || (By.HasWords && counted >= mostFound) ? $"{shown}+" : shown;

        var newer = Cursor.Parse(By.Newer);
        var older = Cursor.Parse(By.Older);
        var page = newer is not null
            ? matching.After(newer.At, newer.Id).OrderBy(s => s.LastMessageAt).ThenBy(s => s.Id)
            : (older is null ? matching : matching.Before(older.At, older.Id)).NewestFirst();
        var rows = await page.Take(PageSize + 1)
            .Select(s => new Row(
                s.Id,
                db.Widgets.Where(w => w.Id == s.WidgetId).Select(w => w.Name).First(),
                s.FirstMessage,
                s.LastMessageAt!.Value,
                s.MessageCount,
                s.FailedCount,
                s.UpCount,
                s.DownCount,
                s.LowestConfidence,
                s.Kind
            ))
            .ToListAsync(cancellationToken);

        var more = rows.Count > PageSize;
        rows = rows[..Math.Min(rows.Count, PageSize)];
        if (newer is not null)
        {
            rows.Reverse();
        }

        Rows = rows;
        HasOlder = newer is not null || more;
        HasNewer = newer is not null ? more : older is not null;
    }

    public sealed record WidgetName(Guid Id, string Name);

    public sealed record Row(
        Guid Id,
        string Widget,
        string? FirstMessage,
        DateTimeOffset LastAt,
        int Messages,
        int Failed,
        int Up,
        int Down,
        double? Confidence,
        SessionKind Kind
    )
    {
        public string Cursor => new Cursor(LastAt, Id).ToString();
    }

    /// <summary>A position in the list: between the rows before and after it, however many arrive meanwhile.</summary>
    public sealed record Cursor(DateTimeOffset At, Guid Id)
    {
        public static Cursor? Parse(string? text) =>
            text?.Split('_') is [var ticks, var id]
            && long.TryParse(ticks, NumberStyles.None, CultureInfo.InvariantCulture, out var at)
            && at <= DateTimeOffset.MaxValue.Ticks
            && Guid.TryParseExact(id, "N", out var guid)
                ? new(new DateTimeOffset(at, TimeSpan.Zero), guid)
                : null;

        public override string ToString() => $"{At.UtcTicks}_{Id:N}";
    }
}
