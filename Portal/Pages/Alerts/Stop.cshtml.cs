using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Portal.Alerts;
using Portal.Model;

namespace Portal.Pages.Alerts;

/// <summary>
/// Where an address unsubscribes. Email programs post here themselves when somebody clicks their unsubscribe button
/// (RFC 8058), so the encrypted link is the only proof; it can do nothing else.
/// </summary>
[AllowAnonymous, IgnoreAntiforgeryToken]
public sealed class StopModel(PortalDb db, Tenant tenant, AlertLinks links) : PageModel
{
    [BindProperty(SupportsGet = true, Name = "t")]
    public string? Token { get; set; }

    public bool IsKnown { get; private set; }
    public bool IsStopped { get; private set; }

    public async Task OnGetAsync(CancellationToken cancellationToken)
    {
        if (Know() is { } recipient)
        {
            IsStopped = !await db.AlertRecipients.AnyAsync(r => r.Id == recipient, cancellationToken);
        }
    }

    public async Task<IActionResult> OnPostAsync(
        [FromForm(Name = "List-Unsubscribe")] string? oneClick,
        CancellationToken cancellationToken
    )
    {
        if (Know() is not { } recipient)
        {
            return Page();
        }

        await db.AlertRecipients.Where(r => r.Id == recipient).ExecuteDeleteAsync(cancellationToken);

        // An email program's own POST must not be redirected (RFC 8058, section 3.1).
        IsStopped = oneClick is not null;
        return IsStopped ? Page() : RedirectToPage(new { t = Token });
    }

    private Guid? Know()
    {
        var whom = links.ToStop(Token);
        IsKnown = whom is not null;
        Response.StatusCode = IsKnown ? StatusCodes.Status200OK : StatusCodes.Status410Gone;
        if (whom is not null)
        {
            tenant.Enter(whom.Client);
        }

        return whom?.Recipient;
    }
}
