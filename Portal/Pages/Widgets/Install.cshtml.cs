using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Portal.Infrastructure;
using Portal.Model;

namespace Portal.Pages.Widgets;

/// <summary>The line of HTML that brings a widget to a website, and where it goes.</summary>
[Authorize("Client")]
public sealed class InstallModel(PortalDb db, PortalOptions portal, TimeProvider clock) : PageModel
{
    public WidgetHead Head { get; private set; } = null!;
    public TimeZoneInfo Zone { get; private set; } = TimeZoneInfo.Utc;
    public string Snippet { get; private set; } = "";
    public IReadOnlyList<string> Origins { get; private set; } = [];
    public IReadOnlyList<Website> Websites { get; private set; } = [];
    public string PortalOrigin => portal.Origin;

    public async Task<IActionResult> OnGetAsync(Guid id, CancellationToken abort)
    {
        var config = await db.Widgets.Where(w => w.Id == id).Select(w => w.Config).SingleOrDefaultAsync(abort);
        if (config is null)
        {
            return NotFound();
        }

        Head = (await WidgetHead.FindAsync(db, id, "Install", clock.GetUtcNow(), abort))!;
        Zone = await db.ZoneAsync(abort);
        Origins = config.Security.Origins;
        Snippet = SnippetOf(id, config.Look);

        // The newest hundred conversations tell where a widget lives now, however many there were.
        Websites = await db.VisitorSessions.WithMessages().Where(s => s.WidgetId == id && s.Kind == SessionKind.Live && s.Origin != "").NewestFirst().Take(100)
            .GroupBy(s => s.Origin).Select(g => new Website(g.Key, g.Max(s => s.LastMessageAt), g.Count()))
            .ToListAsync(abort);
        return Page();
    }

    // Colour and corner ride along, so that the launcher is drawn before the config has arrived.
    private string SnippetOf(Guid id, WidgetLook look) =>
        $"""<script src="{portal.Link("/widget.js")}" data-widget="{id}" data-color="{Attribute(look.Color)}" data-position="{Attribute(look.Position)}" async></script>""";

    private static string Attribute(string value) => HtmlEncoder.Default.Encode(value);

    public sealed record Website(string Origin, DateTimeOffset? LastAt, int Conversations);
}
