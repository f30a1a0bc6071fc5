using System.Globalization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Portal.Inbox;
using Portal.Model;

namespace Portal.Pages.Conversations;

/// <summary>What visitors asked: the list, and beside it one conversation. On a phone they are two pages.</summary>
public sealed class IndexModel(PortalDb db, InboxService inbox, CurrentClient client) : PageModel
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
    public WorkView? Work { get; private set; }
    public IReadOnlyList<Member> Members { get; private set; } = [];
    public IReadOnlyList<string> Tags { get; private set; } = [];
    public IReadOnlyList<View> Views { get; private set; } = [];
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
            Work = await WorkView.FindAsync(db, inbox, client, id, cancellationToken);
        }

        // The list that looks for news by itself shows nothing of the conversation.
        if (Id is { } read && Open is not null && Request.Headers["HX-Target"] != "conv-items")
        {
            await inbox.ReadAsync(read, User.PersonId, cancellationToken);
        }

        Members = Work?.Members ?? await inbox.MembersAsync(cancellationToken);
        var me = User.PersonId;
        Views = await db
            .SavedViews.Where(view => view.UserId == null || view.UserId == me)
            .OrderBy(view => view.Name)
            .ThenBy(view => view.Id)
            .Select(view => new View(view.Id, view.Name, view.Query, view.UserId == null))
            .ToListAsync(cancellationToken);
        Tags = Work?.KnownTags ?? await inbox.TagsAsync(cancellationToken);

        return Id is not null && Open is null ? NotFound() : Page();
    }

    private async Task ListAsync(CancellationToken cancellationToken)
    {
        var mostFound = By.IsWordsAlone ? FoundAtFirst : CountedTo;
        var matching = await By.ApplyAsync(db, Zone, User.PersonId, mostFound, cancellationToken);
        var counted = await matching.NewestFirst().Take(CountedTo + 1).CountAsync(cancellationToken);
        var shown = string.Create(CultureInfo.InvariantCulture, $"{Math.Min(counted, CountedTo):N0}");
        Count = counted > CountedTo || (By.HasWords && counted >= mostFound) ? $"{shown}+" : shown;

        var newer = Cursor.Parse(By.Newer);
        var older = Cursor.Parse(By.Older);
        var page = newer is not null
            ? matching.After(newer.At, newer.Id).OrderBy(s => s.LastMessageAt).ThenBy(s => s.Id)
            : (older is null ? matching : matching.Before(older.At, older.Id)).NewestFirst();
        var me = User.PersonId;
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
                s.Kind,
                db.ConversationWork.FirstOrDefault(w => w.SessionId == s.Id),
                !db.ConversationReads.Any(r => r.UserId == me && r.SessionId == s.Id && r.Messages >= s.MessageCount)
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

    /// <summary>Filters under a name.</summary>
    public sealed record View(Guid Id, string Name, string Query, bool IsShared);

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
        SessionKind Kind,
        ConversationWork? Work,
        bool IsUnread
    )
    {
        public ConversationState State => Work.StateAt(Messages);

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
