using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Portal.Chat;
using Portal.Hosting;
using Portal.Web;

namespace Portal.Pages.Privacy;

/// <summary>The page behind a widget's privacy link when the client has no privacy policy of their own.</summary>
[AllowAnonymous]
public sealed class IndexModel(WidgetDirectory widgets, WidgetFiles files, PortalOptions portal) : PageModel
{
    public string Business { get; private set; } = "";
    public string Title { get; private set; } = "";
    public string? Notice { get; private set; }

    /// <summary>
    /// The client's own policy, if any. A link and not a redirect, because our address must not lead elsewhere by
    /// itself.
    /// </summary>
    public string? Own { get; private set; }

    public string PortalName => portal.Name;

    /// <summary>Whether the client keeps the query of page addresses.</summary>
    public bool KeepsQuery { get; private set; }

    /// <summary>
    /// The label of "Delete my data" in the chat's menu, with the client's custom label if there is one.
    /// </summary>
    public string Forget { get; private set; } = "";

    public async Task<IActionResult> OnGetAsync(Guid widgetId, CancellationToken cancellationToken)
    {
        // A widget that is turned off keeps its page: earlier messages may still be stored.
        if (await widgets.FindAsync(widgetId, cancellationToken) is not { } widget)
        {
            return NotFound();
        }

        Business = widget.Business;
        Title = string.IsNullOrWhiteSpace(widget.Config.Texts.Title) ? widget.Name : widget.Config.Texts.Title;
        Own =
            Uri.TryCreate(widget.Config.PrivacyUrl, UriKind.Absolute, out var page) && page.Scheme is "https" or "http"
                ? widget.Config.PrivacyUrl
                : null;
        Notice = widget.Config.Texts.AiNotice;
        KeepsQuery = widget.Config.Security.PageQuery;
        Forget =
            widget.Config.Texts.Strings.GetValueOrDefault("forget") is { } own && !string.IsNullOrWhiteSpace(own)
                ? own
                : files.Strings["forget"].English;
        return Page();
    }
}
