using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Portal.Hosting;
using Portal.Model;

namespace Portal.Pages.Widgets.Install;

/// <summary>The line of HTML that brings a widget to a website, and where it goes.</summary>
public sealed class IndexModel(PortalDb db, CurrentClient client, PortalOptions portal, TimeProvider clock) : PageModel
{
    public WidgetHead Head { get; private set; } = null!;
    public TimeZoneInfo Zone { get; private set; } = TimeZoneInfo.Utc;
    public string Snippet { get; private set; } = "";
    public IReadOnlyList<string> Origins { get; private set; } = [];
    public IReadOnlyList<Website> Websites { get; private set; } = [];
    public string PortalOrigin => portal.Origin;

    public async Task<IActionResult> OnGetAsync(Guid id, CancellationToken cancellationToken)
    {
        var config = await db
            .Widgets.Where(w => w.Id == id)
            .Select(w => w.Config)
            .SingleOrDefaultAsync(cancellationToken);
        if (config is null)
        {
            return NotFound();
        }

        Head = (await WidgetHead.FindAsync(db, client, id, "Install", clock.GetUtcNow(), cancellationToken))!;
        Zone = await client.ZoneAsync(cancellationToken);
        Origins = config.Security.Origins;
        Snippet = SnippetOf(id, config.Look);

        // The newest hundred conversations show where a widget is used now, however many there were.
        Websites = await db
            .VisitorSessions.WithMessages()
            .Where(s => s.WidgetId == id && s.Kind == SessionKind.Live && s.Origin != "")
            .NewestFirst()
            .Take(100)
            .GroupBy(s => s.Origin)
            .Select(g => new Website(g.Key, g.Max(s => s.LastMessageAt), g.Count()))
            .ToListAsync(cancellationToken);
        return Page();
    }

    // The launcher's appearance is included, so that it is drawn, in its place, before the config has arrived.
    private string SnippetOf(Guid id, WidgetLook look)
    {
        var usual = new WidgetLook();
        var on = Contrast.Of(look.Color).TextColor;
        string[] unusual =
        [
            on == "#FFFFFF" ? "" : $" data-on=\"{on}\"",
            look.Size == usual.Size ? "" : $" data-size=\"{look.Size}\"",
            look.OffsetX == usual.OffsetX ? "" : $" data-offset-x=\"{look.OffsetX}\"",
            look.OffsetY == usual.OffsetY ? "" : $" data-offset-y=\"{look.OffsetY}\"",
        ];
        return $"""<script src="{portal.Link("/widget.js")}" data-widget="{id}" data-color="{look.Color}" data-position="{look.Position}"{string.Concat(unusual)} async></script>""";
    }

    public sealed record Website(string Origin, DateTimeOffset? LastAt, int Conversations);
}
