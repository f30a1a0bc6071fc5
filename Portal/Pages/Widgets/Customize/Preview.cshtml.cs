using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Portal.Accounts;
using Portal.Chat;
using Portal.Hosting;
using Portal.Model;
using Portal.Web;

namespace Portal.Pages.Widgets.Customize;

/// <summary>
/// The page in the frame beside the form: a website of nobody's with the real widget on it, which shows the draft or a
/// former version.
/// </summary>
public sealed class PreviewModel(PortalDb db, PreviewTickets tickets, PortalOptions portal) : PageModel
{
    public Guid Id { get; private set; }
    public string? Theme { get; private set; }

    /// <summary>Whether the chat is open.</summary>
    public string Chat { get; private set; } = "open";

    /// <summary>The address of the widget's API, with the ticket.</summary>
    public string Portal { get; private set; } = "";

    public async Task<IActionResult> OnGetAsync(
        Guid id,
        int? version,
        string? theme,
        string? bot,
        string? chat,
        CancellationToken cancellationToken
    )
    {
        if (
            !await db.Widgets.AnyAsync(w => w.Id == id, cancellationToken)
            || (
                version is not null
                && !await db.WidgetVersions.AnyAsync(v => v.WidgetId == id && v.Version == version, cancellationToken)
            )
        )
        {
            return NotFound();
        }

        Response.MayBeFramed();
        Id = id;
        Theme = theme is "light" or "dark" ? theme : null;
        Chat = chat == "closed" ? "closed" : "open";
        Portal = portal
            .Link(
                $"/api/preview/{tickets.Write(new(id, User.SessionId ?? Guid.Empty, version, Theme, SampleBot: bot == "sample"))}"
            )
            .ToString();
        return Page();
    }
}
