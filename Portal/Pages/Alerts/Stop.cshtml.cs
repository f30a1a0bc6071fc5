using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Portal.Alerts;
using Portal.Model;

namespace Portal.Pages.Alerts;

/// <summary>
/// Where an address takes its yes back. Mail programs post here by themselves when somebody presses their own button (RFC 8058), so the
/// sealed link is all the proof there is; it can do nothing else.
/// </summary>
[AllowAnonymous, IgnoreAntiforgeryToken]
public sealed class StopModel(PortalDb db, Tenant tenant, AlertLinks links) : PageModel
{
    [BindProperty(SupportsGet = true, Name = "t")]
    public string? Token { get; set; }

    public bool IsKnown { get; private set; }
    public bool IsStopped { get; private set; }

    public void OnGet() => Know();

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        if (Know() is { } whom)
        {
            tenant.Enter(whom.Client);
            await db.AlertRecipients.Where(r => r.Id == whom.Recipient).ExecuteDeleteAsync(cancellationToken);
            IsStopped = true;
        }

        return Page();
    }

    private AlertLinks.Whom? Know()
    {
        var whom = links.ToStop(Token);
        IsKnown = whom is not null;
        Response.StatusCode = IsKnown ? StatusCodes.Status200OK : StatusCodes.Status410Gone;
        return whom;
    }
}
